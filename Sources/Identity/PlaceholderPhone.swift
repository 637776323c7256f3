/// Digits that are typed to get past a form, and so are shared by strangers. They are looked for in the number as a
/// whole and in its national part, the number without its country code.
public enum PlaceholderPhone {
    /// One digit again and again: so many of it, and more.
    public static let repeated = 7
    /// A run such as 123456789, where 0 follows 9: so many digits, and more. (123456 is the task's own.)
    public static let run = 9

    /// - Parameters:
    ///   - digits: Digits, and nothing else.
    ///   - isAssigned: Whether the number may be somebody's, asked of a run downwards: India's 98765 43210 is. One
    ///     upwards is a placeholder even so, and so is a digit repeated.
    public static func matches(_ digits: some StringProtocol, isAssigned: () -> Bool = { false }) -> Bool {
        let count = digits.utf8.count
        return switch step(digits.utf8) {
        case 0: count >= repeated
        case 1: count >= run
        case 9: count >= run && !isAssigned()
        default: false
        }
    }

    /// Whether the end of a number, such as its national part, may match. Most numbers need not be looked at further.
    public static func mayEnd(_ number: String) -> Bool { step(number.utf8.suffix(repeated)) != nil }

    /// From each digit to the next, counted upwards, where 0 follows 9; `nil` where that is not always the same.
    private static func step(_ digits: some Sequence<UInt8>) -> UInt8? {
        var previous: UInt8?
        var step: UInt8?
        for digit in digits {
            if let previous {
                let next = (digit + 10 - previous) % 10
                if let step, next != step { return nil }
                step = next
            }
            previous = digit
        }
        return step
    }
}
