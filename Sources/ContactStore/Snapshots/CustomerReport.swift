public import Identity
public import PostgreSQL

/// How much there is, and where to look first: the largest customers; the identifiers that tie the most others together, such as a shop's
/// own number typed into every order; and the evidence that alone makes one customer of two, such as a typo. And what
/// callers send in vain.
public struct CustomerReport: Sendable {
    /// How many of each are listed.
    public static let limits = 1...1000

    public let totals: Totals
    /// The most contacts first.
    public let largest: [Size]
    /// The most ties first.
    public let ties: [Tie]
    /// The greatest smaller part first.
    public let bridges: [Bridge]
    public let ignored: IgnoredCounts

    public struct Totals: Sendable {
        public let customers: Int64
        public let contacts: Int64
        public let emails: Int64
        public let phones: Int64
    }

    public struct Size: Sendable {
        public let primaryID: Int64
        public let contacts: Int64
        public let emails: Int64
        public let phones: Int64
    }

    public struct Tie: Sendable {
        /// "email" or "phone".
        public let kind: String
        /// The contact that introduced the identifier.
        public let contactID: Int64
        public let primaryID: Int64
        /// How many different phones came with this e-mail, or e-mails with this phone.
        public let count: Int64
        public let identifier: String
    }

    public struct Bridge: Sendable {
        public let primaryID: Int64
        /// Without it the customer would be two, each of `leastPart` contacts or more.
        public let bridge: EvidenceBridge

        /// Any new identifier of a customer hangs by one order. Where something hangs that has grown by itself, it
        /// may be somebody else.
        static let leastPart = 3

        fileprivate func comes(before other: Bridge) -> Bool {
            (other.bridge.parts[0], bridge.evidence.id) < (bridge.parts[0], other.bridge.evidence.id)
        }
    }

    /// - Parameters:
    ///   - database: `postgres://…` or `key=value …`; empty for libpq's PG* variables.
    ///   - standby: Where to read instead, if it has all of that soon.
    ///   - limit: How many are listed of each.
    ///   - timeout: For all of it; `nil` for a day.
    /// - Throws: `SchemaError`, `DatabaseError`.
    public init(
        database: String, standby: StandbyConfiguration? = nil, limit: Int, within timeout: Duration? = nil
    ) throws {
        let timeout = timeout ?? Snapshot.timeout
        (totals, largest, ties, bridges, ignored) = try Snapshot.read(
            database, standby: standby, for: "report", within: timeout
        ) {
            (
                try $0.rows(of: CustomerReport.totals)[0], try $0.rows(of: CustomerReport.largest(limit)),
                try $0.rows(of: CustomerReport.ties(limit)), try CustomerReport.bridges(in: $0, limit),
                IgnoredCounts(
                    since: try $0.rows(of: IgnoredCounts.firstDay)[0], counts: try $0.rows(of: IgnoredCounts.recent))
            )
        }
    }

    private static func bridges(in snapshot: Snapshot, _ limit: Int) throws -> [Bridge] {
        var found: [Bridge] = []
        try CustomerEvidence.forEachCustomer(in: snapshot) { customer in
            guard customer.ties.count(where: \.isContact) >= 2 * Bridge.leastPart else { return }
            let evidence = customer.ties.compactMap { tie in
                tie.identifiers.count == 2
                    ? Evidence(id: tie.id, pair: IdentifierPair(tie.identifiers[0], tie.identifiers[1])) : nil
            }
            let contacts = Dictionary(customer.ties.compactMap(\.owned).map { ($0, 1) }, uniquingKeysWith: +)
            found += EvidenceBridge.all(in: evidence, contacts: contacts)
                .filter { $0.parts[0] >= Bridge.leastPart }
                .map { Bridge(primaryID: customer.primaryID, bridge: $0) }
            if found.count > 2 * limit { found = Array(found.sorted { $0.comes(before: $1) }.prefix(limit)) }
        }
        return Array(found.sorted { $0.comes(before: $1) }.prefix(limit))
    }

    private static let totals = Query(
        """
        SELECT count(*) FILTER (WHERE id = cluster_id), count(*),
               count(*) FILTER (WHERE owns_email), count(*) FILTER (WHERE owns_phone)
          FROM contact WHERE deleted_at IS NULL AND cluster_id > 0
        """
    ) { columns in
        Totals(
            customers: try columns.integer(), contacts: try columns.integer(), emails: try columns.integer(),
            phones: try columns.integer())
    }

    private static func largest(_ limit: Int) -> Query<Size> {
        Query(
            """
            SELECT cluster_id, count(*),
                   count(*) FILTER (WHERE owns_email), count(*) FILTER (WHERE owns_phone)
              FROM contact WHERE deleted_at IS NULL AND cluster_id > 0
             GROUP BY cluster_id ORDER BY count(*) DESC, cluster_id LIMIT \(limit)
            """
        ) { columns in
            Size(
                primaryID: try columns.integer(), contacts: try columns.integer(), emails: try columns.integer(),
                phones: try columns.integer())
        }
    }

    /// The same evidence that `identityd verify` uses: pairs that contacts hold, and what else stands.
    private static func ties(_ limit: Int) -> Query<Tie> {
        Query(
            """
            WITH pair AS (
                SELECT email, phone_key FROM contact WHERE deleted_at IS NULL
                 UNION
                SELECT email, phone_key FROM evidence WHERE NOT is_withdrawn),
            tie AS (
                (SELECT email, NULL AS phone_key, count(*) AS others FROM pair
                  WHERE email IS NOT NULL AND phone_key IS NOT NULL
                  GROUP BY email ORDER BY others DESC, email LIMIT \(limit))
                UNION ALL
                (SELECT NULL, phone_key, count(*) FROM pair
                  WHERE email IS NOT NULL AND phone_key IS NOT NULL
                  GROUP BY phone_key ORDER BY count(*) DESC, phone_key LIMIT \(limit)))
            SELECT CASE WHEN tie.email IS NULL THEN 'phone' ELSE 'email' END, id, cluster_id, others,
                   CASE WHEN tie.email IS NULL THEN contact.phone_number ELSE contact.email END
              FROM tie JOIN contact
                ON deleted_at IS NULL
               AND (owns_email AND contact.email = tie.email OR owns_phone AND contact.phone_key = tie.phone_key)
             ORDER BY others DESC, id LIMIT \(limit)
            """
        ) { columns in
            Tie(
                kind: try columns.text(), contactID: try columns.integer(), primaryID: try columns.integer(),
                count: try columns.integer(), identifier: try columns.text())
        }
    }
}
