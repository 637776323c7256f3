internal import Identity

/// The JSON object in a request's body.
struct RequestBody {
    let object: JSONObject

    /// - Parameter names: The members to keep. Others are ignored.
    /// - Throws: `Problem`.
    init(of request: Request, keeping names: Set<String> = RequestBody.names) throws(Problem) {
        if let type = request.contentType, !RequestBody.isJSON(type) { throw .unsupportedMediaType }
        switch request.body {
        case .tooLarge: throw .tooLarge(limit: Request.maximumBodySize)
        case .truncated: throw .badRequest("The body ended too early. Send as many bytes as Content-Length says.")
        case .whole(let bytes): try self.init(bytes, keeping: names)
        }
    }

    init(_ bytes: [UInt8], keeping names: Set<String> = RequestBody.names) throws(Problem) {
        do {
            object = try JSONObject(bytes, keeping: names)
        } catch {
            throw .unreadable(bytes, because: error)
        }
    }

    static let names: Set = ["email", "phoneNumber"]

    static let example = #"Send a JSON object such as {"email":"mcfly@hillvalley.edu","phoneNumber":"123456"}."#

    /// application/json, or any type with the suffix +json (RFC 6839, 3.1); parameters don't matter.
    private static func isJSON(_ contentType: String) -> Bool {
        // What nearly every caller sends; what follows is 1 % of a known request.
        if contentType == "application/json" { return true }
        let bytes = contentType.utf8.prefix { $0 != UInt8(ascii: ";") }.filter { $0 != UInt8(ascii: " ") }
        let type = String(decoding: bytes, as: UTF8.self).lowercased()
        return type.isEmpty || type == "application/json" || (type.hasPrefix("application/") && type.hasSuffix("+json"))
    }
}

extension Observation {
    /// What the body says, checked field by field, so that the caller is told everything that is wrong at once.
    init(_ body: RequestBody, rule: PhoneKeyRule) throws(Problem) {
        var errors: [InvalidIdentifier] = []
        var email: Email?
        var phone: Phone?
        do {
            email = try body.email()
        } catch {
            errors.append(error)
        }
        do {
            phone = try body.phone(rule: rule)
        } catch {
            errors.append(error)
        }
        guard errors.isEmpty else {
            throw .badRequest(errors.map { FieldError($0) }, RequestBody.example)
        }
        guard let observation = Observation(email: email, phone: phone) else {
            throw .badRequest("Both email and phoneNumber are missing or null. \(RequestBody.example)")
        }
        self = observation
    }
}

extension RequestBody {
    fileprivate func email() throws(InvalidIdentifier) -> Email? {
        switch object.members["email"] {
        case nil, .null: nil
        case .string(let text): try Email(text)
        case .number, .other: throw InvalidIdentifier(field: .email, reason: "must be a string or null")
        }
    }

    fileprivate func phone(rule: PhoneKeyRule) throws(InvalidIdentifier) -> Phone? {
        switch object.members["phoneNumber"] {
        case nil, .null: nil
        case .string(let text): try Phone(text, rule: rule)
        case .number(let digits) where digits.allSatisfy(\.isASCIIDigit):
            try Phone(digits, rule: rule)
        case .number:
            throw InvalidIdentifier(
                field: .phoneNumber, reason: "must be a whole number without sign or exponent, or a string")
        case .other:
            throw InvalidIdentifier(field: .phoneNumber, reason: "must be a string, a whole number or null")
        }
    }
}

extension Character {
    fileprivate var isASCIIDigit: Bool { ("0"..."9").contains(self) }
}
