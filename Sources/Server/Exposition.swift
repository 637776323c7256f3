/// The metrics of one instance as Prometheus reads them: its text format, version 0.0.4
/// (prometheus.io/docs/instrumenting/exposition_formats).
struct Exposition {
    enum Kind: String {
        case counter
        case gauge
        case histogram
    }

    private(set) var text = ""
    /// Stands in every sample. (`instance` is Prometheus' own label.)
    private let process: Int
    private var name = ""

    init(process: Int) {
        self.process = process
    }

    /// What follows, up to the next, are samples of this.
    mutating func family(_ name: String, _ kind: Kind, _ help: String) {
        self.name = name
        text += "\(Exposition.helpPrefix)\(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
    }

    /// - Parameter labels: Values need no escapes: none comes from a caller.
    mutating func sample(_ value: some CustomStringConvertible, _ labels: [(String, String)] = []) {
        sample("", value, labels)
    }

    mutating func histogram(_ histogram: Histogram, _ labels: [(String, String)] = []) {
        var count = 0
        for (bound, more) in zip(histogram.bounds.map(\.description) + ["+Inf"], histogram.counts) {
            count += more
            sample("_bucket", count, labels + [("le", bound)])
        }
        sample("_sum", histogram.sum, labels)
        sample("_count", count, labels)
    }

    private mutating func sample(_ suffix: String, _ value: some CustomStringConvertible, _ labels: [(String, String)])
    {
        text += "\(name)\(suffix){process=\"\(process)\""
        for (label, value) in labels { text += ",\(label)=\"\(value)\"" }
        text += "} \(value)\n"
    }

    /// Several instances as one: a family must stand together, under one head. Where their versions differ, that is the
    /// head of the first.
    static func merged(_ texts: [String]) -> String {
        var names: [Substring] = []
        var families: [Substring: String] = [:]
        for text in texts {
            var (name, isKnown) = (Substring(), false)
            for line in text.split(separator: "\n") {
                if line.hasPrefix(helpPrefix) {
                    name = line.dropFirst(helpPrefix.count).prefix { $0 != " " }
                    isKnown = families[name] != nil
                    if !isKnown { names.append(name) }
                }
                if !(isKnown && line.hasPrefix("#")) { families[name, default: ""] += "\(line)\n" }
            }
        }
        return names.map { families[$0]! }.joined()
    }

    private static let helpPrefix = "# HELP "
}

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

    /// - Parameter other: With the same bounds.
    mutating func add(_ other: Histogram) {
        for (bucket, count) in other.counts.enumerated() { counts[bucket] += count }
        sum += other.sum
    }
}
