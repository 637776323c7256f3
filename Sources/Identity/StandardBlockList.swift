extension BlockList {
    /// What belongs to no customer, wherever the shop is: placeholders for a phone number, and addresses that are typed in
    /// the place of one.
    public static func builtIn(reader: some IdentifierReading) -> BlockList {
        let lines = ["group placeholders", "email *@example.invalid"] + addresses + names.map { "email \($0)@*" }
        // Every line of it is valid, as a test sees for every rule.
        return try! BlockList(lines.joined(separator: "\n"), reader: reader, addingTo: nil)
    }

    private static let addresses =
        [
            "abc", "asdf", "guest", "na", "nil", "no", "none", "null", "test", "undefined", "unknown",
            "xxx",
        ].flatMap { ["email \($0)@\($0)", "email \($0)@\($0).com"] }
        + ["email nobody@nowhere.com"]

    /// No person has such a name.
    private static let names = [
        "do-not-reply", "donotreply", "no-email", "no-mail", "no-reply", "no.email", "no_email", "noemail", "nomail",
        "noreply",
    ]

    /// RFC 2142: the mailboxes of a business, its network, its servers, each read by several people.
    static let roles: [Substring] = [
        "abuse", "ftp", "hostmaster", "info", "marketing", "news", "noc", "postmaster", "sales", "security", "support",
        "usenet", "uucp", "webmaster", "www",
    ]
}
