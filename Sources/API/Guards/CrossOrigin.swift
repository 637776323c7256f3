internal import Settings

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

    func caller(of request: Request) -> Caller {
        guard let page = request.page else { return .direct }
        return caller(origin: page.origin, site: page.fetchSite, host: page.host)
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
