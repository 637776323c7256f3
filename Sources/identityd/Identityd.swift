import ArgumentParser
import Settings

@main
struct Identityd: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "identityd",
        abstract: "Tells which customer an order belongs to, by e-mail and phone.",
        discussion: """
            A FastCGI application behind a web server, with its contacts in PostgreSQL. Settings are \
            environment variables; identityd serve --help lists them.
            """,
        version: version,
        subcommands: [
            Serve.self, Migrate.self, Verify.self, Import.self, Export.self, Erase.self, Report.self, Key.self,
        ])
}
