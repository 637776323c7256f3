import TestSupport
import Testing

@testable import API

@Suite("A request id")
struct RequestIDTests {
    @Test("is the caller's, if that is harmless", arguments: RequestIDExamples.taken)
    func given(_ text: String) {
        #expect(RequestID(text).text == text)
    }

    @Test(
        "is drawn here, if the caller's is none, too long, could be a phone, or may break a header or a log",
        arguments: RequestIDExamples.replaced + [nil, "a\r\nX-Evil: 1", "a\u{0}", "e\u{301}", "٥٥٥١٢٣٤"])
    func drawn(_ given: String?) {
        let text = RequestID(given).text
        #expect(text.utf8.count == 32)
        #expect(text.allSatisfy { "0123456789abcdef".contains($0) })
    }

    @Test("is never drawn twice")
    func unique() {
        #expect(Set((0..<10_000).map { _ in RequestID(nil).text }).count == 10_000)
    }
}
