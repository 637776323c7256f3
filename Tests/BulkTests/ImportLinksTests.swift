import Bulk
import ContactStore
import Foundation
import Identity
import Settings
import TestSupport
import Testing

/// A file of `Tests/Cases`.
func caseFile(_ name: String) throws -> TemporaryFile {
    let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    return try TemporaryFile(Data(contentsOf: tests.appending(path: "Cases/\(name)")))
}

@Suite("An import follows links:")
struct ImportLinksTests {
    let database: TestDatabase

    init() throws {
        database = try TestDatabase()
    }

    private func export(_ database: TestDatabase, _ format: Export.Format) throws -> String {
        let file = try TemporaryFile()
        let descriptor = open(file.path, O_WRONLY)
        try Export(Settings(environment: ["DATABASE_URL": database.url]), format: format)
            .run(to: descriptor, name: file.path)
        return file.text
    }

    @Test("the take-home's table keeps its merges, and leaves out what it deleted")
    func takeHome() throws {
        let tally = try database.importFile(caseFile("take-home.csv"))
        #expect("\(tally)" == "5 rows: 0 known, 2 created, 2 linked, 0 merged; 1 deleted, left out; 0 rejected")
        #expect(
            try database.customers() == [
                ["email lorraine@hillvalley.edu", "phone 123456", "email mcfly@hillvalley.edu"],
                [
                    "email george@hillvalley.edu", "phone 919191", "email biffsucks@hillvalley.edu", "phone 717171",
                ],
            ])
        #expect(try database.count("contact") == 4)
        #expect(try database.findings() == [])
        #expect(try database.importFile(caseFile("take-home.csv")).outcomes == [.known: 4])
        #expect(try database.count("contact") == 4 && database.count("change") == 1)
    }

    /// Rows as "id email phone linkedId", with - for nothing.
    private func importRows(
        _ rows: [String], _ variables: [String: String] = [:], rejects: TemporaryFile? = nil
    ) throws -> ImportTally {
        let lines = rows.map { row in
            row.split(separator: " ").map { $0 == "-" ? "" : String($0) }.joined(separator: ",")
        }
        let file = try TemporaryFile("id,email,phone,linked_id\n" + lines.joined(separator: "\n"))
        return try database.importFile(file, variables) { $0.rejectsPath = rejects?.path }
    }

    @Test(
        "whatever the two rows have, and whichever comes first, they are one customer",
        arguments: ["a@x 111111", "a@x -", "- 111111"], ["b@x 222222", "b@x -", "- 222222"])
    func shapes(one: String, other: String) throws {
        for rows in [["1 \(one) -", "2 \(other) 1"], ["2 \(other) 1", "1 \(one) -"]] {
            try database.run("TRUNCATE contact, evidence, change")
            #expect(try importRows(rows).rejected == 0)
            #expect(try database.customers().count == 1)
            #expect(try database.findings() == [])
            let exported = try export(database, .csv)
            for format in Export.Format.allCases {
                let copy = try TestDatabase()
                try copy.importFile(TemporaryFile(export(database, format)))
                #expect(try copy.customers() == database.customers(), "\(exported)")
                #expect(try copy.findings() == [])
            }
        }
    }

    @Test("chains, forward and backward, and a circle")
    func chains() throws {
        let tally = try importRows([
            "5 e@x 500000 4", "4 d@x 400000 3", "1 a@x 100000 2", "2 b@x - 3", "3 - 300000 -", "6 f@x 600000 1",
            "7 g@x - 8", "8 h@x - 7", "9 i@x 900000 9",
        ])
        #expect(tally.rejected == 0)
        let sizes = try database.customers().map(\.count).sorted()
        #expect(sizes == [2, 2, 10])
        #expect(try database.findings() == [])
    }

    @Test(
        "random rows and links make the customers that the model says, and leave out the same",
        arguments: 1...8 as ClosedRange<UInt64>, [2, 4, 1000])
    func model(seed: UInt64, limit: Int) throws {
        var random = SeededGenerator(seed: seed)
        var model = CustomerModel(maximumClusterSize: limit)
        // Of each row its group, and of each group the first e-mail and the first phone.
        var (groups, first): ([Int], [CustomerModel.Row]) = ([], [])
        var partial: [String] = []
        let lines = (0..<60).map { number in
            let email = Int.random(in: 0..<3, using: &random) > 0 ? "e\(Int.random(in: 0..<40, using: &random))@x" : nil
            let phone =
                email == nil || Bool.random(using: &random) ? "10\(Int.random(in: 10..<50, using: &random))" : nil
            let linked = Int.random(in: 0..<3, using: &random) == 0 ? groups.indices.randomElement(using: &random) : nil
            let other = linked.map { first[groups[$0]] }
            let leftOut = model.importRow((email, phone), linkedTo: other)
            let parts = (leftOut.contains(.phone) ? ["phoneNumber"] : []) + (leftOut.contains(.link) ? ["link"] : [])
            let reason = parts.map { "\($0) left out: cluster-too-large" }.joined(separator: "; ")
            if !parts.isEmpty { partial.append("\(number + 2),\(reason)") }
            groups.append(linked.map { groups[$0] } ?? first.count)
            if other == nil { first.append((email, phone)) }
            first[groups[number]] = (other?.email ?? email, other?.phone ?? phone)
            return "\(number) \(email ?? "-") \(phone ?? "-") \(linked.map(String.init) ?? "-")"
        }
        // Again, all is known or left out.
        for isAgain in [false, true] {
            let rejects = try TemporaryFile()
            let tally = try importRows(lines, ["MAX_CLUSTER_SIZE": "\(limit)"], rejects: rejects)
            #expect(tally.rejected == 0 && tally.partial == partial.count)
            #expect((tally.outcomes == [.known: 60]) == isAgain)
            let listed = rejects.text.split(separator: "\n").dropFirst().filter { !$0.hasPrefix(",") }
            #expect(listed.map { $0.split(separator: ",").prefix(2).joined(separator: ",") } == partial)
            #expect(try database.customers() == model.customers)
        }
        #expect(try database.findings() == [])
    }

    @Test("a link that leads nowhere is rejected with its line, and so is what is linked to that")
    func missing() throws {
        let rejects = try TemporaryFile()
        let tally = try importRows(
            [
                "1 a@x 100000 -", "2 b@x - 99", "3 c@x - 2", "4 nobody - 1", "5 e@x - 4", "1 f@x - -", "7 g@x - 1",
                "- h@x - 1",
            ], rejects: rejects)
        #expect(tally.rejected == 6)
        #expect(
            rejects.text == """
                line,reason,id,email,phone,linked_id
                ,imported; the row of line 5 is linked to it,1,a@x,100000,
                5,email needs one @ between two parts that are not empty,4,nobody,,1
                6,the row is linked to one that was rejected,5,e@x,,4
                7,the row has the id of another row,1,f@x,,
                9,the row has no id,,h@x,,1
                3,the row is linked to one that is not in the file,2,b@x,,99
                4,the row is linked to one that was rejected,3,c@x,,2

                """)
        #expect(try database.customers() == [["email a@x", "phone 100000", "email g@x"]])
        // Mended, and imported as it is.
        let mended = try TemporaryFile(
            rejects.text.replacing("nobody", with: "d@x").replacing(",99\n", with: ",\n").replacing(
                "1,f@x", with: "6,f@x"
            ).replacing(",,h@x", with: ",10,h@x"))
        #expect(try database.importFile(mended).rejected == 0)
        #expect(
            try database.customers() == [
                ["email a@x", "phone 100000", "email g@x", "email d@x", "email e@x", "email h@x"],
                ["email b@x", "email c@x"], ["email f@x"],
            ])
        #expect(try database.findings() == [])
    }

    @Test(
        "what is not a clean table is taken as it is meant, or rejected",
        arguments: [
            ("1,a@x,primary,,\n2,b@x,secondary,1,\n", 2, 1),
            ("1,a@x,primary,NULL,NULL\n2,b@x,Secondary,1.0,\\N\n", 2, 1),
            ("u-1,a@x,primary,,\nu-2,b@x,secondary,u-1,\n", 2, 1), ("1,a@x,primary,1,\n2,b@x,secondary, 1 ,\n", 2, 1),
            ("1,a@x,primary,,\n2,b@x,secondary,,\n", 1, 1), ("1,a@x,primary,,\n2,b@x,primary,1,\n", 1, 1),
            ("1,a@x,primary,,2024-01-01\n2,b@x,secondary,1,\n3,c@x,secondary,1,\n", 2, 1),
        ])
    func tables(rows: String, emails: Int, customers: Int) throws {
        let file = try TemporaryFile("ID,Email,LinkPrecedence,Linked ID,Deleted-At\n\(rows)")
        try database.importFile(file) { $0.hasNoPhone = true }
        #expect(try database.customers().count == customers)
        #expect(try database.count("contact") == emails)
        #expect(try database.findings() == [])
    }

    @Test(
        "a column that can't be followed is refused",
        arguments: [
            ("email,phone,linkedId", "linkedId"), ("id,email,phone,linkPrecedence", "linkPrecedence"),
            ("id,email,phone,linkedId,primaryContactId", "link"), ("id,contactId,email,phone,linkedId", "id"),
        ])
    func refused(header: String, named: String) throws {
        let error = #expect(throws: ImportError.self) { try database.importFile(TemporaryFile(header + "\n")) }
        #expect(error?.description.contains(named) == true)
        // Where nothing is linked, an id is a column like others.
        try database.importFile(TemporaryFile("id,contactId,email,phone\n1,1,a@x,\n1,1,b@x,\n"))
        #expect(try database.count("contact") == 2)
    }

    @Test("customers may be named without rows")
    func groups() throws {
        try database.importFile(TemporaryFile("primaryContactId,email,phone\n7,a@x,\n8,b@x,\n7,c@x,\n"))
        #expect(try database.customers() == [["email a@x", "email c@x"], ["email b@x"]])
        #expect(try database.findings() == [])
    }

    @Test("a row goes in without its link where its customer would be too large")
    func tooLarge() throws {
        let rejects = try TemporaryFile()
        let tally = try importRows(
            [
                "1 a@x 100000 -", "2 b@x 200000 1", "3 c@x 300000 1", "4 a@x - 1", "5 - 500000 1", "6 f@x - 1",
                "7 g@x 200000 1",
            ], ["MAX_CLUSTER_SIZE": "2"], rejects: rejects)
        #expect("\(tally)" == "7 rows: 1 known, 5 created, 1 linked, 0 merged; 4 in part; 0 rejected")
        #expect(
            rejects.text == """
                line,reason,id,email,phone,linked_id
                ,imported; the row of line 4 is linked to it,1,a@x,100000,
                4,link left out: cluster-too-large,3,c@x,300000,1
                6,link left out: cluster-too-large,5,,500000,1
                7,link left out: cluster-too-large,6,f@x,,1
                8,phoneNumber left out: cluster-too-large; link left out: cluster-too-large,7,g@x,200000,1

                """)
        #expect(
            try database.customers() == [
                ["email a@x", "phone 100000", "email b@x", "phone 200000"], ["email c@x", "phone 300000"],
                ["phone 500000"], ["email f@x"], ["email g@x"],
            ])

        // With a higher limit, the file of rejects brings the links.
        #expect(try database.importFile(TemporaryFile(rejects.text)).outcomes == [.known: 1, .merged: 4])
        #expect(try database.customers().count == 1)
        #expect(try database.findings() == [])
    }

    @Test("a row is linked to what took part of the other, whose phone was left out")
    func linkToPartial() throws {
        let tally = try importRows(
            ["1 a@x 100000 -", "2 b@x 100000 -", "3 c@x 100000 -", "4 d@x - 3", "5 - 500000 4"],
            ["MAX_CLUSTER_SIZE": "2"])
        #expect(tally.partial == 2)
        #expect(
            try database.customers() == [
                ["email a@x", "phone 100000", "email b@x"], ["email c@x", "email d@x"], ["phone 500000"],
            ])
        #expect(try database.findings() == [])
    }

    @Test("of a customer that an export has in one line, the file of rejects has the line once")
    func tooLargeLine() throws {
        let line = #"{"emails":["a@x","b@x","c@x","d@x"],"phoneNumbers":["100000"]}"#
        let rejects = try TemporaryFile()
        let tally = try database.importFile(TemporaryFile(line + "\n"), ["MAX_CLUSTER_SIZE": "2"]) {
            $0.rejectsPath = rejects.path
        }
        #expect(tally.partial == 1 && tally.rejected == 0)
        #expect(rejects.text == #"{"line":1,"reason":"link left out: cluster-too-large",\#(line.dropFirst())"# + "\n")
        #expect(try database.customers().count == 3)
        #expect(try database.importFile(TemporaryFile(rejects.text)).partial == 0)
        #expect(try database.customers().count == 1)
    }

    /// Clusters of every shape: what /identify makes of rows with heavy sharing, and links between rows of one kind.
    @Test(
        "an export makes the same customers in an empty database, and in itself changes nothing",
        arguments: [(1, 30), (2, 100), (3, 400), (4, 1300)] as [(UInt64, Int)], Export.Format.allCases)
    func exported(_ made: (seed: UInt64, identifiers: Int), format: Export.Format) throws {
        let store = try TestStore(database, maximumClusterSize: 100_000)
        for row in SharedRows(500, among: made.identifiers, seed: made.seed).rows {
            _ = try store.identify(row.email, row.phone)
        }
        _ = try importRows(["1 one@x - -", "2 two@x - 1", "3 - 777001 -", "4 - 777002 3"])
        let file = try TemporaryFile(export(database, format))
        let copy = try TestDatabase()
        let limit = ["MAX_CLUSTER_SIZE": "100000"]
        #expect(try copy.importFile(file, limit).rejected == 0)
        #expect(try copy.customers() == database.customers())
        #expect(try copy.findings() == [])

        let before = try database.customers()
        #expect(try Set(database.importFile(file, limit).outcomes.keys) == [.known])
        #expect(try database.customers() == before)
        let once = try database.everything()
        #expect(try Set(database.importFile(file, limit).outcomes.keys) == [.known])
        #expect(try database.everything() == once)
    }

    @Test("resumed, links to rows that were done before hold")
    func resumed() throws {
        let file = try TemporaryFile("id,email,phone,linkedId\n3,c@x,,1\n1,a@x,100000,\n2,b@x,,1\n")
        try database.importFile(file)
        #expect(try database.customers().count == 1)
        try database.run("UPDATE import_progress SET rows = 2; TRUNCATE contact, evidence, change")
        try database.importFile(TemporaryFile("email,phone\na@x,100000\n"))
        let tally = try database.importFile(file) { $0.resumes = true }
        #expect(tally.outcomes == [.linked: 1])
        #expect(try database.customers() == [["email a@x", "phone 100000", "email c@x"]])
    }
}
