internal import Glibc

/// Why there is no connection, in words of our own.
///
/// libpq's text quotes what it took for a host, a port, a user, a database or a file. Where a connection string is not what
/// its writer meant, that is a piece of the password (docs/decisions/0018). So its lines are compared with the tables below,
/// and never shown. libpq has no code for what it finds itself; of what the server says, `PQERRORS_SQLSTATE` has it
/// write nothing but the SQLSTATE.
enum ConnectionFailure {
    /// - Parameter text: Of PQerrorMessage. With several hosts, or TLS as a matter of preference, each attempt has a line.
    static func explanation(of text: String) -> String {
        if text.isEmpty { return "the connection is closed" }
        var reasons: [String] = []
        for line in text.split(whereSeparator: \.isNewline) {
            guard let reason = sqlState(of: line).map(reason(ofSQLState:)) ?? reason(of: line) else { continue }
            if !reasons.contains(reason) { reasons.append(reason) }
        }
        return reasons.isEmpty ? unknown : reasons.joined(separator: "; ")
    }

    private static let unknown =
        "there is no connection, for a reason of libpq's: psql with the same connection string shows it"

    // MARK: - What the server said

    /// Such a line ends in "FATAL:  28P01". The severity may be translated.
    private static func sqlState(of line: Substring) -> String? {
        let end = line.suffix(8)
        let code = end.dropFirst(3)
        guard end.hasPrefix(":  "), code.count == 5 else { return nil }
        return code.allSatisfy { $0.isASCII && ($0.isNumber || $0.isUppercase) } ? String(code) : nil
    }

    private static func reason(ofSQLState sqlState: String) -> String {
        let reason = sqlStates[sqlState] ?? "the server refuses or ended the connection; its log says why"
        return "\(reason) (SQLSTATE \(sqlState))"
    }

    /// PostgreSQL 15, Appendix A.
    private static let sqlStates = [
        "08P01": "the server, or the pooler before it, refuses the connection; its log says why",
        "28000": "the server does not let this user in from here: see pg_hba.conf, and the server's log",
        "28P01": "the server refuses the password",
        "3D000": "the server has no such database",
        "53300": "the server has no connection left for this user: see max_connections",
        "57P01": "the server ended the connection",
        "57P02": "the server ended the connection, because another one crashed",
        "57P03": "the server is starting up or shutting down",
    ]

    // MARK: - What libpq found itself

    private static func reason(of line: Substring) -> String? {
        // A host may be named as a phrase is.
        let unquoted = line.split(separator: "\"", omittingEmptySubsequences: false).enumerated()
            .filter { $0.offset.isMultiple(of: 2) }.map(\.element).joined()
        return lines.first { $0.phrases.contains(where: unquoted.contains) }?.reason
    }

    /// The first that fits: a file for TLS that is not there is no missing socket.
    private static let lines: [(phrases: [String], reason: String)] = [
        (
            ["could not translate host name", "could not parse network address"],
            "the host name can't be resolved"
        ),
        (
            ["definition of service", "service file"],
            "the service that PGSERVICE or service= names can't be read"
        ),
        (
            ["could not match"],
            "hosts, their addresses and their ports are not as many"
        ),
        (
            ["invalid port number", "invalid integer value"] + options.map { "invalid \($0) value" },
            "libpq does not take the value of an option: see the connection string, and the PG* variables"
        ),
        (
            ["local user"],
            "the system's user has no name: name one to PostgreSQL"
        ),
        (
            ["Unix-domain socket path"],
            "the path of the server's socket is too long"
        ),
        (
            ["root certificate file", "certificate file", "private key file"],
            "a file for TLS can't be used: see sslrootcert, sslcert and sslkey"
        ),
        (
            ["server does not support SSL"],
            "the server offers no TLS, and sslmode asks for it"
        ),
        (
            ["certificate verify failed", "does not match host name", "host name must be specified"],
            "the server's certificate is not accepted: see sslmode and sslrootcert, and the names in the certificate"
        ),
        (
            ["no password supplied"],
            "the server asks for a password, and none is given"
        ),
        (
            ["authentication", "SCRAM", "channel binding", "GSSAPI", "SASL"],
            "the server asks for an authentication that libpq does not carry out"
        ),
        (
            ["session is read-only", "session is not read-only", "hot standby mode"],
            "no host is the kind of server that target_session_attrs asks for"
        ),
        (
            ["SSL error", "SSL SYSCALL error", "SSL connection"],
            "TLS failed"
        ),
        (
            [String(cString: strerror(ECONNREFUSED))],
            "nothing listens at the host and port"
        ),
        (
            [String(cString: strerror(ENOENT))],
            "there is no socket of PostgreSQL's in the host's directory"
        ),
        (
            [String(cString: strerror(EACCES))],
            "this user may not use the server's socket"
        ),
        (
            [ENETUNREACH, EHOSTUNREACH].map { String(cString: strerror($0)) },
            "there is no route to the host"
        ),
        (
            [EMFILE, ENFILE].map { String(cString: strerror($0)) },
            "no descriptor is left: see ulimit -n"
        ),
        (
            ["server closed the connection", "connection has been closed", "could not receive data", "could not send"],
            "the server closed the connection"
        ),
    ]

    /// Those whose values libpq checks.
    private static let options = [
        "sslmode", "channel_binding", "gssencmode", "target_session_attrs", "ssl_min_protocol_version",
        "ssl_max_protocol_version",
    ]
}
