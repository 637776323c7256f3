/// One record of a CSV file (RFC 4180, 2).
enum CSVRecord: Equatable {
    /// None of them is an empty line: a line of two quotes has a field, which is empty.
    case fields([[UInt8]])
    /// What is wrong with it; goes on after "the row".
    case fault(String)

    private enum Place {
        case fieldStart
        case unquoted
        case quoted
        /// Behind a quote in a quoted field: its end, or the first half of a quote that belongs to it.
        case behindQuote
    }

    var isEmptyLine: Bool {
        if case .fields(let fields) = self { fields.isEmpty } else { false }
    }

    /// The record that `bytes` begin with, and where it ends, behind its line feed, or is at fault.
    /// - Returns: `nil` where it does not end in `bytes`.
    static func scan(_ bytes: ArraySlice<UInt8>) -> (CSVRecord, end: Int)? {
        var fields: [[UInt8]] = []
        var field: [UInt8] = []
        var place = Place.fieldStart
        for (index, byte) in zip(bytes.indices, bytes) {
            switch (place, byte) {
            case (.quoted, .quote):
                place = .behindQuote
            case (.quoted, _):
                field.append(byte)
            case (.fieldStart, .quote):
                place = .quoted
            case (.behindQuote, .quote):
                field.append(byte)
                place = .quoted
            case (_, .comma):
                fields.append(field)
                field.removeAll(keepingCapacity: true)
                place = .fieldStart
            case (_, .lineFeed):
                if field.last == .carriageReturn && place == .unquoted { field.removeLast() }
                let isEmptyLine = fields.isEmpty && field.isEmpty && place != .behindQuote
                if !isEmptyLine { fields.append(field) }
                return (.fields(fields), index + 1)
            case (.behindQuote, .carriageReturn) where index + 1 == bytes.endIndex || bytes[index + 1] == .lineFeed:
                continue
            case (.behindQuote, _):
                return (.fault("has something between a closing quote and the comma"), index)
            case (.unquoted, .quote):
                return (.fault("has a quote in a field that does not begin with one"), index)
            case (.fieldStart, _), (.unquoted, _):
                field.append(byte)
                place = .unquoted
            }
        }
        return nil
    }
}

extension UInt8 {
    static let lineFeed = UInt8(ascii: "\n")
    static let carriageReturn = UInt8(ascii: "\r")
    fileprivate static let quote = UInt8(ascii: "\"")
    fileprivate static let comma = UInt8(ascii: ",")
}
