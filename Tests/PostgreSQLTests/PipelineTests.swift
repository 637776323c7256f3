import PostgreSQL
import TestSupport
import Testing

@Suite("A pipeline")
struct PipelineTests {
    private static let number = Statement("number", "SELECT $1::bigint")
    private static let divide = Statement("divide", "SELECT 100 / $1::int")
    private static let insert = Statement("insert", "INSERT INTO seen SELECT * FROM generate_series(1, $1::int)")
    private static let begin = Statement("begin", "BEGIN ISOLATION LEVEL SERIALIZABLE READ WRITE")
    private static let commit = Statement("commit", "COMMIT")

    let connection: Connection

    init() throws {
        connection = try .open()
        try connection.script("CREATE TEMP TABLE seen (n bigint CHECK (n < 1000))")
        try connection.prepare(
            [
                PipelineTests.number, PipelineTests.divide, PipelineTests.insert, PipelineTests.begin,
                PipelineTests.commit,
            ],
            before: .soon)
    }

    private func run(_ build: (inout Pipeline) -> Void) throws -> [Rows] {
        var pipeline = Pipeline()
        build(&pipeline)
        return try connection.run(pipeline, before: .soon)
    }

    private func seen() throws -> Int64? {
        try connection.script("SELECT count(*) FROM seen").integer(0, 0)
    }

    private func isOutsideOfTransactions() throws -> Bool {
        // In one it would be the time of its BEGIN, the same twice.
        try connection.script("SELECT now()").text(0, 0) != connection.script("SELECT now()").text(0, 0)
    }

    @Test("answers in order, across synchronization points")
    func order() throws {
        let answers = try run { pipeline in
            for number in 0..<50 {
                pipeline.execute(PipelineTests.number, [Int64(number)])
                if number.isMultiple(of: 7) { pipeline.synchronize() }
            }
        }
        #expect(answers.map { $0.integer(0, 0) } == (0..<50).map { Int64($0) })
    }

    @Test("of nothing is answered by nothing")
    func empty() throws {
        #expect(try run { _ in }.isEmpty)
        #expect(try run { $0.synchronize() }.isEmpty)
        #expect(try run { $0.execute(PipelineTests.number, [Int64(1)]) }.count == 1)
    }

    @Test("counts what each statement wrote")
    func written() throws {
        let answers = try run { pipeline in
            pipeline.execute(PipelineTests.begin)
            pipeline.execute(PipelineTests.insert, [Int64(3)])
            pipeline.execute(PipelineTests.insert, [Int64(0)])
            pipeline.execute(PipelineTests.commit)
        }
        #expect(answers.map(\.written) == [0, 3, 0, 0])
        #expect(try seen() == 3)
    }

    @Test("throws its first error, though others came behind it")
    func firstError() throws {
        let error = failure {
            _ = try run { pipeline in
                pipeline.execute(PipelineTests.divide, [Int64(0)])
                pipeline.synchronize()
                pipeline.execute(PipelineTests.insert, [Int64(1000)])
            }
        }
        #expect(error?.sqlState == "22012")
        #expect(error?.statement == "divide")
    }

    @Test("that failed skips up to the next synchronization, and goes on behind it")
    func skips() throws {
        let error = failure {
            _ = try run { pipeline in
                pipeline.execute(PipelineTests.insert, [Int64(1)])
                pipeline.execute(PipelineTests.divide, [Int64(0)])
                pipeline.execute(PipelineTests.insert, [Int64(10)])
                pipeline.synchronize()
                pipeline.execute(PipelineTests.insert, [Int64(100)])
            }
        }
        #expect(error?.sqlState == "22012")
        // Without BEGIN, all before the synchronization is one transaction: its first insert is gone too.
        #expect(try seen() == 100)
    }

    @Test("whose BEGIN block failed is rolled back, and the connection can be used")
    func block() throws {
        for _ in 0..<3 {
            let error = failure {
                _ = try run { pipeline in
                    pipeline.execute(PipelineTests.begin)
                    pipeline.execute(PipelineTests.insert, [Int64(5)])
                    pipeline.execute(PipelineTests.insert, [Int64(1000)])
                    pipeline.execute(PipelineTests.commit)
                    pipeline.synchronize()
                    pipeline.execute(PipelineTests.number, [Int64(1)])
                }
            }
            #expect(error?.sqlState == "23514")
            #expect(error?.statement == "insert")
            #expect(try isOutsideOfTransactions())
            #expect(try seen() == 0)
        }
        #expect(try run { $0.execute(PipelineTests.number, [Int64(7)]) }[0].integer(0, 0) == 7)
    }

    @Test("of a statement that was never prepared is refused, and the connection can be used")
    func unprepared() throws {
        let error = failure { _ = try run { $0.execute(Statement("unknown", "SELECT 1")) } }
        #expect(error?.sqlState == "26000")
        #expect(try run { $0.execute(PipelineTests.number, [Int64(7)]) }[0].integer(0, 0) == 7)
    }

    @Test("whose COMMIT is refused is refused, although each statement was carried out")
    func refusedCommit() throws {
        try connection.script(
            "ALTER TABLE seen ADD UNIQUE (n) DEFERRABLE INITIALLY DEFERRED; INSERT INTO seen VALUES (1)")
        let error = failure {
            _ = try run { pipeline in
                pipeline.execute(PipelineTests.begin)
                pipeline.execute(PipelineTests.insert, [Int64(1)])
                pipeline.execute(PipelineTests.commit)
            }
        }
        #expect(error?.sqlState == "23505")
        #expect(try seen() == 1)
    }

    @Test("of 10,000 statements is one round trip")
    func long() throws {
        let answers = try run { pipeline in
            for number in 0..<10_000 { pipeline.execute(PipelineTests.number, [Int64(number)]) }
        }
        #expect(answers.last?.integer(0, 0) == 9_999)
        #expect(answers.count == 10_000)
    }
}
