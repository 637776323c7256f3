/// What a connection has sent so far, seen as the records of one FastCGI request.
///
/// libfcgi reads a request, but not every one: a peer that stops in the middle blocks it, and
/// records that no web server sends can crash it (a FCGI_GET_VALUES that repeats a name overruns
/// a stack buffer in ProcessManagementRecord, fcgiapp.c). So bytes are looked at before it gets
/// them, and it gets only what is one whole, plain request.
/// Source: FastCGI specification 1.0, 3.3 Records and 5 Application Record Types.
public enum RequestFrame: Equatable, Sendable {
    /// A whole request: its empty FCGI_STDIN record has come.
    case complete
    /// The beginning of one.
    case incomplete
    /// Nothing that a web server would send: another version, a management record, a record of
    /// another request, an abort, a stream out of order.
    case refused

    private static let version: UInt8 = 1
    private static let headerSize = 8

    private enum RecordType: UInt8 {
        case beginRequest = 1
        case parameters = 4
        case standardInput = 5
    }

    public static func inspect(_ bytes: UnsafeRawBufferPointer) -> RequestFrame {
        var expected = RecordType.beginRequest
        var requestID: UInt16 = 0
        var offset = 0
        var parameters: [UInt8] = []

        while offset < bytes.count {
            let record = UnsafeRawBufferPointer(rebasing: bytes[offset...])
            guard record[0] == version else { return .refused }
            guard record.count >= headerSize else { return .incomplete }
            let id = UInt16(record[2]) << 8 | UInt16(record[3])
            let length = Int(record[4]) << 8 | Int(record[5])
            let padding = Int(record[6])
            let size = headerSize + length + padding
            guard let type = RecordType(rawValue: record[1]), type == expected else { return .refused }
            // Elsewhere than behind a piece of a stream, libfcgi takes padding for the next record.
            guard padding == 0 || (type != .beginRequest && length > 0) else { return .refused }
            if type == .beginRequest {
                requestID = id
            }
            guard id == requestID, id != 0 else { return .refused }
            guard record.count >= size else { return .incomplete }

            switch (type, length) {
            case (.beginRequest, 8): expected = .parameters
            case (.beginRequest, _): return .refused
            case (.parameters, 0): expected = .standardInput
            case (.standardInput, 0): return arePairs(parameters[...]) ? .complete : .refused
            case (.parameters, _): parameters += record[headerSize..<(headerSize + length)]
            case (.standardInput, _): break
            }
            offset += size
        }
        return .incomplete
    }

    /// Whether each name and value is as long as it says. libfcgi allocates what it says, up to 4 GiB, and
    /// ends the process where it does not get it (Malloc, fcgiapp.c).
    private static func arePairs(_ parameters: ArraySlice<UInt8>) -> Bool {
        var rest = parameters
        while !rest.isEmpty {
            guard let name = takeLength(&rest), let value = takeLength(&rest), name + value <= rest.count else {
                return false
            }
            rest = rest.dropFirst(name + value)
        }
        return true
    }

    /// One byte, or four with the highest bit set (3.4 Name-Value Pairs).
    private static func takeLength(_ rest: inout ArraySlice<UInt8>) -> Int? {
        guard let first = rest.popFirst() else { return nil }
        if first < 0x80 { return Int(first) }
        guard rest.count >= 3 else { return nil }
        return (0..<3).reduce(Int(first & 0x7F)) { length, _ in length << 8 | Int(rest.removeFirst()) }
    }
}
