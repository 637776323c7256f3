/// What is written with the digits and marks of a phone number, and is none: it came from another column.
enum OtherValue: String {
    /// A number that was read as a float, such as 2025550123.0: one dot, one or two digits or nothing but zeros behind it,
    /// and seven digits or more before it.
    case float = "is a number with decimals"
    /// A day that the calendar has, of the years 1000 to 2999: Y-M-D, D.M.Y or M/D/Y, and other orders with these marks. With
    /// slashes the year may have two digits; with dots, New Caledonia's numbers look so.
    case date = "is a date"
    /// IPv4, four groups of at most 255, but for a number in pairs of digits, such as Denmark's 20.25.55.01. With or without
    /// the length of a prefix, such as /24.
    case address = "is an IP address"
    /// Seven digits or more on both sides of a slash. (With fewer, it may stand between an area and a number.)
    case twoNumbers = "holds two numbers"

    init?(_ signs: ArraySlice<Unicode.Scalar>) {
        if Self.isFloat(signs) {
            self = .float
        } else if Self.isDate(signs) {
            self = .date
        } else if Self.isAddress(signs) {
            self = .address
        } else if Self.isTwoNumbers(signs) {
            self = .twoNumbers
        } else {
            return nil
        }
    }

    private static func isFloat(_ signs: ArraySlice<Unicode.Scalar>) -> Bool {
        let parts = signs.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[1].isEmpty, parts[1].allSatisfy(\.isASCIIDigit) else { return false }
        return parts[0].count(where: \.isASCIIDigit) >= 7 && (parts[1].count <= 2 || parts[1].allSatisfy { $0 == "0" })
    }

    private static func isDate(_ signs: ArraySlice<Unicode.Scalar>) -> Bool {
        for mark: Unicode.Scalar in ["-", ".", "/"] {
            guard let groups = groups(signs, mark), groups.count == 3 else { continue }
            let (first, middle, last) = (groups[0], groups[1], groups[2])
            guard middle.count <= 2, min(first.count, last.count) <= 2 else { continue }
            switch (first.count, last.count) {
            case (4, _): if isDay(first.value, middle.value, last.value) { return true }
            case (_, 4): if isDay(last.value, middle.value, first.value) { return true }
            case (_, 2) where mark == "/": if isDay(2000 + last.value, middle.value, first.value) { return true }
            default: continue
            }
        }
        return false
    }

    /// With the month and the day in either order.
    private static func isDay(_ year: Int, _ one: Int, _ other: Int) -> Bool {
        let isLeap = year % 4 == 0 && year % 100 != 0 || year % 400 == 0
        let days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        return (1000...2999).contains(year)
            && [(one, other), (other, one)].contains { month, day in
                days.indices.contains(month - 1) && (1...days[month - 1]).contains(day)
            }
    }

    private static func isAddress(_ signs: ArraySlice<Unicode.Scalar>) -> Bool {
        let parts = signs.split(separator: "/", omittingEmptySubsequences: false)
        guard let groups = groups(parts[0], "."), groups.count == 4 else { return false }
        return groups.allSatisfy { $0.value <= 255 && $0.count <= 3 } && !groups.allSatisfy { $0.count == 2 }
    }

    /// The groups of digits between the marks, where there is nothing else.
    private static func groups(
        _ signs: ArraySlice<Unicode.Scalar>, _ mark: Unicode.Scalar
    ) -> [(value: Int, count: Int)]? {
        let parts = signs.trimmed(where: \.isBlank).split(separator: mark, omittingEmptySubsequences: false)
        guard parts.allSatisfy({ (1...4).contains($0.count) && $0.allSatisfy(\.isASCIIDigit) }) else { return nil }
        return parts.map { part in (part.reduce(0) { $0 * 10 + Int($1.value - 48) }, part.count) }
    }

    private static func isTwoNumbers(_ signs: ArraySlice<Unicode.Scalar>) -> Bool {
        signs.indices.contains { index in
            signs[index] == "/"
                && [signs[..<index], signs[index...]].allSatisfy { $0.count(where: \.isASCIIDigit) >= 7 }
        }
    }
}
