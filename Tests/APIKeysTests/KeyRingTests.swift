import APIKeys
import Testing

@Suite("A key ring")
struct KeyRingTests {
    /// SHA-256 of "abc" (FIPS 180-2, B.1).
    private static let abc = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

    private static let other = "sha256:" + String(repeating: "0", count: 64)

    @Test("knows a key by its secret, and by nothing else")
    func lookup() throws {
        let ring = try KeyRing("# shops\n\nshop-1 identify,read \(KeyRingTests.abc)\r\n")
        let key = try #require(ring.key(of: "abc"))
        #expect(key.name == "shop-1")
        #expect(key.scopes == [.identify, .read])
        for other in ["", "abd", "ABC", "abc ", KeyRingTests.abc] { #expect(ring.key(of: other) == nil) }
    }

    @Test("takes the line of a new key, which does not hold its secret")
    func new() throws {
        let (one, secret) = try APIKey.new(name: "shop", scopes: [.admin, .identify])
        #expect(one.line.hasPrefix("shop identify,admin sha256:"))
        #expect(!one.line.contains(secret))
        #expect(secret.hasPrefix("idk_") && secret.count == 47)
        let (other, another) = try APIKey.new(name: "other", scopes: [.read])
        let ring = try KeyRing("\(one.line)\n\(other.line)")
        #expect(ring.key(of: secret)?.name == "shop")
        #expect(ring.key(of: another)?.name == "other")
    }

    @Test(
        "refuses what it does not understand, by its line and without quoting it",
        arguments: [
            "shop", "shop identify", "shop identify \(abc) more", "sh*p identify \(abc)", "shop write \(abc)",
            "shop identify, \(abc)", "shop , \(abc)", "shop identify sha1:00", "shop identify sha256:00",
            "shop identify sha256:\(String(repeating: "+1", count: 32))", "a identify \(abc)\na read \(other)",
            "a identify \(abc)\nb read \(abc)", "shop identify limit=0/s \(abc)",
            "shop identify limit=1000001/s \(abc)",
            "shop identify limit=5 \(abc)", "shop identify \(abc) limit=5/s", "shop identify limit=5/s",
        ])
    func refused(text: String) throws {
        let error = try #require(throws: KeyFileError.self) { try KeyRing("# one\n" + text) }
        #expect("\(error)".hasPrefix(text.contains("\n") ? "line 3 " : "line 2 "))
        #expect(!"\(error)".contains("ba7816"))
    }

    @Test("takes the limit of a key, and writes it")
    func limit() throws {
        let ring = try KeyRing("shop identify limit=20/s \(KeyRingTests.abc)\nother read \(KeyRingTests.other)")
        let key = try #require(ring.key(of: "abc"))
        #expect(key.limit == RateLimit(20) && key.line == "shop identify limit=20/s \(KeyRingTests.abc)")
        let (new, secret) = try APIKey.new(name: "new", scopes: [.read], limit: RateLimit(7))
        #expect(try KeyRing(new.line).key(of: secret)?.limit?.requests == 7)
    }

    @Test("is refused without a key", arguments: ["", "\n", "# shop identify \(abc)\n\n"])
    func empty(text: String) throws {
        let error = try #require(throws: KeyFileError.self) { try KeyRing(text) }
        #expect("\(error)".hasPrefix("it holds no keys"))
    }

    @Test("gives a key no name that would not stand in a log", arguments: ["", "a b", "ä", "a\nb"])
    func badName(name: String) {
        #expect(throws: KeyFileError.self) { try APIKey.new(name: name, scopes: [.read]) }
    }
}
