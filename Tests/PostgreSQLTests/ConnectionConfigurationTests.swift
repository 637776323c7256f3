import Glibc
import PostgreSQL
import Testing

@Suite("A connection's configuration")
struct ConnectionConfigurationTests {
    @Test(
        "is as it must be where libpq reads it as it was meant",
        arguments: [
            "", "postgres://", "postgresql://user:pass%20word@host:5432/db?sslmode=require", "postgres:///db?host=/tmp",
            "dbname=x", #"host=/tmp user='o\'brien' password=''"#, "postgres://[::1]:1234/x",
            "postgres://u:S3cr%40et@h/d",
            "postgres://u:S3:c?r#et@h/d", "postgres://one:1,two:2/d", "postgres://%2Ftmp/d", "host=@abstract",
            "password=S3cr@e/t host=h.example_1 port=5432,5433 hostaddr=fe80::1%eth0",
        ])
    func valid(_ database: String) {
        #expect(ConnectionConfiguration.requirement(of: database) == nil)
    }

    /// What stands between S and t is the password, as it was meant.
    private static let misread = [
        "identityd", "dbname", "nokeyword=1", "postgres://[::1/x", "host='open", "postgres:///x?nokey=1", "=x",
        "postgres://u:S3cr@et@host/db", "postgres://u:S3cr@et@host:5432/db", "postgres://u:S3cr@5432/et@host/db",
        "postgres://u:S3cr/et@host/db", "postgres://u:5432/3cret@host/db", "postgres://u:S3cr%et@host/db",
        "postgres://u:S3cret", "postgres://u:12345678", "postgres://u:S3cr@et:S3cret",
        "postgres://h/db?password=S3cr@et",
        "postgres://h:0/d", "postgres://h:65536/d", "host='S3 cr' port=1", "port=S3cret", "port=1,+2", "host=S3cr@et",
        "hostaddr='S3 cret'", "postgresq://u:S3cr@et=1", "host=h password=S3 cret",
    ]

    @Test("is not where libpq can't, or would take a piece of the password for something else", arguments: misread)
    func invalid(_ database: String) throws {
        let requirement = try #require(ConnectionConfiguration.requirement(of: database))
        #expect(requirement.contains("%40 stands for an @"))
        let error = try #require(failure { _ = try Connection.open(database) })
        #expect(error.kind == .disconnected)
        #expect(error.message == "the connection string must be \(requirement)")
    }

    @Test("with a password file that libpq would only grumble about is refused, with what to do")
    func openPasswordFile() throws {
        let path = "/tmp/identityd-pgpass-\(getpid())"
        try #require(close(creat(path, 0o600)) == 0)
        defer { unlink(path) }
        let database = "\(Connection.home) passfile=\(path)"
        #expect(try setting("application_name", database) == "test")
        chmod(path, 0o644)
        #expect(failure { _ = try Connection.open(database) }?.message.contains("chmod 600") == true)
        #expect(failure { _ = try Connection.open("passfile=/tmp") }?.message.contains("chmod 600") == true)
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

    @Test("of a database that is not there fails, and says so without its name")
    func missingDatabase() throws {
        let error = failure { _ = try Connection.open("dbname=no_such_database") }
        #expect(error?.kind == .disconnected)
        #expect(error?.message == "the server has no such database (SQLSTATE 3D000)")
    }
}
