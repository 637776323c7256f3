/// A call or an answer.
struct Event {
    let step: Int
    let isCall: Bool
    /// Steps that were called before, and are not answered before.
    let underWay: [Int]
    /// Steps that are answered then or later.
    let ahead: ArraySlice<Int>

    /// In order. Where a call and an answer came at once, the call first: they overlap.
    /// - Parameter steps: When each was called and answered; the largest number where it was not answered.
    static func all(of steps: [(called: Int64, answered: Int64)]) -> [Event] {
        let answers = steps.indices.filter { steps[$0].answered < .max }
            .sorted { (steps[$0].answered, $0) < (steps[$1].answered, $1) }
        var ahead = answers[...]
        let calls = steps.indices.sorted { (steps[$0].called, $0) < (steps[$1].called, $1) }
        var (events, underWay): ([Event], [Int]) = ([], [])
        func answer(before time: Int64) {
            while let step = ahead.first, steps[step].answered < time {
                events.append(Event(step: step, isCall: false, underWay: underWay, ahead: ahead))
                ahead.removeFirst()
                underWay.removeAll { $0 == step }
            }
        }
        for step in calls {
            answer(before: steps[step].called)
            events.append(Event(step: step, isCall: true, underWay: underWay, ahead: ahead))
            underWay.append(step)
        }
        answer(before: .max)
        return events
    }
}
