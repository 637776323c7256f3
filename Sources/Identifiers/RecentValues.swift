internal import Identity

/// Values by their texts, as many as `limit`: those that were used of late. Two generations, each half as large: what
/// is found in the old one moves to the new one, and when that is full, the old one is dropped. So each use costs one or
/// two look-ups, and no list is kept in order.
struct RecentValues<Value> {
    private let generation: Int
    private var new: [ByBytes: Value] = [:]
    private var old: [ByBytes: Value] = [:]

    init(limit: Int) {
        generation = max(limit / 2, 1)
    }

    subscript(_ text: String) -> Value? {
        mutating get {
            if let value = new[ByBytes(text: text)] { return value }
            guard let value = old[ByBytes(text: text)] else { return nil }
            self[text] = value
            return value
        }
        set {
            if new.count >= generation {
                old = new
                new = [:]
            }
            new[ByBytes(text: text)] = newValue
        }
    }

    /// `String` calls texts of other bytes equal, which may be read as other identifiers: U+037E equals a semicolon.
    private struct ByBytes: Hashable {
        let text: String

        static func == (one: ByBytes, other: ByBytes) -> Bool {
            one.text.hasSameBytes(as: other.text)
        }

        func hash(into hasher: inout Hasher) {
            var text = text
            text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        }
    }
}
