import Foundation
import PostgreSQL
import TestSupport
import Testing

@Suite("identityd erase", .serialized)
struct EraseCommandTests {
    let database: TestDatabase

    init() throws {
        database = try TestDatabase()
    }

    private func identityd(_ arguments: String...) throws -> (status: Int32, output: String) {
        try command(RunningServer.binary, arguments, environment: ["DATABASE_URL": database.url])
    }

    /// With standard input.
    private func erase(_ json: String) throws -> (status: Int32, output: String) {
        try command(
            "/bin/bash", ["-c", "printf %s \"$BODY\" | \(RunningServer.binary) erase -"],
            environment: ["DATABASE_URL": database.url, "BODY": json])
    }

    @Test("takes an id, or what a request would send; never an identifier on its command line")
    func subjects() throws {
        let customers = try (0..<3).map { _ in
            // Those before have other identifiers.
            try database.run(
                """
                UPDATE contact SET email = 'x' || email, phone_number = 77000 + cluster_id, phone_key = 77000 + cluster_id
                """)
            return try database.addGiant(of: 5)
        }
        let erased = "contacts are erased\n"
        #expect(try identityd("erase", "\(customers[0] + 3)").output == "customer \(customers[0]): 5 \(erased)")
        #expect(try erase(#"{"contactId":\#(customers[1])}"#).output == "customer \(customers[1]): 5 \(erased)")
        for (json, status, text) in [
            (#"{"email":"g3@giant","phoneNumber":"900 000"}"#, 0, "customer \(customers[2]): 5 \(erased)"),
            (#"{"email":"g3@giant"}"#, 1, "identityd: no customer has these identifiers; "),
            (#"{"contactId":999}"#, 1, "identityd: no contact has this id\n"),
            (#"{"email":"secret"}"#, 1, "identityd: email needs one @ "),
            ("", 1, "identityd: "), ("[]", 1, "identityd: "),
        ] as [(String, Int32, String)] {
            let (ended, output) = try erase(json)
            #expect(ended == status, "\(json)")
            #expect(output.hasPrefix(text), "\(output)")
            #expect(!output.contains("secret"))
        }
        for argument in ["secret@x", "+1", ""] {
            let (status, output) = try identityd("erase", argument)
            #expect(status == 64)
            #expect(!output.contains("secret"))
        }
    }

    @Test("that is killed at any moment ends the same when it is started again, and nothing is broken in between")
    func killed() throws {
        let contacts = 30_000
        let primary = try database.addGiant(of: contacts)
        #expect(try identityd("verify").status == 0)
        var random = SeededGenerator(seed: 10)
        var (kills, done) = (0, 0 as Int64)
        while true {
            let process = Process()
            process.executableURL = URL(filePath: RunningServer.binary)
            // Any contact will do, erased or not.
            process.arguments = ["erase", "\(primary + Int64.random(in: 0..<Int64(contacts), using: &random))"]
            process.environment = ProcessInfo.processInfo.environment.merging(["DATABASE_URL": database.url]) { $1 }
            process.standardOutput = FileHandle.nullDevice
            process.standardError = FileHandle.nullDevice
            try process.run()
            usleep(UInt32.random(in: 50_000...600_000, using: &random))
            if kills < 6 { kill(process.processIdentifier, SIGKILL) }
            process.waitForExit()
            if process.terminationReason == .exit {
                #expect(process.terminationStatus == 0)
                break
            }
            kills += 1
            // The server may still carry out what it was sent.
            let session = "pg_stat_activity WHERE application_name = 'identityd erase' AND datname = current_database()"
            #expect(
                try eventually { try database.run("SELECT count(*) FROM \(session)").integer(0, 0) == 0 })
            let verified = try identityd("verify")
            #expect(verified.status == 0, "\(verified.output)")
            let erased = try database.run("SELECT count(*) FROM contact WHERE deleted_at IS NOT NULL").integer(0, 0)!
            #expect(erased >= done)
            done = erased
            let isHalf = (1..<Int64(contacts)).contains(erased)
            #expect(verified.output.contains("run it with the id: customers \(primary)\n") == isHalf)
        }
        #expect(kills > 0)
        let (status, output) = try identityd("verify")
        #expect(status == 0)
        #expect(output == "0 contacts in 0 clusters, 0 pieces of evidence besides: all is well\n")
        #expect(
            try database.run(
                """
                SELECT count(*) FROM contact
                 WHERE cluster_id = \(primary) AND deleted_at IS NOT NULL
                   AND coalesce(email, phone_number, phone_key) IS NULL
                """
            ).integer(0, 0) == Int64(contacts))
        #expect(try identityd("erase", "\(primary)").output == "customer \(primary): \(contacts) contacts are erased\n")
    }
}
