import PostgreSQL
import Testing

/// One row for each question that a caller asks of an error.
@Suite("What an error means")
struct ErrorKindTests {
    private func refused(_ sqlState: String) -> DatabaseError {
        DatabaseError(.refused(sqlState: sqlState), "")
    }

    @Test("a conflict", arguments: ["40001", "40P01"])
    func conflict(_ sqlState: String) {
        let error = refused(sqlState)
        #expect(error.isConflict)
        #expect(!error.isConnectionLost && !error.isOutOfPredicateLocks)
    }

    @Test(
        "a lost connection",
        arguments: ["08000", "08006", "57P01", "57P02", "57P03", "25006", "53300", "42P01", "42703"])
    func connectionLost(_ sqlState: String) {
        let error = refused(sqlState)
        #expect(error.isConnectionLost)
        #expect(!error.isConflict && !error.isOutOfPredicateLocks)
    }

    @Test("neither", arguments: ["42601", "23505", "22P02", "25P02", "40002", "57014", "53200", "XX000"])
    func neither(_ sqlState: String) {
        let error = refused(sqlState)
        #expect(!error.isConflict && !error.isConnectionLost)
        #expect(error.isOutOfPredicateLocks == (sqlState == "53200"))
    }

    @Test("no answer", arguments: [DatabaseError.Kind.disconnected, .timedOut])
    func noAnswer(_ kind: DatabaseError.Kind) {
        let error = DatabaseError(kind, "gone")
        #expect(error.isConnectionLost)
        #expect(error.sqlState == nil)
        #expect(!error.isConflict)
        #expect("\(error)" == "gone")
    }
}
