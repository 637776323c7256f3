internal import PostgreSQL

/// The tables that together are all that is known, and how their rows are written and read: each as a JSON object that has
/// the row under the table's name. In the order in which they are restored.
enum StateTable: String, CaseIterable {
    case identifierRule = "identifier_rule"
    case change
    case contact
    case withheld
    case evidence
    case correction
    case keptApart = "kept_apart"

    private var columns: String {
        switch self {
        case .identifierRule: "default_country_code, version, default_region, libphonenumber, icu"
        // A cursor of before has a token that nothing here has.
        case .change: "kind, primary_id, other_id, contact_ids, changed_at"
        case .contact:
            "id, linked_id, link_precedence, email, phone_number, phone_key, owns_email, owns_phone, client, request_id, "
                + "created_at, updated_at, deleted_at"
        case .withheld: "contact_id, email, phone_number, phone_key, home"
        case .evidence:
            "id, email, phone_number, phone_key, other_email, other_phone_number, other_phone_key, client, request_id, "
                + "created_at, is_withdrawn"
        case .correction:
            "id, kind, email, phone_number, phone_key, evidence, note, client, request_id, created_at, undone_at, erased_at"
        case .keptApart:
            "correction_id, email, phone_number, phone_key, other_email, other_phone_number, other_phone_key, stands"
        }
    }

    private var order: String {
        switch self {
        case .identifierRule: "version"
        case .change: "transaction_id, id"
        case .contact, .evidence, .correction: "id"
        case .withheld: "contact_id"
        case .keptApart: "correction_id, email, phone_key, other_email, other_phone_key"
        }
    }

    /// What a row's line begins with.
    var prefix: String { #"{"\#(rawValue)":"# }

    /// Behind the prefix, of what one transaction has changed.
    static let group = #"{"group":"#

    /// All rows, each as its line.
    var lines: Query<String> {
        let group = self == .change ? #"dense_rank() OVER (ORDER BY transaction_id) AS "group", "# : ""
        return Query(
            """
            SELECT '\(prefix)' || row_to_json(stored) || '}'
              FROM (SELECT \(group)\(columns) FROM \(rawValue) ORDER BY \(order)) AS stored
            """
        ) { try $0.text() }
    }

    /// $1 an array of rows in JSON, in the order of the file.
    var restore: Statement {
        Statement(
            "restore_\(rawValue)",
            """
            INSERT INTO \(rawValue) (\(columns)) OVERRIDING SYSTEM VALUE
            SELECT \(columns)
              FROM ROWS FROM (json_populate_recordset(NULL::\(rawValue), $1::json)) WITH ORDINALITY
             ORDER BY ordinality
            """)
    }
}
