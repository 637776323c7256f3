/// What people send by mistake in place of a JSON object. Looked for only after a body could not be read, so that a
/// valid body does not pay for it.
struct BodyMistake {
    /// What the caller is told.
    let problem: Problem
    /// Looks at the bytes after leading white space.
    let isMade: @Sendable (_ body: ArraySlice<UInt8>) -> Bool

    /// - Parameter reason: What the body is, and what to do about it; without a full stop.
    init(_ reason: String, where isMade: @escaping @Sendable (ArraySlice<UInt8>) -> Bool) {
        problem = .badRequest("\(reason). \(RequestBody.example)")
        self.isMade = isMade
    }

    init(_ reason: String, beginsWith starts: String...) {
        self.init(reason) { body in starts.contains { body.starts(with: $0.utf8) } }
    }

    /// A content coding (RFC 9110, 8.4.1).
    /// - Parameter starts: As every body in it begins.
    init(coding: String, _ starts: [UInt8]...) {
        problem = .compressed(with: coding)
        isMade = { body in starts.contains { body.starts(with: $0) } }
    }

    /// The first that fits is told.
    static let all = [
        BodyMistake("The body is empty", where: \.isEmpty),
        BodyMistake(coding: "gzip", [0x1F, 0x8B]),
        BodyMistake(coding: "deflate", [0x78, 0x01], [0x78, 0x5E], [0x78, 0x9C], [0x78, 0xDA]),
        BodyMistake(coding: "zstd", [0x28, 0xB5, 0x2F, 0xFD]),
        BodyMistake("The body begins with a byte order mark; leave it out", beginsWith: "\u{FEFF}"),
        // With a byte order mark, and without: the first two characters of JSON are ASCII (RFC 4627, 3).
        BodyMistake("The body is in UTF-16 or UTF-32; encode it in UTF-8") { body in
            body.starts(with: [0xFE, 0xFF]) || body.starts(with: [0xFF, 0xFE]) || body.prefix(2).contains(0)
        },
        BodyMistake(
            "The body is the text [object Object]; send what JSON.stringify makes of the object",
            beginsWith: "[object "),
        BodyMistake("The body is an array; send one request for each object in it", beginsWith: "["),
        BodyMistake(
            "The body is a string; if it holds an object, send that without the quotes around it",
            beginsWith: "\""),
        BodyMistake("A name in the body is not in double quotes; add them") { body in
            body.first == UInt8(ascii: "{") && body.dropFirst().trimmingStart.first.map(beginsName) == true
        },
        BodyMistake("The body is a form, not JSON", beginsWith: "--"),
        BodyMistake("The body is a form, not JSON") { body in
            let rest = body.drop { beginsName($0) || ".-+%0123456789".utf8.contains($0) }
            return rest.first == UInt8(ascii: "=") && rest.startIndex > body.startIndex
        },
        BodyMistake("The body is XML or HTML, not JSON", beginsWith: "<"),
        BodyMistake("The body is Base64; send the JSON that it encodes", beginsWith: "eyJ"),
    ]

    private static func beginsName(_ byte: UInt8) -> Bool {
        switch Unicode.Scalar(byte) {
        case "a"..."z", "A"..."Z", "_", "'": true
        default: false
        }
    }
}

extension Problem {
    /// What the caller is told about a body that is not a JSON object.
    static func unreadable(_ body: [UInt8], because error: JSONError) -> Problem {
        let start = body[...].trimmingStart
        let mistake = BodyMistake.all.first { $0.isMade(start) }
        return mistake?.problem ?? .badRequest("\(error.reason). \(RequestBody.example)")
    }
}

extension ArraySlice<UInt8> {
    /// Without JSON's white space in front.
    fileprivate var trimmingStart: ArraySlice<UInt8> { drop { " \t\r\n".utf8.contains($0) } }
}
