import TestSupport

/// Says at each place whose step is next.
protocol Orders {
    /// - Parameter sessions: Those whose statement can be let through, in order.
    mutating func choose(among sessions: [Int]) throws -> Int

    /// Begins with the next order.
    /// - Returns: Whether there is one.
    mutating func next() -> Bool

    /// The same order once more.
    mutating func again()
}

/// An order that was there before is not there again: something else than the order has a say, such as a page lock of
/// another test.
struct NotThere: Error {}

/// All of them, depth first: each place is gone back to until all have had their turn there.
struct AllOrders: Orders {
    private struct Place {
        let sessions: [Int]
        /// Which of them come there, one after the other.
        let choices: [Int]
        var turn = 0

        var choice: Int { choices[turn] }
    }

    private let mostPreemptions: Int
    /// Whether there are others, with more preemptions.
    private(set) var leavesOut = false
    private var places: [Place] = []
    /// How many of the places are given.
    private var given = 0
    private var position = 0

    /// - Parameter mostPreemptions: How often at most a session comes to its next step and another one is next. What two do to
    ///   each other mostly takes one or two.
    init(mostPreemptions: Int = .max) {
        self.mostPreemptions = mostPreemptions
    }

    mutating func choose(among sessions: [Int]) throws -> Int {
        defer { position += 1 }
        if position < given {
            guard places[position].sessions == sessions else { throw NotThere() }
        } else {
            places.append(Place(sessions: sessions, choices: choices(among: sessions)))
        }
        return places[position].choice
    }

    private mutating func choices(among sessions: [Int]) -> [Int] {
        guard let last = places.last?.choice, sessions.contains(last), sessions.count > 1 else { return sessions }
        let preemptions = zip(places, places.dropFirst()).count { before, place in
            place.choice != before.choice && place.sessions.contains(before.choice)
        }
        if preemptions < mostPreemptions { return [last] + sessions.filter { $0 != last } }
        leavesOut = true
        return [last]
    }

    mutating func next() -> Bool {
        while let last = places.last, last.turn + 1 == last.choices.count { places.removeLast() }
        if places.isEmpty { return false }
        places[places.count - 1].turn += 1
        given = places.count
        position = 0
        return true
    }

    mutating func again() {
        places.removeLast(places.count - given)
        position = 0
    }
}

/// One after the other by chance, without an end.
struct SampledOrders: Orders {
    private let seed: UInt64
    private var number: UInt64 = 0
    private var generator: SeededGenerator

    init(seed: UInt64) {
        self.seed = seed
        generator = SeededGenerator(seed: seed)
    }

    mutating func choose(among sessions: [Int]) -> Int {
        sessions.randomElement(using: &generator)!
    }

    mutating func next() -> Bool {
        number += 1
        again()
        return true
    }

    mutating func again() {
        generator = SeededGenerator(seed: seed &+ number)
    }
}
