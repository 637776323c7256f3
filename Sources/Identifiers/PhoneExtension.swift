/// The extension behind a number, as libphonenumber 8.12.57 knows it (`CreateExtnPattern`; a test compares), with two
/// differences: it has 15 digits at most, and behind one comma or semicolon 7, and fewer than the number, since more may be
/// a second number.
///
/// `;ext=12`, `ext. 12`, `extension 12`, `x12`, `#12`, `~12`, `int 12`, `доб. 12`, `anexo 12`, `,12`, `;12`, `,,12`, ` 12#`, `(x12)`
enum PhoneExtension {
    /// - Parameter signs: A number in lower case, with ASCII digits.
    /// - Returns: The number, and the digits of its extension.
    static func split(_ signs: ArraySlice<Unicode.Scalar>) -> (number: ArraySlice<Unicode.Scalar>, digits: String?) {
        let alone = (signs, nil as String?)
        let isBracketed = signs.last == ")"
        var rest = isBracketed ? signs.dropLast() : signs
        let isHashed = rest.last == "#"
        if isHashed { rest.removeLast() }
        let digits = rest.droppingLast(while: \.isASCIIDigit)
        let separators = rest.droppingLast { " ,-".unicodeScalars.contains($0) }
        let mark = rest.last.flatMap { [":", ".", "="].contains($0) ? rest.popLast() : nil }

        let limit: Int
        if let label = labels.first(where: { rest.ends(with: $0.text) }) {
            rest = rest.dropLast(label.text.count)
            if let last = rest.last, last.isASCIILetter { return alone }
            limit = label.limit
        } else if mark == nil, separators.contains(",") || rest.last == ";" {
            let number = rest.count(where: \.isASCIIDigit)
            limit = separators.starts(with: [",", ","]) ? 15 : min(7, number - 1)
        } else if mark == nil, isHashed, !separators.isEmpty {
            limit = 6
        } else {
            return alone
        }
        guard !digits.isEmpty, digits.count <= limit else { return alone }
        if isBracketed, rest.popLast() != "(" { return alone }
        _ = rest.droppingLast { " ,;".unicodeScalars.contains($0) }
        return (rest, String(scalars: digits))
    }

    /// With the most digits that may follow.
    private static let labels: [(text: [Unicode.Scalar], limit: Int)] =
        ["extension", "extensión", "extensio\u{301}n", "extn", "ext", "xtn", "xt", "anexo", "доб"].map {
            (Array($0.unicodeScalars), 15)
        } + ["int", "x", "#", "~"].map { (Array($0.unicodeScalars), 9) }
}
