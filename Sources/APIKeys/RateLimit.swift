/// How many requests a second a key may send.
public struct RateLimit: Equatable, Sendable {
    public static let range = 1...1_000_000

    public let requests: Int

    /// `nil` outside of `range`.
    public init?(_ requests: Int) {
        guard RateLimit.range.contains(requests) else { return nil }
        self.requests = requests
    }

    /// - Parameter text: Such as `limit=100/s`.
    init?(word text: Substring) {
        guard let number = text.wholeMatch(of: #/limit=([1-9][0-9]{0,6})/s/#)?.1, let limit = Int(number) else {
            return nil
        }
        self.init(limit)
    }

    var text: String { "limit=\(requests)/s" }
}

/// What keys with a limit may still send: the requests of a second at once, and then at the rate of their limit (the generic cell
/// rate algorithm, ITU-T I.371).
public struct Allowances: Sendable {
    /// By a key's name, when all that it has sent would be done at its rate.
    private var ends: [String: ContinuousClock.Instant] = [:]

    public init() {}

    /// Counts a request of a key.
    /// - Returns: How long the key is to wait before it sends it again; `nil` where it may send it.
    public mutating func take(_ key: APIKey, at now: ContinuousClock.Instant = .now) -> Duration? {
        guard let limit = key.limit else { return nil }
        let end = max(ends[key.name] ?? now, now) + .seconds(1) / limit.requests
        let wait = end - now - .seconds(1)
        if wait > .zero { return wait }
        ends[key.name] = end
        return nil
    }
}
