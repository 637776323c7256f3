/// How evidence leads from one identifier to another, and what would part them.
///
/// A smallest cut is what crosses, behind a largest flow, from where the flow's residue still leads to where it does not (Ford
/// and Fulkerson). Each piece of evidence carries one unit in either direction; each unit is found by a breadth-first
/// search, so the first is a shortest path.
struct EvidencePaths {
    private struct Arc {
        let target: Int
        /// A position in `evidence`; `nil` from the source and to the sink.
        let evidence: Int?
        var room: Int
    }

    private let evidence: [Evidence]
    private var numbers: [Identifier: Int] = [:]
    /// An arc and its reverse stand beside each other: 0 and 1, 2 and 3 …
    private var arcs: [Arc] = []
    private var leaving: [[Int]] = []

    init(_ evidence: [Evidence]) {
        self.evidence = evidence
        for (index, piece) in evidence.enumerated() {
            let (one, other) = (number(of: piece.pair.one), number(of: piece.pair.other))
            connect(one, other, evidence: index, room: 1, back: 1)
        }
    }

    private mutating func number(of identifier: Identifier) -> Int {
        if let number = numbers[identifier] { return number }
        let number = add()
        numbers[identifier] = number
        return number
    }

    private mutating func add() -> Int {
        leaving.append([])
        return leaving.count - 1
    }

    private mutating func connect(_ one: Int, _ other: Int, evidence: Int?, room: Int, back: Int) {
        leaving[one].append(arcs.count)
        arcs.append(Arc(target: other, evidence: evidence, room: room))
        leaving[other].append(arcs.count)
        arcs.append(Arc(target: one, evidence: evidence, room: back))
    }

    /// - Returns: What ties identifiers of the one set to some of the other, and what would part all of them.
    func connection(of sources: Set<Identifier>, with sinks: Set<Identifier>) -> CustomerGraph.StillConnected {
        var paths = self
        return paths.part(sources, from: sinks)
    }

    private mutating func part(
        _ sources: Set<Identifier>, from sinks: Set<Identifier>
    ) -> CustomerGraph.StillConnected {
        let (source, sink) = (add(), add())
        for identifier in sources { connect(source, number(of: identifier), evidence: nil, room: .max, back: 0) }
        for identifier in sinks { connect(number(of: identifier), sink, evidence: nil, room: .max, back: 0) }

        var path: [EvidenceID] = []
        var reached = search(from: source)
        while reached[sink] != nil {
            var (place, chain) = (sink, [Int]())
            while case .by(let arc)? = reached[place] {
                chain.append(arc)
                place = arcs[arc ^ 1].target
            }
            for arc in chain where arcs[arc].evidence != nil {
                arcs[arc].room -= 1
                arcs[arc ^ 1].room += 1
            }
            if path.isEmpty { path = chain.reversed().compactMap { arcs[$0].evidence.map { evidence[$0].id } } }
            reached = search(from: source)
        }
        let cut = evidence.filter { piece in
            let ends = piece.pair.ends.map { reached[numbers[$0]!] != nil }
            return ends[0] != ends[1]
        }
        return CustomerGraph.StillConnected(path: path, cut: cut.map(\.id).sorted())
    }

    private enum Arrival {
        case start
        case by(_ arc: Int)
    }

    /// Of each place how it was reached first; `nil` where no room leads to it.
    private func search(from source: Int) -> [Arrival?] {
        var reached = [Arrival?](repeating: nil, count: leaving.count)
        reached[source] = .start
        var (queue, next) = ([source], 0)
        while next < queue.count {
            for arc in leaving[queue[next]] where arcs[arc].room > 0 && reached[arcs[arc].target] == nil {
                reached[arcs[arc].target] = .by(arc)
                queue.append(arcs[arc].target)
            }
            next += 1
        }
        return reached
    }
}
