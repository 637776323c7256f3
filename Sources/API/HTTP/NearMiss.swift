internal import Identity
internal import Settings

/// A member of the body that is probably meant for one of ours. Callers are told, because an identifier that is dropped in
/// silence makes two customers of one.
struct NearMiss {
    /// As the caller wrote it.
    let name: String
    /// What it is taken for.
    let field: IdentifierField

    /// `nil` for a name that is not like one of ours.
    init?(_ name: String) {
        guard name.utf8.count <= NearMiss.longest else { return nil }
        let plain = name.lowercased().filter { $0.isLetter || $0.isNumber }
        let field = IdentifierField.allCases.first { field in
            NearMiss.names[field]!.contains(plain) || plain.isOneSlip(from: field.rawValue.lowercased())
        }
        guard let field, name != field.rawValue else { return nil }
        self.name = name
        self.field = field
    }

    private static let longest = 40

    /// In lower case, letters and digits alone.
    private static let names: [IdentifierField: Set<String>] = [
        .email: names("", "e", "user", "customer", "contact", "client", "billing", "buyer", of: "mail", "email")
            .union(names("", of: "emailaddress", "emailid", "mailaddress", "emails", "useremailaddress")),
        .phoneNumber: names(
            "", "user", "customer", "contact", "client", "billing", "buyer", "home", "work", of: "phone"
        )
        .union(names("", "tele", "mobile", "cell", "hand", of: "phone", "phonenumber", "phoneno", "phonenum", "phones"))
        .union(names("", of: "phonenumbers", "phonenr", "mobile", "mobil", "cell", "tel", "msisdn", "whatsapp"))
        .union(names("mobile", "cell", "tel", "contact", "whatsapp", of: "number", "no", "num")),
    ]

    private static func names(_ beginnings: String..., of words: String...) -> Set<String> {
        Set(beginnings.flatMap { beginning in words.map { beginning + $0 } })
    }
}
