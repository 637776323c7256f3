import Glibc
import Testing

@testable import PostgreSQL

@Suite("Parameters")
struct ParametersTests {
    private func texts(_ parameters: Parameters) -> [String?] {
        parameters.withPointers { pointers in pointers.map { $0.map { String(cString: $0) } } }
    }

    @Test("stand in order, each ended by a NUL, NULL as no pointer")
    func order() {
        #expect(texts(["a", nil, "", "é", Int64(-5), true, false, nil]) == ["a", nil, "", "é", "-5", "t", "f", nil])
    }

    @Test("may be none at all, or only NULL")
    func empty() {
        #expect(texts([]) == [])
        #expect(texts([nil, nil]) == [nil, nil])
    }

    @Test("may be optional values of any kind")
    func optional() {
        let (email, id): (String?, Int64?) = (nil, 7)
        #expect(texts([email, id]) == [nil, "7"])
    }
}
