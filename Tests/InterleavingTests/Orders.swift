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
        var turn = 0
    }

    private var places: [Place] = []
    /// How many of the places are given.
    private var given = 0
    private var position = 0

    mutating func choose(among sessions: [Int]) throws -> Int {
        defer { position += 1 }
        if position < given {
            guard places[position].sessions == sessions else { throw NotThere() }
        } else {
            places.append(Place(sessions: sessions))
        }
        return sessions[places[position].turn]
    }

    mutating func next() -> Bool {
        while let last = places.last, last.turn + 1 == last.sessions.count { places.removeLast() }
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
