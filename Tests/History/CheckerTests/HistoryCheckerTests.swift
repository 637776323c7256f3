import HistoryChecker
import TestSupport
import Testing

@Suite("The checker of histories")
struct HistoryCheckerTests {
}
