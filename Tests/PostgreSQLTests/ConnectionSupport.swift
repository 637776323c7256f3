import PostgreSQL
import TestSupport

extension Connection {
    /// The cluster that script/with-postgres lends, in a database that is always there.
    static let home = "dbname=postgres"

    static func open(_ database: String = home) throws -> Connection {
        try Connection.test(database)
    }

    /// Prepares and runs one statement.
    @discardableResult
    func query(_ sql: String, _ parameters: Parameters = []) throws -> Rows {
        let statement = Statement("", sql)
        try prepare([statement], before: .soon)
        return try run(statement, parameters, before: .soon)
    }

    @discardableResult
    func script(_ sql: String) throws -> Rows {
        try run(script: sql, before: .soon)
    }

    /// The process id of its backend, which also tells one connection from another.
    func backend() throws -> Int64 {
        try script("SELECT pg_backend_pid()").integer(0, 0)!
    }

    /// What `pg_terminate_backend` does to `backend`, seen through to its end.
    static func kill(_ backend: Int64) throws {
        let gone = try open().script("SELECT pg_terminate_backend(\(backend), 10000)")
        precondition(gone.bool(0, 0))
    }
}

/// The error that `body` throws.
func failure(of body: () throws -> Void) -> DatabaseError? {
    do {
        try body()
        return nil
    } catch {
        return error as? DatabaseError
    }
}
