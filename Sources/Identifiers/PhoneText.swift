internal import Identity

/// The second rule's reading of a phone number:
///
/// 1. Format characters (Unicode's Cf), variation selectors and what else is not seen (Default_Ignorable_Code_Point) are left out.
///    Every Unicode blank counts as a space, every dash as `-`, a digit of any script and a full-width character as the
///    ASCII one. Quotes around it, one quote in front, symbols such as ☎ around it, `tel:` and trailing `. , ; :` are left out.
/// 2. An extension is taken off: `PhoneExtension`.
/// 3. The rest is a number: digits, with blanks and `- . / ( ) [ ] ~` between; one + may stand in front. Three letters or more
///    behind the first three digits may spell a vanity number, unless all are an X, which hides digits.
/// 4. What people put in the wrong field is refused: `OtherValue`.
/// 5. If libphonenumber calls it *possible*, as long as numbers of its country are, the key is the number in E.164, without the +. A
///    number with a + is read as it is dialled from abroad; one without as in the region, if there is one: with its
///    national prefix (0, 8, 06 …), exit code (00, 011, 0011 …), or the country code alone, where a number of the region would be too long.
///    *Possible* includes what can be dialled in its own area alone (IS_POSSIBLE_LOCAL_ONLY): see below.
/// 6. Otherwise the key is the digits as written; but a vanity number is refused.
/// 7. A key has 3 to 15 digits (E.164, 6.1), and behind an x the extension, if there is one, of 15 digits at most.
///
/// **Short numbers** are decided once: by libphonenumber's IsPossibleNumber, local numbers included. `123456`, `919191` and
/// `717171` are thus numbers everywhere. Without a region their keys are their digits. In India, Britain, Germany, Australia and
/// wherever else local numbers may have six digits, the key has the country code in front (91123456), so
/// that it can't meet another country's number. In the US, where none has six digits, it is the digits. Either way the same
/// text is the same customer, and a database has one region.
///
/// What was written is answered: without what is not seen, trimmed, and with spaces for tabs and ends of lines.
struct PhoneText {
    static let digits = 3...15

    /// As written, without what is not seen.
    private let text: String
    /// The same in ASCII, where there is a character for it, and lower case.
    private let signs: [Unicode.Scalar]

    /// `nil` where nothing is to be seen.
    init?(_ written: String) {
        let seen = written.unicodeScalars.filter { !$0.isIgnored }.map { $0.isTabOrLineEnd ? " " : $0 }
        let scalars = seen[...].trimmed(where: \.isBlank)
        if scalars.isEmpty { return nil }
        text = String(scalars: scalars)
        signs = scalars.map(\.phoneSign)
    }

    func phone(region: IdentifierRule.Region?) throws(InvalidIdentifier) -> Phone {
        guard text.utf8.count <= Phone.maximumBytes else { throw invalid("is longer than \(Phone.maximumBytes) bytes") }
        let (number, suffix) = PhoneExtension.split(unwrapped)
        if let other = OtherValue(number) { throw invalid(other.rawValue) }
        let dialled = try dialled(number)
        let possible = NumberingPlan.read((dialled.isInternational ? "+" : "") + dialled.digits, region: region)
        guard possible != nil || !dialled.isVanity else { throw invalid("holds letters that spell no number") }
        let key = possible?.digits ?? dialled.digits
        guard PhoneText.digits.contains(key.utf8.count) else {
            throw invalid("needs \(PhoneText.digits.lowerBound) to \(PhoneText.digits.upperBound) digits")
        }
        let isPlaceholder = isPlaceholder(key, possible?.national)
        return Phone(text: text, key: suffix.map { "\(key)x\($0)" } ?? key, isPlaceholder: isPlaceholder)
    }

    private func dialled(
        _ number: ArraySlice<Unicode.Scalar>
    ) throws(InvalidIdentifier) -> (digits: String, isInternational: Bool, isVanity: Bool) {
        let symbols = number.filter { $0.isASCIIDigit || $0.isASCIILetter }
        let beginning = number.prefix { !$0.isASCIIDigit && !$0.isASCIILetter }
        let marks = number.filter { !$0.isASCIIDigit && !$0.isASCIILetter && !$0.isBlank }
        let plusses = marks.count { $0 == "+" }
        guard marks.allSatisfy({ "+-./()[]~".unicodeScalars.contains($0) }), plusses <= 1,
            plusses == 0 || beginning.contains("+")
        else { throw invalid("holds a character other than digits, spaces and + - . / ( ) [ ] ~ or an extension") }
        let letters = symbols.filter(\.isASCIILetter)
        let isVanity =
            letters.count >= 3 && letters.contains { $0 != "x" } && symbols.prefix(3).allSatisfy(\.isASCIIDigit)
        guard letters.isEmpty || isVanity else { throw invalid("holds letters that are no extension") }
        return (String(scalars: symbols.map(\.onKeypad)), isInternational: plusses == 1, isVanity)
    }

    /// Judged by the key, however the number is written: where only its digits are known, they are read as if a + stood
    /// in front.
    private func isPlaceholder(_ key: String, _ national: String?) -> Bool {
        guard PlaceholderPhone.mayEnd(key) else { return false }
        let national = national ?? NumberingPlan.read("+\(key)", region: nil)?.national
        return [key, national].compactMap(\.self).contains {
            PlaceholderPhone.matches($0) { NumberingPlan.isAssigned(key) }
        }
    }

    private func invalid(_ reason: String) -> InvalidIdentifier {
        InvalidIdentifier(field: .phoneNumber, reason: reason)
    }

    private var unwrapped: ArraySlice<Unicode.Scalar> {
        var rest = signs[...]
        while let last = rest.last, last.isAround || ".,;:\"'”’»".unicodeScalars.contains(last) { rest.removeLast() }
        while let first = rest.first, first.isAround || "\"'“„‘«".unicodeScalars.contains(first) { rest.removeFirst() }
        return rest.starts(with: "tel:".unicodeScalars) ? rest.dropFirst(4) : rest
    }
}

extension Unicode.Scalar {
    fileprivate var phoneSign: Unicode.Scalar {
        if isASCII { return ("A"..."Z").contains(self) ? Unicode.Scalar(value | 0x20)! : self }
        if let digit { return digit }
        if isBlank { return " " }
        if isDash { return "-" }
        // Halfwidth and Fullwidth Forms (Unicode, 18.5).
        if (0xFF01...0xFF5E).contains(value) { return Unicode.Scalar(value - 0xFEE0)!.phoneSign }
        // The letters of extensions in other languages.
        let lower = properties.lowercaseMapping.unicodeScalars
        return lower.count == 1 && !lower.first!.isASCII ? lower.first! : self
    }

    /// A blank, or a symbol that is no sign of mathematics or money, such as a telephone.
    fileprivate var isAround: Bool { isBlank || !isASCII && properties.generalCategory == .otherSymbol }

    /// The digit that a letter shares a key with (ITU-T E.161, 3.1.1).
    fileprivate var onKeypad: Unicode.Scalar {
        guard isASCIILetter else { return self }
        return Self.keypad[Int(value - ("a" as Unicode.Scalar).value)]
    }

    private static let keypad = Array("22233344455566677778889999".unicodeScalars)
}
