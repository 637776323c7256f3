/// A hot standby that reads may be answered from.
public struct StandbyConfiguration: Sendable {
    /// `postgres://…` or `key=value …`.
    public let database: String
    /// How old what it shows may be.
    public let maximumLag: Duration

    public init(database: String, maximumLag: Duration) {
        self.database = database
        self.maximumLag = maximumLag
    }
}
