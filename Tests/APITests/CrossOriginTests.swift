import Settings
import Testing

@testable import API

@Suite("A page of a browser")
struct CrossOriginTests {
    @Test(
        "has an origin: scheme, host and port, in any case; the scheme's own port may be left out",
        arguments: [
            ("https://shop.example", "https://shop.example:443"), ("http://shop.example:80", "HTTP://Shop.Example"),
            ("http://[::1]:8000", "http://[::1]:8000"), ("http://[::1]", "http://[::1]:80"),
            ("https://127.0.0.1:8443", "https://127.0.0.1:8443"), ("capacitor://localhost", "capacitor://localhost"),
            ("chrome-extension://abcdefgh", "chrome-extension://abcdefgh"),
        ])
    func same(one: String, other: String) throws {
        let origin: Origin = try #require(Origin(one))
        #expect(origin == Origin(other))
    }

    @Test(
        "of another scheme, host or port is another",
        arguments: [
            "http://shop.example", "https://shop.example:8443", "https://www.shop.example", "https://shop.example.",
            "https://hop.example", "https://shop.example.evil",
        ])
    func other(text: String) throws {
        let origin: Origin = try #require(Origin(text))
        #expect(origin != Origin("https://shop.example"))
    }

    @Test(
        "has none that is not scheme://host[:port]",
        arguments: [
            "", "null", "*", "shop.example", "https:", "https://", "https:///", "//shop.example", "://shop.example",
            "https:/shop.example", "https://shop.example/", "https://shop.example/path", "https://*.shop.example",
            "https://u:p@shop.example", "https://shop.example:", "https://shop.example:0", "https://shop.example:080",
            "https://shop.example:+80", "https://shop.example:65536", "https://shop.example:x", "https://a:b:80",
            "https://[::1", "https://::1", "https://[]", "https://münchen.example", "https://shop example",
            "https://shop.example?q", "https://shop.example#f", "1x://shop.example", "ht tp://shop.example",
        ])
    func none(text: String) {
        #expect(Origin(text) == nil)
    }

    private let policy = OriginPolicy(allowed: [Origin("https://shop.example")!])

    @Test(
        "may call from the host itself, and so may programs, which send no such header",
        arguments: [
            (nil, nil, "id.example"), (nil, nil, nil), (nil, "none", "id.example"), (nil, "same-origin", "id.example"),
            // Not a fetch, and no POST: those have an Origin.
            (nil, "same-site", "id.example"), ("https://id.example", "same-origin", "id.example"),
            ("https://id.example", nil, "ID.example"), ("https://id.example", nil, "id.example:443"),
            ("http://127.0.0.1:8000", "same-origin", "127.0.0.1:8000"),
        ] as [(String?, String?, String?)])
    func direct(origin: String?, site: String?, host: String?) {
        #expect(policy.caller(origin: origin, site: site, host: host) == .direct)
    }

    @Test(
        "is refused from elsewhere",
        arguments: [
            (nil, "cross-site", "id.example"), ("https://evil.example", nil, "id.example"),
            ("https://evil.example", "cross-site", "id.example"), ("https://www.id.example", "same-site", "id.example"),
            ("null", nil, "id.example"), ("", nil, "id.example"), ("https://id.example", nil, nil),
            ("https://id.example", nil, ""), ("https://id.example:8443", nil, "id.example"),
            ("http://127.0.0.1:9000", "same-site", "127.0.0.1:8000"),
            // The page came over plain HTTP.
            ("http://id.example", "cross-site", "id.example"),
            ("http://shop.example", "cross-site", "id.example"),
        ] as [(String?, String?, String?)])
    func foreign(origin: String?, site: String?, host: String?) {
        #expect(policy.caller(origin: origin, site: site, host: host) == .foreign)
    }

    @Test("may call from an origin that is allowed", arguments: ["cross-site", "same-site", nil])
    func allowed(site: String?) {
        #expect(
            policy.caller(origin: "https://shop.example", site: site, host: "id.example")
                == .page("https://shop.example"))
    }

    @Test("and others share no cached answer where some are allowed")
    func vary() {
        var response = Response(status: 200, reason: "OK")
        policy.mark(&response, for: .direct)
        #expect(response.headers.map(\.name) == ["Vary"])
        var other = Response(status: 200, reason: "OK")
        OriginPolicy(allowed: []).mark(&other, for: .direct)
        #expect(other.headers.isEmpty)
    }

    @Test("is allowed by ALLOWED_ORIGINS, with commas or spaces between them")
    func setting() throws {
        func origins(_ text: String) throws -> Set<Origin> {
            try Settings(environment: ["ALLOWED_ORIGINS": text]).allowedOrigins
        }
        let both = Set(["https://shop.example", "http://localhost:3000"].compactMap { Origin($0) })
        #expect(try origins("https://shop.example,http://localhost:3000") == both)
        #expect(try origins(" http://localhost:3000 ,  https://shop.example ") == both)
        #expect(try origins("") == [])
        for bad in ["*", "shop.example", "https://shop.example, https://s3cret.example/"] {
            let error = #expect(throws: SettingError.self) { try origins(bad) }
            #expect(error?.description.hasPrefix("ALLOWED_ORIGINS must be origins, each scheme://host[:port]") == true)
            #expect(error?.description.contains("s3cret") == false)
        }
    }
}
