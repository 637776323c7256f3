/// What ties an answer, a log line and a report together: taken from the caller, or drawn here.
struct RequestID {
    let text: String

    /// - Parameter given: The caller's. Taken if it has 1 to 64 of `A-Z a-z 0-9 . _ -`, as in nginx/.
    init(_ given: String?) {
        if let given, (1...64).contains(given.utf8.count), given.unicodeScalars.allSatisfy(\.mayStandInRequestID) {
            text = given
        } else {
            text = (0..<2).map { _ in
                let half = String(UInt64.random(in: 0...UInt64.max), radix: 16)
                return String(repeating: "0", count: 16 - half.count) + half
            }.joined()
        }
    }
}

extension Unicode.Scalar {
    fileprivate var mayStandInRequestID: Bool {
        switch self {
        case "A"..."Z", "a"..."z", "0"..."9", ".", "_", "-": true
        default: false
        }
    }
}
