import FastCGI

/// Which pages of browsers may call. A browser sends a simple POST to any host without asking first, so a page elsewhere
/// could write in the name of a person who only looks at it.
struct OriginPolicy {
    enum Caller: Equatable {
        /// Not a browser, or a page of the host that was asked.
        case direct
        /// A page of an allowed origin, which is written as its browser sent it.
        case page(String)
        /// Another page.
        case foreign
    }

    /// `ALLOWED_ORIGINS`.
    let allowed: Set<Origin>

    /// Costs two look-ups where neither header is there, as in requests of programs.
    func caller(of exchange: borrowing Exchange) -> Caller {
        let (origin, site) = (exchange.parameter("HTTP_ORIGIN"), exchange.parameter("HTTP_SEC_FETCH_SITE"))
        if origin == nil && site == nil { return .direct }
        return caller(origin: origin, site: site, host: exchange.parameter("HTTP_HOST"))
    }

    /// - Parameters:
    ///   - origin: The header Origin (RFC 6454, 7), which browsers send with every POST.
    ///   - site: The header Sec-Fetch-Site, which they add for hosts that they trust: TLS, or this machine. `same-site` is
    ///     another origin, so its Origin decides; `none` is an address that a person typed.
    ///   - host: The header Host.
    func caller(origin: String?, site: String?, host: String?) -> Caller {
        guard let text = origin else { return site == "cross-site" ? .foreign : .direct }
        guard let origin = Origin(text) else { return .foreign }
        if allowed.contains(origin) { return .page(text) }
        let own = host.flatMap { Origin(scheme: origin.scheme, authority: $0) }
        return origin == own && site != "cross-site" ? .direct : .foreign
    }

    /// What an allowed page may see of an answer (Fetch Standard, CORS protocol).
    func mark(_ response: inout Response, for caller: Caller) {
        if allowed.isEmpty { return }
        response.headers.append(("Vary", "Origin"))
        guard case .page(let origin) = caller else { return }
        response.headers += [
            ("Access-Control-Allow-Origin", origin),
            ("Access-Control-Expose-Headers", "X-Request-Id, Retry-After"),
        ]
    }

    /// The answer to a browser that asks whether it may send a request. It holds for 7,200 s, the most that Chromium takes.
    static func preflight(allowing methods: [String]) -> Response {
        Response(
            status: 204, reason: "No Content",
            headers: [
                ("Access-Control-Allow-Methods", methods.joined(separator: ", ")),
                ("Access-Control-Allow-Headers", "Authorization, Content-Type, X-Request-Id"),
                ("Access-Control-Max-Age", "7200"),
            ])
    }
}

extension Problem {
    static let foreignPage = Problem(
        status: 403, title: "Forbidden",
        detail:
            "A page of another site sent this request. Send it from a program, or ask the operator to add the page's "
            + "origin to ALLOWED_ORIGINS."
    )
}

/// Where a page comes from (RFC 6454): `scheme://host[:port]`.
struct Origin: Hashable, Sendable {
    let scheme: String
    let host: String
    /// `nil` is the scheme's own.
    let port: UInt16?

    /// - Returns: `nil` also for `null`, which stands for pages that hide where they come from.
    init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].last == ":", parts[1].isEmpty else { return nil }
        self.init(scheme: String(parts[0].dropLast()), authority: parts[2])
    }

    /// - Parameter authority: `host[:port]`, as in the header Host.
    init?(scheme: String, authority: some StringProtocol) {
        self.scheme = scheme.lowercased()
        let authority = authority.lowercased()
        // An IPv6 address in its brackets has colons of its own.
        let hostEnd = authority.last == "]" ? nil : authority.lastIndex(of: ":")
        host = String(authority[..<(hostEnd ?? authority.endIndex)])
        if let hostEnd {
            let text = authority[hostEnd...].dropFirst()
            guard let number = UInt16(text), number > 0, String(number) == text else { return nil }
            port = number == Origin.ports[self.scheme] ? nil : number
        } else {
            port = nil
        }
        guard Origin.isScheme(self.scheme), Origin.isHost(host) else { return nil }
    }

    private static let ports: [String: UInt16] = ["http": 80, "https": 443]

    private static func isScheme(_ text: String) -> Bool {
        guard let first = text.utf8.first, letters.contains(first) else { return false }
        return text.utf8.allSatisfy { (letters + digits + Array("+-.".utf8)).contains($0) }
    }

    /// A name, an IPv4 address, or an IPv6 address in brackets. Browsers send names of other scripts in their `xn--` form.
    private static func isHost(_ text: String) -> Bool {
        let isIPv6 = text.first == "[" && text.last == "]"
        let inner = isIPv6 ? text.dropFirst().dropLast() : text[...]
        let others = Array((isIPv6 ? ":." : "-._").utf8)
        return !inner.isEmpty && inner.utf8.allSatisfy { (letters + digits + others).contains($0) }
    }

    private static let letters = Array(UInt8(ascii: "a")...UInt8(ascii: "z"))
    private static let digits = Array(UInt8(ascii: "0")...UInt8(ascii: "9"))
}
