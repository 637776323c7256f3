import PostgreSQL
import Testing

@testable import ContactStore

@Suite("An error of the store")
struct StoreErrorTests {
    private func kind(_ error: any Error) -> StoreError.Kind {
        StoreError(error, retries: [:]).kind
    }

    @Test(
        "is of a kind by its SQLSTATE",
        arguments: [
            ("08000", StoreError.Kind.disconnected), ("08006", .disconnected), ("0A000", .unsupported),
            ("25006", .readOnly), ("26000", .notMigrated), ("28000", .accessDenied), ("28P01", .accessDenied),
            ("3D000", .missingDatabase), ("42501", .missingPrivilege), ("40001", .contended), ("40P01", .contended),
            ("53100", .outOfResources), ("53200", .outOfResources), ("53300", .outOfResources), ("55000", .busy),
            ("55006", .busy), ("55P03", .busy), ("57014", .timedOut), ("57P01", .timedOut), ("57P03", .timedOut),
            ("58000", .storageFailed), ("58030", .storageFailed),
            // Mistakes, ours or the database's.
            ("22P02", .internalError), ("22021", .internalError), ("23505", .internalError), ("23514", .internalError),
            ("25001", .internalError), ("25P02", .internalError), ("42601", .internalError), ("42P01", .internalError),
            ("54000", .internalError), ("54001", .internalError), ("XX000", .internalError), ("XX001", .internalError),
        ])
    func sqlStates(sqlState: String, kind: StoreError.Kind) {
        let error = StoreError(DatabaseError(.refused(sqlState: sqlState), "text"), retries: [.conflict: 1])
        #expect(error.kind == kind && error.sqlState == sqlState)
        #expect(error.message == "text" && error.retries == [.conflict: 1])
    }

    @Test("says whether migrating mends the schema")
    func schema() {
        #expect(kind(SchemaError.older(database: 1, program: 2)) == .notMigrated)
        #expect(kind(SchemaError.idsInUse) == .notMigrated)
        #expect(kind(SchemaError.newer(database: 2, program: 1)) == .unusableSchema)
        #expect(kind(SchemaError.pooled) == .unusableSchema)
    }

    @Test("of a database that does not answer is unreachable; of an answer that can't be read, a mistake")
    func others() {
        struct Unforeseen: Error {}
        #expect(kind(DatabaseError(.disconnected, "")) == .unreachable)
        #expect(kind(DatabaseError.noAnswerInTime) == .unreachable)
        #expect(kind(DatabaseError(.unreadable, "")) == .internalError)
        #expect(kind(Unforeseen()) == .internalError)
    }
}
