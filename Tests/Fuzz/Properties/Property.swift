/// What must hold for whatever bytes come: for those in the corpus, and for those that libFuzzer thinks of.
/// Its raw value is the name of its folder in the corpus.
public enum Property: String, CaseIterable, Sendable {
    case requestBody = "request-body"
    case requestFrame = "request-frame"
    case csv
    case email
    case phone

    public func check(_ bytes: [UInt8]) throws {
        switch self {
        case .requestBody: try checkRequestBody(bytes)
        case .requestFrame: try checkRequestFrame(bytes)
        case .csv: try checkCSV(bytes)
        case .email: try checkEmail(bytes)
        case .phone: try checkPhone(bytes)
        }
    }
}

struct Violation: Error {
    let text: String

    init(_ text: String) {
        self.text = text
    }
}

func require(_ holds: Bool, _ text: String) throws(Violation) {
    if !holds { throw Violation(text) }
}
