import ContactStore
import Synchronization
import TestSupport
import Testing

@Suite("While PostgreSQL says nothing")
struct SilentDatabaseTests {
    @Test("all who wait are refused with the first, and none after another attempt to connect")
    func refused() throws {
        let server = try SilentServer()
        let store = try TestStore(database: server.database, deadline: .seconds(1))
        let slowest = Mutex(Duration.zero)
        try onThreads(100) { thread in
            let begin = ContinuousClock.now
            #expect(throws: StoreError.self) { try store.lookUp("a\(thread)@x", nil) }
            slowest.withLock { $0 = max($0, ContinuousClock.now - begin) }
        }
        #expect(slowest.withLock { $0 } < .seconds(1.7))
    }
}
