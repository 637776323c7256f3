internal import ContactStore
internal import Identity
internal import Settings

// What is answered to a correction.

extension JSONWriter {
    mutating func correction(_ record: CorrectionRecord, origins: Bool) {
        let correction = record.correction
        member("id", orNull: record.hasID ? correction.id : nil)
        member("kind", correction.kind.rawValue)
        if let identifier = correction.identifier { self.identifier(identifier) }
        array("apart", of: correction.apart) { json, pair in
            json.member("one") { $0.identifier(pair.one) }
            json.member("other") { $0.identifier(pair.other) }
        }
        member("evidence", correction.evidence.sorted())
        member("note", orNull: record.note)
        member("at", orNull: record.at)
        member("undoneAt", orNull: record.undoneAt)
        member("erased", record.isErased)
        if origins { origin(record.origin) }
    }

    private mutating func identifier(_ identifier: Identifier) {
        switch identifier {
        case .email(let email): member("email", email.text)
        case .phone(let phone): member("phoneNumber", phone.text)
        }
    }

    mutating func customers(_ customers: [CorrectedCustomer], idKeys: PrimaryIDKeys) {
        array("contacts", of: customers) { $0.customer($1, idKeys: idKeys) }
    }
}

extension Problem {
    init(_ refusal: CorrectionRefusal) {
        func conflict(_ type: String, _ detail: String) -> Problem {
            Problem(type: "tag:identityd.invalid,2026:\(type)", status: 409, title: "Conflict", detail: detail)
        }
        switch refusal {
        case .unknown(let field):
            self.init(
                status: 404, title: "Not Found",
                detail: "There is no such \(field). Send identifiers and ids from answers of this service.")
        case .erased(let field):
            self.init(status: 410, title: "Gone", detail: "The \(field) was erased. Stop using this id.")
        case .stillConnected(let connection):
            self = conflict(
                "still-connected",
                "Other evidence connects the two: path is the shortest chain of it. Send as evidence what is wrong in it; cut is a "
                    + "smallest set that parts them.")
            extensions = [("path", connection.path), ("cut", connection.cut)]
        case .keptApart(let corrections):
            self = conflict(
                "kept-apart",
                "Other corrections keep apart what this would join. To undo those too, send the ids in corrections as well."
            )
            extensions = [("corrections", corrections)]
        case .doesNotApply(let reason):
            self = conflict("does-not-apply", "The correction does not apply: \(reason). Look at GET /contacts/{id}.")
        case .tooLarge:
            self = conflict("too-large-to-correct", "The customers have more than 10,000 contacts together.")
        }
    }
}
