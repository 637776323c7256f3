internal import Identifiers
internal import Identity

/// Whether a row may be sent: the one place where its identifiers are looked at.
struct RowCheck {
    let columns: ImportColumns
    let reader: IdentifierReader
    let blockList: BlockList

    struct Rejection: Error {
        /// Never holds a value.
        let reason: String
    }

    /// What a row says, by the rules of a request to /identify.
    func observation(of fields: [[UInt8]]) throws(Rejection) -> Observation {
        let email = try identifier(fields, columns.email) { text throws(InvalidIdentifier) in try reader.email(text) }
        let phone = try identifier(fields, columns.phone) { text throws(InvalidIdentifier) in try reader.phone(text) }
        guard let observation = Observation(email: email, phone: phone) else {
            throw Rejection(reason: "the row has neither e-mail nor phone")
        }
        guard let usable = blockList.screen(observation).observation else {
            throw Rejection(reason: "every identifier of the row is blocked")
        }
        return usable
    }

    private func identifier<Identifier>(
        _ fields: [[UInt8]], _ column: Int?, _ make: (String) throws(InvalidIdentifier) -> Identifier?
    ) throws(Rejection) -> Identifier? {
        guard let column else { return nil }
        // Not repaired: two e-mails that differ in an invalid byte must not become one.
        guard let text = String(validating: fields[column], as: UTF8.self) else {
            throw Rejection(reason: "the row is not in UTF-8")
        }
        do {
            return try make(text)
        } catch {
            throw Rejection(reason: "\(error.field.rawValue) \(error.reason)")
        }
    }
}
