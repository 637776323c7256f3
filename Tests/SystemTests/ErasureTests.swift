import Foundation
import PostgreSQL
import TestSupport
import Testing

@Suite("Through nginx, a customer is erased", .serialized, .server(["LOG_LEVEL": "trace"]))
struct ErasureTests {
    let server: RunningServer

    init() throws {
        server = try .current
    }

    private func erase(_ body: String) throws -> HTTP.Answer {
        try HTTP.post(body, to: "/erase", port: server.port)
    }

    private func identify(_ email: String, _ phone: String) throws -> HTTP.Answer {
        try HTTP.post(#"{"email":"\#(email)","phoneNumber":"\#(phone)"}"#, port: server.port)
    }

    @Test("and neither a dump nor a log holds a trace; the ids answer 410, the identifiers begin anew")
    func noTrace() throws {
        let secrets = ["one.secret@x.org", "two.secret@x.org", "5550001111", "5550002222"]
        _ = try identify(secrets[0], secrets[2])
        _ = try identify(secrets[1], secrets[3])
        _ = try identify(secrets[1], secrets[2])
        func dump() throws -> String {
            let dump = try command("/usr/bin/pg_dump", [server.databaseURL])
            #expect(dump.status == 0)
            return dump.output
        }
        let before = try dump()
        #expect(secrets.allSatisfy { before.contains($0) })

        #expect(
            try erase(#"{"email":"\#(secrets[0])","phoneNumber":"\#(secrets[3])"}"#).body
                == #"{"erasedContactIds":[1,2]}"#)
        let after = try dump()
        #expect(!secrets.contains { after.contains($0) })
        #expect(after.contains("kept_apart"))
        for id in 1...2 {
            let gone = try HTTP.get("/contacts/\(id)", port: server.port)
            try checkProblem(gone, 410)
            #expect(try erase(#"{"contactId":\#(id)}"#).body == #"{"erasedContactIds":[1,2]}"#)
        }
        _ = try HTTP.get("/contacts/\(secrets[0])", port: server.port)
        _ = try HTTP.get("/changes?after=\(secrets[2])", port: server.port)
        _ = try HTTP.post("{}", to: "/erase?email=\(secrets[1])", port: server.port)
        #expect(try identify(secrets[0], secrets[3]).body.contains(#""primaryContactId":4,"#))
        #expect(try server.identityd("verify").status == 0)

        let routes = ["/erase", "/contacts/{id}", "/changes"]
        for name in ["identityd.log", "access.log"] {
            #expect(
                try eventually { try routes.allSatisfy(server.log(name).replacing("\\/", with: "/").contains) },
                "\(name)")
        }
        for name in try FileManager.default.contentsOfDirectory(atPath: server.stateDirectory + "/log") {
            let log = try server.log(name)
            #expect(!secrets.contains { log.contains($0) }, "\(name)")
        }
    }

    @Test("unless the order is not understood")
    func refused() throws {
        _ = try identify("left@x.org", "5553334444")
        _ = try identify("right@x.org", "5556667777")
        for (body, status, fields) in [
            ("{}", 400, []), (#"{"contactId":null}"#, 400, []), (#"{"contactId":"1"}"#, 400, ["contactId"]),
            (#"{"contactId":1.5}"#, 400, ["contactId"]), (#"{"contactId":99999999999999999999}"#, 400, ["contactId"]),
            (#"{"contactId":1,"email":"left@x.org"}"#, 400, []), (#"{"email":"left"}"#, 400, ["email"]),
            (#"{"contactId":999}"#, 404, []), (#"{"email":"nobody@x.org"}"#, 404, []),
            (#"{"email":"left@x.org","phoneNumber":"5556667777"}"#, 409, []),
            (#"{"email":"left@x.org","phoneNumber":"5559999999"}"#, 409, []),
        ] as [(String, Int, [String])] {
            try checkProblem(try erase(body), status, fields: fields)
        }
        #expect(try HTTP.post(#"{"email":"left@x.org"}"#, to: "/lookup", port: server.port).body.contains("left@x.org"))
        let body = #"{"contactId":null,"email":"left@x.org"}"#
        #expect(try erase(body).status == 200)
        // It is no customer's any more.
        try checkProblem(try erase(body), 404)
    }

    @Test("by the command, where a request is too small for them")
    func giant() throws {
        let contacts = 10_001
        let primary = try Connection.test(server.databaseURL).run(
            script: TestDatabase.giant(of: contacts), before: .soon
        ).integer(0, 0)!
        let refused = try erase(#"{"email":"g77@giant","phoneNumber":"900000"}"#)
        #expect(refused.status == 409)
        #expect(refused.body.contains(#""type":"tag:identityd.invalid,2026:too-large-to-erase""#))
        #expect(refused.body.contains("identityd erase \(primary)."))
        #expect(refused.body.contains(#""primaryContactIds":[\#(primary)]"#))
        let erased = try server.identityd("erase", "\(primary)")
        #expect(erased.status == 0)
        #expect(erased.output.hasSuffix("customer \(primary): \(contacts) contacts are erased\n"), "\(erased.output)")
        try checkProblem(try HTTP.get("/contacts/\(primary)", port: server.port), 410)
        #expect(
            try HTTP.post(#"{"phoneNumber":"900000"}"#, to: "/lookup", port: server.port).body == #"{"contacts":[]}"#)
    }
}
