import ContactStore
public import PostgreSQL
import Synchronization

/// A database of its own for one test, on the cluster that script/with-postgres lends; dropped in the end.
public final class TestDatabase: Sendable {
    public let name: String
    /// A connection string for `DATABASE_URL`. Host, port and user come from the environment (PGHOST, …).
    public var url: String { "dbname=\(name)" }

    private static let count = Atomic(0)

    /// - Parameter migrated: Whether it has the schema, or is empty.
    public init(migrated: Bool = true, encoding: String = "UTF8") throws {
        let number = TestDatabase.count.add(1, ordering: .relaxed).newValue
        name = "test_\(ContinuousClock.now.hashValue.magnitude)_\(number)"
        try TestDatabase.administer("CREATE DATABASE \(name) TEMPLATE template0 ENCODING '\(encoding)' LOCALE 'C'")
        if migrated { _ = try Migrator(database: url).migrate { _ in } }
    }

    deinit {
        try? TestDatabase.administer("DROP DATABASE IF EXISTS \(name) WITH (FORCE)")
    }

    public func connect() throws -> Connection {
        try Connection.test(url)
    }

    /// Runs SQL on a connection of its own.
    /// - Returns: The rows of the last statement.
    @discardableResult
    public func run(_ sql: String) throws -> Rows {
        try connect().run(script: sql, before: .soon)
    }

    private static func administer(_ sql: String) throws {
        try Connection.test("dbname=postgres").run(script: sql, before: .soon)
    }
}

extension Connection {
    /// One of a test's own.
    public static func test(_ database: String) throws -> Connection {
        try Connection(ConnectionConfiguration(database: database, applicationName: "test"), before: .soon)
    }
}

extension Deadline {
    /// More than anything that a test waits for needs, on a slow machine too.
    public static var soon: Deadline { .after(.seconds(60)) }
}
