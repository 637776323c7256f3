import APIKeys
import ArgumentParser

struct Key: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make keys for callers.",
        subcommands: [New.self])

    struct New: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print a new secret, once, and the line to add to API_KEYS_FILE.",
            discussion: """
                The secret goes to the caller, who sends it as Authorization: Bearer SECRET. The line holds only its \
                digest. Running instances read the file again on SIGHUP: systemctl reload 'identityd@*'. Root or \
                the service's user owns the file, and no other user can write it.
                """)

        @Argument(help: "The caller's name in the log.")
        var name: String

        @Option(
            help: ArgumentHelp(
                "What the caller may do: identify, read, correct, admin; identify, if not given. May be repeated.",
                valueName: "scope[,scope]"),
            transform: scopes)
        var scope: [Set<Scope>] = []

        @Option(
            help: ArgumentHelp(
                "How many requests a second it may send to each instance; no limit, if not given.",
                valueName: "requests"),
            transform: rateLimit)
        var limit: RateLimit?

        func run() throws {
            try explainingErrors {
                let scopes: Set<Scope> = scope.isEmpty ? [.identify] : scope.reduce([]) { $0.union($1) }
                let (key, secret) = try APIKey.new(name: name, scopes: scopes, limit: limit)
                print("secret: \(secret)\nline:   \(key.line)")
            }
        }
    }
}

private func scopes(_ text: String) throws -> Set<Scope> {
    Set(
        try text.split(separator: ",", omittingEmptySubsequences: false).map { word in
            guard let scope = Scope(rawValue: String(word)) else {
                let all = Scope.allCases.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("A scope is one of \(all).")
            }
            return scope
        })
}

private func rateLimit(_ text: String) throws -> RateLimit {
    guard let requests = Int(text), let limit = RateLimit(requests) else {
        throw ValidationError("A limit is a whole number of requests a second, 1 to \(RateLimit.range.upperBound).")
    }
    return limit
}
