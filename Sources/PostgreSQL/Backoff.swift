/// Pauses that double, each drawn evenly between nothing and its bound ("full jitter"), so that
/// those who failed together don't come back together.
/// Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
public struct Backoff: Sendable {
    private let first: Duration
    private let longest: Duration
    private var bound: Duration

    public init(first: Duration, longest: Duration) {
        self.first = first
        self.longest = longest
        bound = first
    }

    public mutating func next() -> Duration {
        defer { bound = min(bound * 2, longest) }
        return bound * Double.random(in: 0..<1)
    }

    public mutating func reset() {
        bound = first
    }
}
