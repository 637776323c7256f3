internal import PostgreSQL

/// What corrections keep apart, looked up by what customers own.
enum KeptApart {
    /// $1 and $2 primaries → the corrections that keep the two apart.
    static let corrections = Query("kept_apart", pairs(between: "$1::bigint", "$2::bigint")) { try $0.integer() }

    /// SQL: the corrections that keep something of the one cluster apart from something of the other.
    static func pairs(between one: String, _ other: String) -> String {
        """
        SELECT correction_id
          FROM contact AS holder, LATERAL (
        \(pairs(of: "holder"))
               ) AS pair
         WHERE holder.\(ContactStatements.memberOf) = \(one) AND holder.deleted_at IS NULL
           AND \(other) IN (
        \(ContactStatements.owners("cluster_id", email: "pair.other_email", phoneKey: "pair.other_phone_key")))
        """
    }

    /// SQL: what is kept apart from what a contact owns.
    static func pairs(of holder: String) -> String {
        """
               SELECT * FROM kept_apart WHERE stands AND kept_apart.email = \(holder).email AND \(holder).owns_email
                UNION ALL
               SELECT * FROM kept_apart
                WHERE stands AND kept_apart.phone_key = \(holder).phone_key AND \(holder).owns_phone
        """
    }
}
