import Glibc
import PostgreSQL
import Testing

@Suite("A connection's configuration")
struct ConnectionConfigurationTests {
    @Test(
        "is valid where libpq can read it",
        arguments: [
            "", "postgres://", "postgresql://user:pass%20word@host:5432/db?sslmode=require", "postgres:///db?host=/tmp",
            "dbname=x", #"host=/tmp user='o\'brien' password=''"#, "postgres://[::1]:1234/x",
        ])
    func valid(_ database: String) {
        #expect(ConnectionConfiguration.isValid(database: database))
    }

    @Test(
        "is not valid where libpq can't",
        arguments: [
            "identityd", "dbname", "nokeyword=1", "postgres://[::1/x", "host='open", "postgres:///x?nokey=1", "=x",
        ])
    func invalid(_ database: String) {
        #expect(!ConnectionConfiguration.isValid(database: database))
    }

    @Test("that libpq can't read is a connection error which does not quote it")
    func unreadable() throws {
        let configuration = ConnectionConfiguration(database: "postgres://u:s3cret@[::1/x", applicationName: "test")
        let error = failure { _ = try Connection(configuration, before: .soon) }
        #expect(error?.kind == .disconnected)
        #expect(error?.message.contains("s3cret") == false)
    }

    private func setting(_ name: String, _ database: String) throws -> String? {
        try Connection.open(database).script("SHOW \(name)").text(0, 0)
    }

    @Test("shows the application's name, unless the connection string names another")
    func applicationName() throws {
        #expect(try setting("application_name", Connection.home) == "test")
        #expect(try setting("application_name", "dbname=postgres application_name=mine") == "mine")
        #expect(try setting("application_name", "dbname=postgres fallback_application_name=mine") == "mine")
    }

    @Test("always speaks UTF-8")
    func encoding() throws {
        let database = "dbname=postgres client_encoding=LATIN1"
        #expect(try setting("client_encoding", database) == "UTF8")
        #expect(try Connection.open(database).serverParameter("client_encoding") == "UTF8")
        #expect(try Connection.open(database).serverParameter("no_such_parameter") == nil)
    }

    @Test("may be a URL")
    func url() throws {
        #expect(try setting("application_name", "postgres:///postgres?application_name=url") == "url")
    }

    @Test("that is empty is left to libpq's own variables")
    func empty() throws {
        let user = try Connection.open("").script("SELECT current_database()").text(0, 0)
        #expect(user == (getenv("PGDATABASE") ?? getenv("PGUSER")).map { String(cString: $0) })
    }

    @Test("of a database that is not there fails, and says so")
    func missingDatabase() throws {
        let error = failure { _ = try Connection.open("dbname=no_such_database") }
        #expect(error?.message.contains("no_such_database") == true)
    }
}
