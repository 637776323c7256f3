import ArgumentParser
import Glibc
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
            Serve.self, Migrate.self, Verify.self, Import.self, Export.self, Erase.self, Report.self, Blocklist.self,
            Key.self,
        ])
}

/// Ends the command with one line on standard error that says what is wrong, and not with Swift's view of it.
func explainingErrors<R>(exitCode: ExitCode = .failure, _ body: () throws -> R) throws -> R {
    do {
        return try body()
    } catch let code as ExitCode {
        throw code
    } catch {
        let line = Array("identityd: \(error)\n".utf8)
        _ = write(STDERR_FILENO, line, line.count)
        throw exitCode
    }
}
