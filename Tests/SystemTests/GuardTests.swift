import Foundation
import TestSupport
import Testing

@Suite("Against giants", .serialized)
struct GuardTests {
    private let path = "/tmp/identityd-blocked-\(getpid())"

    private func post(_ server: RunningServer, _ email: String, _ phone: String) throws -> HTTP.Answer {
        try HTTP.post(#"{"email":"\#(email)","phoneNumber":"\#(phone)"}"#, port: server.port)
    }

    private func write(_ lines: String...) throws {
        try lines.joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
    }

    @Test("blocked identifiers count as absent, the answer says so, and SIGHUP reads the list anew")
    func blocked() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        try write("# the shop's own", "email *@shop.org", "phone 555-0100")
        let server = try RunningServer(["BLOCKED_IDENTIFIERS_FILE": path])

        let first = try post(server, "one@x.org", "5550100")
        #expect(first.status == 200)
        let contact = #""primaryContactId":1,"primaryContatctId":1,"emails":["one@x.org"],"phoneNumbers":[]"#
        let ignored = #""ignored":[{"field":"phoneNumber","reason":"blocked"}]"#
        #expect(first.body == #"{"contact":{\#(contact),"secondaryContactIds":[]},\#(ignored)}"#)
        #expect(try post(server, "two@x.org", "5550100").body.contains(#""primaryContactId":2,"#))
        #expect(!(try post(server, "one@x.org", "1234567").body.contains("ignored")))

        let none = try post(server, "till@shop.org", "5550100")
        #expect(none.statusLine == "HTTP/1.1 422 Unprocessable Content")
        #expect(none.header("Content-Type") == "application/problem+json")
        #expect(none.body.hasPrefix(#"{"type":"tag:identityd.invalid,2026:no-usable-identifier","#))
        #expect(none.body.contains("Send the customer's own e-mail or phone number."))
        #expect(none.body.contains(#"{"field":"email","reason":"blocked"},{"field":"phoneNumber","reason":"blocked"}"#))
        #expect(try post(server, "broken", "5550100").status == 400)

        try write("phone 5550199")
        for instance in try server.instances() { kill(instance, SIGHUP) }
        #expect(try eventually { try post(server, "till@shop.org", "5550100").status == 200 })
        try write("phone 5550199", "nonsense s3cret")
        for instance in try server.instances() { kill(instance, SIGHUP) }
        #expect(try server.logs("blocked identifiers stay as they were"))
        #expect(try post(server, "three@x.org", "5550199").body.contains("ignored"))

        #expect(try server.logs("BLOCKED_IDENTIFIERS_FILE can't be used: line 2 is not: email ADDRESS"))
        #expect(try server.logs(#""ignored":"email blocked, phoneNumber blocked""#))
        let log = try server.log("identityd.log")
        for secret in ["s3cret", "shop.org", "5550100", "x.org"] { #expect(!log.contains(secret)) }
        #expect(try server.identityd("verify").status == 0)
    }

    @Test("a list is in force where none is given, and a bad one stops the start")
    func standard() throws {
        let server = try RunningServer()
        #expect(try post(server, "TEST@test.com", "0000000000").status == 422)
        #expect(!(try post(server, "mcfly@hillvalley.edu", "123456").body.contains("ignored")))
        #expect(try HTTP.post("{}", port: server.port).status == 400)

        defer { try? FileManager.default.removeItem(atPath: path) }
        try write("phone 12")
        let refused = try command(
            RunningServer.binary, ["serve", "--socket", "/tmp/never.sock"],
            environment: ["BLOCKED_IDENTIFIERS_FILE": path, "ALLOW_ANONYMOUS": "true"])
        #expect(refused.status == 1)
        #expect(refused.output.contains("BLOCKED_IDENTIFIERS_FILE can't be used: line 1 needs 3 to 15 digits"))
    }

    @Test("a customer grows to MAX_CLUSTER_SIZE; of what would pass it, the phone is left out, and the answer says so")
    func clusterSize() throws {
        let server = try RunningServer(["MAX_CLUSTER_SIZE": "2"])
        for email in ["a@x.org", "b@x.org"] { #expect(try post(server, email, "111222").status == 200) }
        #expect(try post(server, "c@x.org", "333444").status == 200)

        let ignored = #","ignored":[{"field":"phoneNumber","reason":"cluster-too-large"}]}"#
        for (email, phone, primary) in [("c@x.org", "111222", 3), ("b@x.org", "555666", 1), ("d@x.org", "111222", 4)] {
            let answer = try post(server, email, phone)
            #expect(answer.status == 200 && answer.body.hasSuffix(ignored))
            #expect(answer.body.hasPrefix(#"{"contact":{"primaryContactId":\#(primary),"#))
            #expect(try post(server, email, phone).body == answer.body)
        }
        #expect(!(try post(server, "b@x.org", "111222").body.contains("ignored")))
        #expect(
            try server.identityd("verify").output
                == "4 contacts in 3 clusters, 0 pieces of evidence besides: all is well\n")
        #expect(try server.logs(#""ignored":"phoneNumber cluster-too-large""#))
    }
}
