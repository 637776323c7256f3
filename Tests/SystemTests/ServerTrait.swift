import Testing

/// Lends one server to all tests of a suite.
struct ServerTrait: SuiteTrait, TestScoping {
    let environment: [String: String]

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        let server = try RunningServer(environment)
        defer { server.stop() }
        try await RunningServer.$shared.withValue(server, operation: function)
    }
}

extension Trait where Self == ServerTrait {
    static func server(_ environment: [String: String] = [:]) -> Self {
        ServerTrait(environment: environment)
    }
}

extension RunningServer {
    @TaskLocal fileprivate static var shared: RunningServer?

    /// The suite's.
    static var current: RunningServer {
        get throws { try #require(shared) }
    }
}
