import Synchronization
import TestSupport

/// Answers that several threads count.
final class Total: Sendable {
    private let counted = Mutex(CustomerLoad.Tally())

    var tally: CustomerLoad.Tally { counted.withLock { $0 } }

    func add(_ answer: HTTP.Answer, _ duration: Duration) {
        let observation = CustomerLoad.Observation(customer: 0, email: 0, phone: 0)
        counted.withLock {
            if answer.status == 200 {
                $0.answered.append(observation)
                $0.slowestAnswer = max($0.slowestAnswer, duration)
            } else if answer.isRefusal {
                $0.refused.append(observation)
                $0.slowestRefusal = max($0.slowestRefusal, duration)
            } else {
                $0.bad.append("\(answer.statusLine) \(answer.body) after \(duration)")
            }
        }
    }
}
