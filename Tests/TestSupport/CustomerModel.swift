/// What must come out, computed the plain way: identifiers that came in one request are one customer's.
public struct CustomerModel {
    private var parents: [String: String] = [:]

    public init() {}

    public mutating func observe(email: String?, phone: String?) {
        let keys = [email.map { "email \($0)" }, phone.map { "phone \($0)" }].compactMap { $0 }
        for key in keys where parents[key] == nil { parents[key] = key }
        if keys.count == 2 { parents[root(of: keys[0])] = root(of: keys[1]) }
    }

    /// Each customer's identifiers, as "email …" and "phone …".
    public var customers: Set<Set<String>> {
        Set(Dictionary(grouping: parents.keys, by: root).values.map { Set($0) })
    }

    private func root(of key: String) -> String {
        var key = key
        while let parent = parents[key], parent != key { key = parent }
        return key
    }
}
