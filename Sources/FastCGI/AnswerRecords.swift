/// An answer as records, made one at a time: beside the answer itself, only one of them is held in memory.
/// Source: FastCGI specification 1.0, 3.3 Records, 5.3 Byte Streams and 5.5 FCGI_END_REQUEST.
struct AnswerRecords: Sequence, IteratorProtocol {
    /// The most bytes of content in a record: it counts them in 16 bits. A multiple of 8, so that records stay aligned.
    private static let maximumContentSize = 65_528

    private enum RecordType: UInt8 {
        case endRequest = 3
        case standardOutput = 6
    }

    private let requestID: UInt16
    /// What is still to be sent; `nil` once the records that end the request were made.
    private var parts: [ArraySlice<UInt8>]?

    init(of requestID: UInt16, _ parts: [UInt8]...) {
        self.requestID = requestID
        self.parts = parts.map { $0[...] }.filter { !$0.isEmpty }
    }

    mutating func next() -> [UInt8]? {
        guard let part = parts?.first else {
            guard parts != nil else { return nil }
            parts = nil
            // The end of the stream; then 0 for both the application's and the protocol's status.
            return record(.standardOutput, []) + record(.endRequest, [0, 0, 0, 0, 0, 0, 0, 0])
        }
        let content = part.prefix(AnswerRecords.maximumContentSize)
        let rest = part.dropFirst(content.count)
        if rest.isEmpty { parts?.removeFirst() } else { parts?[0] = rest }
        return record(.standardOutput, content)
    }

    private func record(_ type: RecordType, _ content: ArraySlice<UInt8>) -> [UInt8] {
        let (id, length) = (requestID, UInt16(content.count))
        return [1, type.rawValue, UInt8(id >> 8), UInt8(id & 255), UInt8(length >> 8), UInt8(length & 255), 0, 0]
            + content
    }
}
