/// Lets an ASCII character stand for its byte: `byte == "{"`.
extension UInt8: @retroactive ExpressibleByUnicodeScalarLiteral {
    public init(unicodeScalarLiteral scalar: Unicode.Scalar) {
        self = UInt8(ascii: scalar)
    }

    static let digits: ClosedRange<UInt8> = "0"..."9"

    var isHexadecimal: Bool {
        switch self {
        case UInt8.digits, "a"..."f", "A"..."F": true
        default: false
        }
    }
}
