/// One step of the schema: a file of Migrations/, embedded in the binary. A file that was released is never changed.
struct Migration {
    let version: Int
    let name: String
    let sql: String

    /// In order. (SwiftPM embeds `0001_contact.sql` as `_001_contact_sql`: a name can't begin with a digit.)
    static let all = [
        Migration(1, "contact", PackageResources._001_contact_sql),
        Migration(2, "history_and_erasure", PackageResources._002_history_and_erasure_sql),
        Migration(3, "import", PackageResources._003_import_sql),
    ]

    static var newest: Int { all.last!.version }

    private init(_ version: Int, _ name: String, _ file: [UInt8]) {
        self.version = version
        self.name = name
        sql = String(decoding: file, as: UTF8.self)
    }
}
