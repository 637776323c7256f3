import ArgumentParser
import Glibc
import Settings

/// Where settings come from: the same for every command.
struct SettingsOptions: ParsableArguments {
    @Option(
        name: .customLong("env-file"),
        help: ArgumentHelp(
            "A file of settings, NAME=value a line; variables of the environment override it.", valueName: "path"))
    var environmentFile: String?

    /// - Throws: `SettingError`.
    func load() throws -> Settings {
        var environment = ProcessEnvironment.variables()
        if let environmentFile {
            let file = try EnvironmentFile.read(environmentFile)
            environment.merge(file) { set, _ in set }
            // libpq reads its PG* variables itself.
            for (name, value) in file where name.hasPrefix("PG") { setenv(name, value, 0) }
        }
        return try Settings(environment: environment)
    }

    static let help =
        "SETTINGS (environment variables):\n"
        + Settings.variables.map { variable in
            "  \(variable.name) (default: \(variable.fallback.isEmpty ? "empty" : variable.fallback))\n"
                + "      \(variable.meaning)"
        }.joined(separator: "\n")
}

/// The environment that the process was started with. (`ProcessInfo` would bring in all of Foundation.)
enum ProcessEnvironment {
    static func variables() -> [String: String] {
        var variables: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let parts = String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { variables[String(parts[0])] = String(parts[1]) }
            entry += 1
        }
        return variables
    }
}
