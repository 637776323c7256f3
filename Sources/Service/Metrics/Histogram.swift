/// How often values came, by size.
struct Histogram {
    /// The upper bounds of the buckets, ascending; the last bucket has none.
    let bounds: [Double]
    private(set) var counts: [Int]
    private(set) var sum = 0.0

    init(_ bounds: [Double]) {
        self.bounds = bounds
        counts = Array(repeating: 0, count: bounds.count + 1)
    }

    var count: Int { counts.reduce(0, +) }

    mutating func observe(_ value: Double) {
        counts[bounds.firstIndex { value <= $0 } ?? bounds.count] += 1
        sum += value
    }

    /// Of two with the same bounds.
    static func + (one: Histogram, other: Histogram) -> Histogram {
        var both = one
        for (bucket, count) in other.counts.enumerated() { both.counts[bucket] += count }
        both.sum += other.sum
        return both
    }
}
