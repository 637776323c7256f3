extension BlockList {
    /// What belongs to no customer, wherever the shop is: phones of one repeated digit, from 7 digits on, and addresses that
    /// are typed in the place of one.
    public static func standard(rule: PhoneKeyRule) -> BlockList {
        let phones = (0...9).flatMap { digit in
            (7...Phone.digits.upperBound).flatMap { count in
                let digits = String(repeating: "\(digit)", count: count)
                return ["phone \(digits)", "phone +\(digits)"]
            }
        }
        // Every line of it is valid, as a test sees for every digit.
        return try! BlockList((emails + phones).joined(separator: "\n"), rule: rule)
    }

    private static let emails = [
        "asdf@asdf.com", "na@na.com", "nobody@nowhere.com", "noemail@noemail.com", "nomail@nomail.com", "none@none.com",
        "null@null.com", "test@test.com", "undefined@undefined.com", "unknown@unknown.com", "*@example.invalid",
    ].map { "email \($0)" }
}
