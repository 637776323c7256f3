import ArgumentParser
import Server
import Settings

struct Serve: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Answer requests until SIGTERM.",
        discussion: """
            Takes the listening socket on descriptor 0, as systemd, spawn-fcgi and other FastCGI parents \
            leave it; instances that share it share the load. Logs JSON lines to standard error.

            \(SettingsOptions.help)
            """)

    @Option(help: ArgumentHelp("Listen here instead: a path with a slash in it, or HOST:PORT.", valueName: "address"))
    var socket: String?

    @OptionGroup var settings: SettingsOptions

    func run() throws {
        try explainingErrors {
            let settings = try settings.load()
            let server = try Server(settings: settings, listeningOn: socket)
            if try !server.run() { throw ExitCode.failure }
        }
    }
}
