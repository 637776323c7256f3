import TestSupport
import Testing

/// Records that no web server sends.
struct Wrong: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let bytes: [UInt8]

    private init(_ description: String, _ bytes: [UInt8]) {
        testDescription = description
        self.bytes = bytes
    }

    private static let begin = FastCGIRecord.begin()
    private static let parameters = FastCGIRecord.stream(.parameters, FastCGIRecord.pairs([("A", "B")]))

    /// The same name many times: libfcgi counts its answer's bytes by the name, and overruns a buffer of its stack.
    private static let getValues = FastCGIRecord.record(
        .getValues, id: 0,
        FastCGIRecord.pairs(Array(repeating: ("FCGI_MAX_CONNS", ""), count: 200)))

    static let all = [
        Wrong("version 0", FastCGIRecord.record(.beginRequest, version: 0)),
        Wrong("version 2", FastCGIRecord.record(.beginRequest, version: 2)),
        Wrong("HTTP", Array("POST /identify HTTP/1.1\r\nHost: x\r\n\r\n".utf8)),
        Wrong("management record first", getValues),
        Wrong("management record behind the begin", begin + getValues),
        Wrong("management record in the body", begin + parameters + getValues),
        Wrong("management type with the request's id", begin + FastCGIRecord.record(.getValues)),
        Wrong("abort first", FastCGIRecord.record(.abortRequest)),
        Wrong("abort in the parameters", begin + FastCGIRecord.record(.abortRequest)),
        Wrong(
            "abort in the middle of the body",
            begin + parameters + FastCGIRecord.record(.standardInput, [1, 2, 3]) + FastCGIRecord.record(.abortRequest)),
        Wrong("parameters first", parameters),
        Wrong("body first", FastCGIRecord.record(.standardInput)),
        Wrong("body before the parameters", begin + FastCGIRecord.record(.standardInput)),
        Wrong(
            "body before the parameters' end",
            begin + FastCGIRecord.record(.parameters, FastCGIRecord.pairs([("A", "B")]))
                + FastCGIRecord.record(.standardInput)),
        Wrong("parameters after their end", begin + parameters + FastCGIRecord.record(.parameters)),
        Wrong("a second begin", begin + begin),
        Wrong("begin of 7 bytes", FastCGIRecord.record(.beginRequest, Array(repeating: 0, count: 7))),
        Wrong("begin of nothing", FastCGIRecord.record(.beginRequest)),
        Wrong("begin with padding", FastCGIRecord.record(.beginRequest, padding: 8, [0, 1, 0, 0, 0, 0, 0, 0])),
        Wrong("padding behind the parameters' end", begin + FastCGIRecord.record(.parameters, padding: 8)),
        Wrong("padding behind the body's end", begin + parameters + FastCGIRecord.record(.standardInput, padding: 8)),
        Wrong("id 0", FastCGIRecord.begin(id: 0)),
        Wrong("another's parameters", begin + FastCGIRecord.record(.parameters, id: 2)),
        Wrong("another's body", begin + parameters + FastCGIRecord.record(.standardInput, id: 257)),
        Wrong("an answer", FastCGIRecord.record(.standardOutput)),
        Wrong("an end", begin + FastCGIRecord.record(.endRequest)),
    ]
}
