internal import APIKeys
public import ContactStore
public import Identity
public import Settings

/// What the log and the metrics say of one request. Never an identifier, nor an unknown path: it may hold one.
public struct RequestContext: Sendable {
    public let id: RequestID
    /// One that a caller made up is `other`.
    public let method: String
    /// The route's path; `nil` where no route has the path.
    public internal(set) var route: String?
    /// The caller's; `nil` where none is asked for.
    var key: APIKey?
    public internal(set) var outcome: Outcome?
    /// Of a correction that was made.
    public internal(set) var correction: Correction.Kind?
    public internal(set) var ignored: [Ignored] = []
    /// Whether the e-mail and the phone came together for the first time, and that could not be written down.
    public internal(set) var lacksEvidence = false
    public internal(set) var retries: Retries = [:]
    /// The primary contacts of the customers whom it was about.
    public internal(set) var primaries: [ContactID] = []
    /// In contacts, of the cluster that was answered.
    public internal(set) var clusterSize: Int?
    public internal(set) var failure: StoreError?
    /// A setting that turned out not to be usable.
    public internal(set) var settingError: SettingError?

    /// The name of the caller's key.
    public var client: String? { key?.name }
    /// Whether the caller may know whose keys brought what.
    var seesOrigins: Bool { key?.allows(.correct) ?? true }

    /// For something to come that the request is about.
    private var waited = Duration.zero
    /// From the whole request until the answer was there, without what it waited: that, and how fast its reader is, says
    /// nothing of the service.
    public private(set) var elapsed = Duration.zero

    init(_ request: Request) {
        id = RequestID(request.givenID)
        method = RequestContext.isMethod(request.method) ? request.method : "other"
    }

    /// - Parameter duration: From the whole request until now.
    mutating func end(after duration: Duration) {
        elapsed = duration - waited
    }

    /// As contacts and evidence keep it.
    var origin: RequestOrigin { RequestOrigin(client: client, requestID: id.text) }

    /// What the store answers, with what the log and the metrics say of it noted.
    mutating func value<Value>(_ reply: () async throws -> Reply<Value>) async throws -> Value {
        do {
            let reply = try await reply()
            if !reply.retries.isEmpty { retries.merge(reply.retries) { $0 + $1 } }
            return reply.value
        } catch let error as StoreError {
            retries.merge(error.retries) { $0 + $1 }
            failure = error
            throw error
        }
    }

    /// The same of a reply that is held until there is something to answer.
    mutating func valueToCome<Value>(_ reply: () async throws -> Reply<Value>) async throws -> Value {
        let begin = ContinuousClock.now
        defer { waited = .now - begin }
        return try await value(reply)
    }

    /// Methods of RFC 9110 and RFC 5789.
    private static func isMethod(_ text: String) -> Bool {
        switch text {
        case "POST", "GET", "HEAD", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH": true
        default: false
        }
    }
}

/// What counts as absent in a request.
public struct Ignored: Sendable {
    public enum Reason: String, CaseIterable, Sendable {
        case blocked
        case invalid
        /// It came under a name that is not quite ours.
        case unknownField = "unknown_field"
        case clusterTooLarge = "cluster-too-large"
        /// A correction keeps apart whom it would make one.
        case keptApart = "kept-apart"
    }

    /// What it is, or is taken for.
    public let field: IdentifierField
    public let reason: Reason
    let nearMiss: NearMiss?

    init(field: IdentifierField, reason: Reason, nearMiss: NearMiss? = nil) {
        self.field = field
        self.reason = reason
        self.nearMiss = nearMiss
    }

    init(_ leftOut: LeftOut) {
        let reason =
            switch leftOut.reason {
            case .blocked: Reason.blocked
            case .keptApart: Reason.keptApart
            case .clusterTooLarge: Reason.clusterTooLarge
            }
        self.init(field: leftOut.field, reason: reason)
    }
}

/// What ties an answer, a log line and a report together: taken from the caller, or drawn here.
public struct RequestID: Sendable {
    public let text: String

    /// - Parameter given: The caller's. Taken if it has 1 to 64 of `A-Z a-z 0-9 . _ -`, and is not a phone.
    init(_ given: String?) {
        if let given, RequestID.mayBeLogged(given) {
            text = given
        } else {
            text = (0..<2).map { _ in
                let half = String(UInt64.random(in: 0...UInt64.max), radix: 16)
                return String(repeating: "0", count: 16 - half.count) + half
            }.joined()
        }
    }

    /// The same rule as in nginx/parts/http.conf, which has a log of its own.
    ///
    /// 7 to 15 digits with no letter are a phone (ITU-T E.164 ends at 15), and logs hold none. Ids of digits alone that are in
    /// use are shorter or longer: counters; snowflakes of 17 to 19 digits; trace ids of 32.
    private static func mayBeLogged(_ text: String) -> Bool {
        var (digits, hasLetters) = (0, false)
        for byte in text.utf8 {
            switch Unicode.Scalar(byte) {
            case "0"..."9": digits += 1
            case "A"..."Z", "a"..."z": hasLetters = true
            case ".", "_", "-": break
            default: return false
            }
        }
        return (1...64).contains(text.utf8.count) && (hasLetters || !(7...15).contains(digits))
    }
}
