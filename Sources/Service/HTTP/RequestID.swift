/// What ties an answer, a log line and a report together: taken from the caller, or drawn here.
struct RequestID {
    let text: String

    /// - Parameter given: The caller's. Taken if it has 1 to 64 of `A-Z a-z 0-9 . _ -`, and is not a phone.
    init(_ given: String?) {
        if let given, RequestID.mayBeLogged(given) {
            text = given
        } else {
            text = (0..<2).map { _ in
                let half = String(UInt64.random(in: 0...UInt64.max), radix: 16)
                return String(repeating: "0", count: 16 - half.count) + half
            }.joined()
        }
    }

    /// The same rule as in nginx/parts/http.conf, which has a log of its own.
    ///
    /// 7 to 15 digits with no letter are a phone (ITU-T E.164 ends at 15), and logs hold none. Ids of digits alone that are in
    /// use are shorter or longer: counters; snowflakes of 17 to 19 digits; trace ids of 32.
    private static func mayBeLogged(_ text: String) -> Bool {
        var (digits, hasLetters) = (0, false)
        for byte in text.utf8 {
            switch Unicode.Scalar(byte) {
            case "0"..."9": digits += 1
            case "A"..."Z", "a"..."z": hasLetters = true
            case ".", "_", "-": break
            default: return false
            }
        }
        return (1...64).contains(text.utf8.count) && (hasLetters || !(7...15).contains(digits))
    }
}
