internal import Identity

/// The JSON object in a request's body.
struct RequestBody {
    let object: JSONObject

    /// - Parameter names: The members to keep. Others are ignored.
    /// - Throws: `Problem`.
    init(of request: Request, keeping names: [String] = RequestBody.names) throws(Problem) {
        if let type = request.contentType, !RequestBody.isJSON(type) { throw .unsupportedMediaType }
        switch request.body {
        case .tooLarge: throw .tooLarge(limit: Request.maximumBodySize)
        case .truncated: throw .badRequest("The body ended too early. Send as many bytes as Content-Length says.")
        case .whole(let bytes): try self.init(bytes, keeping: names)
        }
    }

    init(_ bytes: [UInt8], keeping names: [String] = RequestBody.names) throws(Problem) {
        do {
            object = try JSONObject(bytes, keeping: names)
        } catch {
            throw .unreadable(bytes, because: error)
        }
    }

    static let names = ["email", "phoneNumber"]

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

/// What a body says of one person, field by field.
struct ObservedBody {
    let email: Email?
    let phone: Phone?
    /// Strings, or numbers, that are no identifiers.
    let invalid: [InvalidIdentifier]
    let nearMisses: [NearMiss]

    /// So that an answer is not much longer than its request.
    private static let mostNearMisses = 8

    /// - Throws: `Problem`, where a value is of a wrong type: that is a mistake of the program that sends it, not of the
    ///   person who typed it.
    init(_ body: RequestBody, reader: some IdentifierReading) throws(Problem) {
        let texts = try body.texts()
        var invalid: [InvalidIdentifier] = []
        email = ObservedBody.read(texts.email, &invalid) { text throws(InvalidIdentifier) in try reader.email(text) }
        phone = ObservedBody.read(texts.phone, &invalid) { text throws(InvalidIdentifier) in try reader.phone(text) }
        self.invalid = invalid
        nearMisses = Array(body.object.otherNames.lazy.compactMap(NearMiss.init).prefix(ObservedBody.mostNearMisses))
    }

    private static func read<Identifier>(
        _ text: String?, _ invalid: inout [InvalidIdentifier],
        _ read: (String) throws(InvalidIdentifier) -> Identifier?
    ) -> Identifier? {
        guard let text else { return nil }
        do {
            return try read(text)
        } catch {
            invalid.append(error)
            return nil
        }
    }

    /// What is valid.
    /// - Throws: `Problem`, where nothing is.
    func observation(_ example: String = RequestBody.example) throws(Problem) -> Observation {
        guard let observation = Observation(email: email, phone: phone) else { throw refusal(example) }
        return observation
    }

    /// What is wrong with it.
    func refusal(_ example: String = RequestBody.example) -> Problem {
        let errors = invalid.map { FieldError($0) } + nearMisses.map { FieldError($0) }
        return errors.isEmpty
            ? .badRequest("Both email and phoneNumber are missing or null. \(example)") : .badRequest(errors, example)
    }

    /// What is left out of its observation.
    var ignored: [Ignored] {
        invalid.map { Ignored(field: $0.field, reason: .invalid) }
            + nearMisses.map { Ignored(field: $0.field, reason: .unknownField, nearMiss: $0) }
    }
}

extension RequestBody {
    /// The values of both fields; `nil` where one is missing or null.
    /// - Throws: `Problem`, with everything that is of a wrong type.
    fileprivate func texts() throws(Problem) -> (email: String?, phone: String?) {
        var errors: [FieldError] = []
        var email: String?
        var phone: String?
        switch object["email"] {
        case nil, .null: break
        case .string(let text): email = text
        case .number, .bool, .numbers, .other: errors.append(FieldError(.email, "must be a string or null"))
        }
        switch object["phoneNumber"] {
        case nil, .null: break
        case .string(let text): phone = text
        case .number(let digits) where digits.utf8.allSatisfy { (0x30...0x39).contains($0) }: phone = digits
        case .number:
            errors.append(FieldError(.phoneNumber, "must be a whole number without sign or exponent, or a string"))
        case .bool, .numbers, .other:
            errors.append(FieldError(.phoneNumber, "must be a string, a whole number or null"))
        }
        guard errors.isEmpty else { throw .badRequest(errors, RequestBody.example) }
        return (email, phone)
    }
}
