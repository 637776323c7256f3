internal import ContactStore
internal import Identifiers
internal import Identity
internal import Settings

/// Reads the identifiers of a worker's requests: by the rule of the database, which is known once a session was open.
final class RequestReader {
    private let store: ContactStore
    private let settings: Settings
    private let blocked: BlockedIdentifiers
    private var reader: IdentifierReader?

    init(store: ContactStore, settings: Settings, blocked: BlockedIdentifiers) {
        self.store = store
        self.settings = settings
        self.blocked = blocked
    }

    /// Of whom a request to find a customer speaks.
    func observation(in request: Request, _ context: inout RequestContext) async throws -> Observation {
        let body = try ObservedBody(RequestBody(of: request), reader: await identifiers(&context))
        if settings.invalidIdentifiers == .refuse && !body.invalid.isEmpty { throw body.refusal() }
        return try blocked.screen(body, &context)
    }

    /// - Throws: `StoreError`, where the rule is not known and the database is away; `SettingError`.
    func identifiers(_ context: inout RequestContext) async throws -> IdentifierReader {
        if let reader { return reader }
        let rule = try await context.value { try await store.identifierRule() }
        do {
            try blocked.followRule()
        } catch {
            context.settingError = error
            throw error
        }
        let reader = IdentifierReader(rule)
        self.reader = reader
        return reader
    }
}
