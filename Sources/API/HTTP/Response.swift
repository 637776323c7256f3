internal import ContactStore
public import Identity
public import Settings

/// An answer over HTTP.
public struct Response: Sendable {
    public let status: Int
    /// The reason phrase (RFC 9112, 4).
    public let reason: String
    /// Names and values without line breaks.
    public var headers: [(name: String, value: String)]
    public let body: [UInt8]

    init(status: Int, reason: String, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.status = status
        self.reason = reason
        self.headers = headers
        self.body = body
    }

    /// 200 with a JSON object. No cache may keep it: it holds personal data, or changes any moment.
    static func ok(_ body: (inout JSONWriter) -> Void) -> Response {
        Response(
            status: 200, reason: "OK", headers: [("Content-Type", "application/json"), ("Cache-Control", "no-store")],
            body: JSONWriter.object(body))
    }

    /// Says how old it may be, if it is not of now: in whole seconds (RFC 9111, 5.1), rounded up.
    mutating func mark(age: Duration?) {
        guard let (seconds, attoseconds) = age?.components else { return }
        headers.append(("Age", "\(attoseconds > 0 ? seconds + 1 : seconds)"))
    }
}

extension JSONWriter {
    /// The members of a consolidated contact.
    public mutating func cluster(_ cluster: Cluster, idKeys: PrimaryIDKeys) {
        if idKeys != .primaryContatctId { member("primaryContactId", cluster.primaryID) }
        if idKeys != .primaryContactId { member("primaryContatctId", cluster.primaryID) }
        member("emails", cluster.emails.lazy.map(\.text))
        member("phoneNumbers", cluster.phones.lazy.map(\.text))
        member("secondaryContactIds", cluster.secondaryIDs)
    }

    /// The same of a customer that a correction leaves, where ids may be null.
    mutating func customer(_ customer: CorrectedCustomer, idKeys: PrimaryIDKeys) {
        if idKeys != .primaryContatctId { member("primaryContactId", orNull: customer.primaryID) }
        if idKeys != .primaryContactId { member("primaryContatctId", orNull: customer.primaryID) }
        member("emails", customer.emails.lazy.map(\.text))
        member("phoneNumbers", customer.phones.lazy.map(\.text))
        member("secondaryContactIds", orNulls: customer.secondaryIDs)
    }

    /// Whose request brought something.
    mutating func origin(_ origin: RequestOrigin) {
        member("client", orNull: origin.client)
        member("requestId", orNull: origin.requestID)
    }

    /// Writes nothing if there are none.
    mutating func fieldErrors(_ name: StaticString, _ errors: [FieldError]) {
        if errors.isEmpty { return }
        array(name, of: errors) { json, error in
            json.member("field", error.field)
            json.member("reason", error.reason)
        }
    }
}
