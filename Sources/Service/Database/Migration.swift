/// One step of the schema: a file of Migrations/, embedded in the binary. A file that was released is never changed.
///
/// Migrations expand and contract, so that no upgrade is an outage: a program of schema N serves on N − 1, too, until
/// the database is migrated, and on every later schema that says that N may (`lowestProgram`). So a migration first adds what
/// the new program uses and the old one does not see; only a later one takes away what no program uses any more.
struct Migration {
    let version: Int
    let name: String
    /// The lowest schema version of a program that may serve on the database once this was carried out.
    let lowestProgram: Int
    let sql: String

    /// What is carried out in one go each: `sql`, parted at lines that begin with "-- step". One that was cut off begins
    /// anew, so all that has more than one step can be done twice.
    var steps: [Substring] { sql.split(separator: #/\n-- step.*\n/#) }

    /// In order. (SwiftPM embeds `0001_contact.sql` as `_001_contact_sql`: a name can't begin with a digit.)
    static let all = [
        Migration(1, "contact", lowestProgram: 1, PackageResources._001_contact_sql),
        Migration(2, "history_and_erasure", lowestProgram: 2, PackageResources._002_history_and_erasure_sql),
        Migration(3, "import", lowestProgram: 3, PackageResources._003_import_sql),
        Migration(4, "feed_token", lowestProgram: 3, PackageResources._004_feed_token_sql),
    ]

    static var newest: Int { all.last!.version }

    private init(_ version: Int, _ name: String, lowestProgram: Int, _ file: [UInt8]) {
        self.version = version
        self.name = name
        self.lowestProgram = lowestProgram
        sql = String(decoding: file, as: UTF8.self)
    }
}
