extension ArraySlice {
    func trimmed(where isTrimmed: (Element) -> Bool) -> ArraySlice {
        var rest = drop(while: isTrimmed)
        _ = rest.droppingLast(while: isTrimmed)
        return rest
    }

    /// Takes from the end what is of a kind, and gives it.
    mutating func droppingLast(while isTaken: (Element) -> Bool) -> ArraySlice {
        let end = lastIndex { !isTaken($0) }.map { $0 + 1 } ?? startIndex
        defer { self = self[..<end] }
        return self[end...]
    }
}

extension ArraySlice where Element: Equatable {
    func ends(with other: [Element]) -> Bool { suffix(other.count).elementsEqual(other) }
}
