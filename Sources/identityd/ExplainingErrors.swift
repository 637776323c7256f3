import ArgumentParser
import Glibc
import Service

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
