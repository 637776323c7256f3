internal import ContactStore

/// What a web server hands over: one HTTP request.
public struct Request: Sendable {
    public enum Body: Equatable, Sendable {
        case whole([UInt8])
        /// It has more bytes than `maximumBodySize`.
        case tooLarge
        /// It ended before what Content-Length says.
        case truncated
    }

    /// What a browser says of the page that sends a request. Programs send neither Origin nor Sec-Fetch-Site.
    public struct Page: Sendable {
        public var origin: String?
        public var fetchSite: String?
        public var host: String?
        /// Access-Control-Request-Method.
        public var preflightMethod: String?

        public init(origin: String?, fetchSite: String?, host: String?, preflightMethod: String?) {
            self.origin = origin
            self.fetchSite = fetchSite
            self.host = host
            self.preflightMethod = preflightMethod
        }
    }

    /// In bytes.
    public static let maximumBodySize = 16 * 1024

    public let method: String
    /// Without a slash at its end.
    public let path: String
    public let query: String
    public let body: Body
    public let contentType: String?
    public let authorization: String?
    /// X-Request-Id, as the caller or the web server sent it.
    public let givenID: String?
    /// `nil` for a request that is not a browser's.
    public let page: Page?
    /// Whether nobody waits for the answer any more. It is asked where the request was taken.
    public let isAbandoned: @Sendable () -> Bool

    public init(
        method: String, path: String, query: String = "", body: Body = .whole([]), contentType: String? = nil,
        authorization: String? = nil, givenID: String? = nil, page: Page? = nil,
        isAbandoned: @escaping @Sendable () -> Bool = { false }
    ) {
        self.method = method
        self.path = path.utf8.count > 1 && path.utf8.last == UInt8(ascii: "/") ? String(path.dropLast()) : path
        self.query = query
        self.body = body
        self.contentType = contentType
        self.authorization = authorization
        self.givenID = givenID
        self.page = page
        self.isAbandoned = isAbandoned
    }

    /// The parameters of the query, such as `after=…&limit=100`. Nothing that we take needs percent-encoding.
    /// - Throws: `Problem`, if one is not in `names`, or comes twice. It is not quoted: it may be an identifier.
    func queryParameters(_ names: [String]) throws(Problem) -> [String: Substring] {
        var parameters: [String: Substring] = [:]
        for pair in query.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0])
            guard parts.count == 2, names.contains(name), parameters.updateValue(parts[1], forKey: name) == nil else {
                let list = names.map { "\($0)=…" }.joined(separator: "&")
                throw .badRequest(
                    "The query has an unknown, repeated or malformed parameter. Send ?\(list), each at most once.")
            }
        }
        return parameters
    }
}

extension Request {
    /// The parameters `after` and `limit` of a list whose ids ascend.
    /// - Parameter example: What to send instead.
    func page(_ example: String) throws(Problem) -> ListPage {
        let query = try queryParameters(["after", "limit"])
        return try ListPage(
            after: Request.id(query["after"], "after", example) ?? 0, limit: Request.limit(query["limit"], example))
    }

    static func limit(_ text: Substring?, _ example: String) throws(Problem) -> Int {
        try number(text, "limit", in: 1...1000, example) ?? 100
    }

    static func number(
        _ text: Substring?, _ name: String, in range: ClosedRange<Int>, _ example: String
    ) throws(Problem) -> Int? {
        guard let text else { return nil }
        guard let number = Int(decimal: text), range.contains(number) else {
            let reason = "must be a whole number from \(range.lowerBound) to \(range.upperBound)"
            throw .badRequest([FieldError(field: name, reason: reason)], example)
        }
        return number
    }

    static func id(_ text: Substring?, _ name: String, _ example: String) throws(Problem) -> Int64? {
        guard let text else { return nil }
        guard let id = Int64(decimal: text) else {
            throw .badRequest([FieldError(field: name, reason: "must be an id that was answered")], example)
        }
        return id
    }
}

extension StringProtocol {
    /// What follows the last slash.
    var lastSegment: SubSequence { self[(lastIndex(of: "/").map(index(after:)) ?? startIndex)...] }
}

extension FixedWidthInteger {
    /// As requests write a number: digits alone, with no sign and no zero in front of them, so that each number has one
    /// spelling. `Int64("+1")` and `Int64("01")` would be 1 as well.
    init?(decimal text: some StringProtocol) {
        let digits = text.utf8
        guard digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            digits.count == 1 || digits.first != UInt8(ascii: "0")
        else { return nil }
        self.init(text)
    }
}
