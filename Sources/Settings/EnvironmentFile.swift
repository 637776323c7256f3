/// A file of settings: `NAME=value` lines, empty lines and `#` comments, as systemd's EnvironmentFile=
/// reads them. A value may stand in single or double quotes, which are taken off; nothing is expanded.
public enum EnvironmentFile {
    /// - Returns: The variables by name. All of them are settings or libpq's: no other program reads the file.
    /// - Throws: `SettingError`.
    public static func read(_ path: String) throws(SettingError) -> [String: String] {
        var variables: [String: String] = [:]
        for line in try TextFile.read(path).split(whereSeparator: \.isNewline) {
            guard let (name, value) = try parse(String(line)) else { continue }
            variables[name] = value
        }
        return variables
    }

    static func parse(_ line: String) throws(SettingError) -> (name: String, value: String)? {
        let line = line.trimmingWhitespace()
        if line.isEmpty || line.hasPrefix("#") || line.hasPrefix(";") { return nil }
        let name = String(line.prefix { $0 != "=" }.trimmingWhitespace())
        // What is no name may be a password that went astray, and is not quoted.
        guard let equals = line.firstIndex(of: "="), name.isName else {
            throw SettingError(variable: "the settings file", problem: "has a line that is not NAME=value")
        }
        guard Settings.isKnown(name) || name.hasPrefix("PG") else {
            throw SettingError(variable: name, problem: "is not a setting of identityd; see identityd serve --help")
        }
        var value = line[line.index(after: equals)...].trimmingWhitespace()
        if value.count >= 2, let quote = value.first, quote == "\"" || quote == "'", value.last == quote {
            value = value.dropFirst().dropLast()
        }
        return (name, String(value))
    }
}

extension StringProtocol {
    fileprivate var isName: Bool {
        !isEmpty && allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
    }

    fileprivate func trimmingWhitespace() -> Substring {
        var text = self[...]
        while text.first?.isWhitespace == true { text = text.dropFirst() }
        while text.last?.isWhitespace == true { text = text.dropLast() }
        return Substring(text)
    }
}
