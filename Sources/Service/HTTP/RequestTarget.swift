import FastCGI

extension Exchange {
    /// The path that was asked for, without a slash at its end.
    var path: Substring {
        let path = parameter("SCRIPT_NAME") ?? ""
        return path.utf8.count > 1 && path.utf8.last == UInt8(ascii: "/") ? path.dropLast() : path[...]
    }

    /// The parameters of the query, such as `after=…&limit=100`. Nothing that we take needs percent-encoding.
    /// - Throws: `Problem`, if one is not in `names`, or comes twice. It is not quoted: it may be an identifier.
    func query(_ names: [String]) throws(Problem) -> [String: Substring] {
        var parameters: [String: Substring] = [:]
        for pair in (parameter("QUERY_STRING") ?? "").split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0])
            guard parts.count == 2, names.contains(name), parameters.updateValue(parts[1], forKey: name) == nil else {
                let list = names.map { "\($0)=…" }.joined(separator: "&")
                throw .badRequest(
                    "The query has an unknown, repeated or malformed parameter. Send ?\(list), each at most once.")
            }
        }
        return parameters
    }
}

extension FixedWidthInteger {
    /// As requests write a number: digits alone, with no sign and no zero in front of them, so that each number has one
    /// spelling. `Int64("+1")` and `Int64("01")` would be 1 as well.
    init?(decimal text: some StringProtocol) {
        let digits = text.utf8
        guard digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            digits.count == 1 || digits.first != UInt8(ascii: "0")
        else { return nil }
        self.init(text)
    }
}

extension Substring {
    /// What follows the last slash.
    var lastSegment: Substring { self[(lastIndex(of: "/").map(index(after:)) ?? startIndex)...] }
}
