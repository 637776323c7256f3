internal import Identity

/// The second rule's reading of an e-mail address:
///
/// 1. Format characters (Unicode's Cf), variation selectors, what else is not seen (Default_Ignorable_Code_Point) and
///    blanks other than ASCII's, such as the no-break space, are left out, wherever they stand.
/// 2. What is wrapped around an address goes, in any order and number: blanks, a pair of quotes, `<…>`, `Name <…>`,
///    `mailto:` with its `?…`, and behind it `. , ;`, in their East Asian forms, too.
/// 3. There is one @ (that of a quoted name, RFC 5321's Quoted-string, is refused, as other quoted names are).
/// 4. The name before it is in lower case and NFC (RFC 8265, 3.3.1; RFC 6532, 3.1): atoms between single dots (RFC 5321, 4.1.2,
///    and any other character of RFC 6531 that has a meaning), at most 64 bytes of UTF-8. A character that NFC makes
///    ASCII, such as the Kelvin sign, is refused: it is another mailbox, and would be the ASCII one. So are `{ | }` and
///    a % in front: the marks of a template that was never filled in.
/// 5. The domain is that of UTS 46, non-transitional, with STD3 rules, in Unicode: `xn--mnchen-3ya.example` is
///    `münchen.example`, and `straße.example` is not `strasse.example`. It may be one label. Hyphens may stand anywhere inside a
///    label. The joiners U+200C and U+200D are left out in both forms, as in 1.
/// 6. The address has at most 254 bytes, and as it is sent, with its domain in Punycode, too (RFC 5321, 4.5.3.1.3).
/// 7. What is left reads as itself. It is stored, matched and answered.
struct EmailText {
    static let nameBytes = 1...64
    /// RFC 1035, 3.1: 255 on the wire, with a length for each label and the root's.
    static let domainBytes = 253
    /// RFC 5322, 3.2.3: what an atom may hold but letters and digits. Without the braces and the bar.
    static let atomMarks = "!#$%&'*+-/=?^_`~"

    private let scalars: [Unicode.Scalar]

    /// `nil` where nothing is to be seen.
    init?(_ written: String) {
        scalars = written.unicodeScalars.filter { !$0.isIgnored && ($0 == " " || $0.isTabOrLineEnd || !$0.isBlank) }
        if scalars.allSatisfy(\.isBlank) { return nil }
    }

    func email() throws(InvalidIdentifier) -> Email {
        let email = try read()
        // Punycode can spell what is left out where it is written, such as a blank.
        guard let again = EmailText(email.text), try again.read() == email else {
            throw invalid("has a domain that does not read as itself")
        }
        return email
    }

    private func read() throws(InvalidIdentifier) -> Email {
        let address = unwrapped
        guard !address.contains(where: { $0.isBlank || $0.isMeaningless }) else {
            throw invalid("holds white space or a control character")
        }
        let parts = address.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }) else {
            throw invalid("needs one @ between two parts that are not empty")
        }
        let name = try read(name: parts[0])
        guard let domain = InternationalDomain(String(scalars: parts[1]), room: Email.maximumBytes) else {
            throw invalid("needs a domain behind its @")
        }
        guard domain.asciiLength <= EmailText.domainBytes,
            name.utf8.count + 1 + max(domain.asciiLength, domain.text.utf8.count) <= Email.maximumBytes
        else { throw invalid("is longer than \(Email.maximumBytes) bytes") }
        return Email(stored: "\(name)@\(domain.text)")
    }

    private func read(name: ArraySlice<Unicode.Scalar>) throws(InvalidIdentifier) -> String {
        guard !name.contains(where: \.isASCIIDouble) else {
            throw invalid("holds a character that looks like another before its @")
        }
        guard let text = String(scalars: name).lowered(room: EmailText.nameBytes.upperBound) else {
            throw invalid("has more than \(EmailText.nameBytes.upperBound) bytes before its @")
        }
        let atoms = text.unicodeScalars.split(separator: ".", omittingEmptySubsequences: false)
        guard name.first != "%", atoms.allSatisfy({ !$0.isEmpty && $0.allSatisfy(\.isAtomText) }) else {
            throw invalid("holds a character that can't stand before the @, or a dot too many")
        }
        return text
    }

    private func invalid(_ reason: String) -> InvalidIdentifier { InvalidIdentifier(field: .email, reason: reason) }
}

// MARK: - What is wrapped around an address

extension EmailText {
    private var unwrapped: ArraySlice<Unicode.Scalar> {
        var rest = scalars[...]
        var before: Int
        repeat {
            before = rest.count
            rest = rest.trimmed(where: \.isBlank)
            while let last = rest.last, last.endsAddress { rest.removeLast() }
            if let first = rest.first, let last = rest.last, rest.count > 1,
                EmailText.quotes.contains(where: { $0 == (first, last) })
            {
                rest = rest.dropFirst().dropLast()
            }
            if rest.last == ">", let bracket = rest.lastIndex(of: "<") { rest = rest[(bracket + 1)...].dropLast() }
            if String(scalars: rest.prefix(7)).lowercased() == "mailto:" {
                rest = rest.dropFirst(7).prefix { $0 != "?" }
            }
        } while rest.count < before
        return rest
    }

    private static let quotes: [(Unicode.Scalar, Unicode.Scalar)] = [
        ("\"", "\""), ("'", "'"), ("`", "`"), ("“", "”"), ("„", "“"), ("‘", "’"), ("«", "»"),
    ]
}

extension Unicode.Scalar {
    /// . , ; and their East Asian forms.
    fileprivate var endsAddress: Bool {
        [".", ",", ";", "\u{3002}", "\u{FF0E}", "\u{FF61}", "\u{FF0C}", "\u{3001}", "\u{FF1B}"].contains(self)
    }

    fileprivate var isAtomText: Bool {
        !isASCII || isASCIILetter || isASCIIDigit || EmailText.atomMarks.unicodeScalars.contains(self)
    }
}
