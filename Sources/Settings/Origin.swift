/// Where a page comes from (RFC 6454): `scheme://host[:port]`.
public struct Origin: Hashable, Sendable {
    public let scheme: String
    public let host: String
    /// `nil` is the scheme's own.
    public let port: UInt16?

    /// - Returns: `nil` also for `null`, which stands for pages that hide where they come from.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].last == ":", parts[1].isEmpty else { return nil }
        self.init(scheme: String(parts[0].dropLast()), authority: parts[2])
    }

    /// - Parameter authority: `host[:port]`, as in the header Host.
    public init?(scheme: String, authority: some StringProtocol) {
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
