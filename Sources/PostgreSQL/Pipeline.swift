/// Statements that go to the server together and are answered together: one round trip
/// (PostgreSQL 15, 34.5 Pipeline Mode).
///
/// Between two synchronization points, a statement that fails takes those behind it with it. Without
/// an explicit BEGIN, what stands between two of them is one transaction.
public struct Pipeline: Sendable {
    enum Step: Sendable {
        case execute(Statement, Parameters)
        case synchronize
    }

    private(set) var steps: [Step] = []
    private var statements = 0

    public init() {}

    @discardableResult
    public mutating func execute(_ statement: Statement, _ parameters: Parameters = []) -> Answer {
        steps.append(.execute(statement, parameters))
        defer { statements += 1 }
        return Answer(index: statements)
    }

    public mutating func execute<Row>(_ query: Query<Row>, _ parameters: Parameters = []) -> RowsAnswer<Row> {
        RowsAnswer(answer: execute(query.statement, parameters), query: query)
    }

    public mutating func synchronize() {
        steps.append(.synchronize)
    }
}

/// Where the answer to a statement stands among those of its pipeline.
public struct Answer: Sendable {
    @usableFromInline let index: Int
}

/// The same for a statement that selects rows.
public struct RowsAnswer<Row>: Sendable {
    @usableFromInline let answer: Answer
    @usableFromInline let query: Query<Row>
}

/// What a pipeline was answered.
extension [Rows] {
    /// How many rows the statement wrote.
    public func written(_ answer: Answer) -> Int { self[answer.index].written }

    /// The rows that the query selected.
    @inlinable
    public subscript<Row>(answer: RowsAnswer<Row>) -> [Row] {
        get throws { try answer.query.read(self[answer.answer.index]) }
    }
}

/// Values for a statement's $1, $2, …, in PostgreSQL's text format, side by side in one buffer.
public struct Parameters: Sendable, ExpressibleByArrayLiteral {
    /// Each value ends with a NUL.
    private var bytes: [UInt8] = []
    /// Where each value begins in `bytes`; `nil` for NULL.
    private var offsets: [Int?] = []

    public init(arrayLiteral values: (any ParameterValue)?...) {
        self.init(values)
    }

    public init(_ values: [(any ParameterValue)?]) {
        bytes.reserveCapacity(256)
        offsets.reserveCapacity(values.count)
        for value in values {
            offsets.append(value == nil ? nil : bytes.count)
            guard let value else { continue }
            value.write(into: &bytes)
            bytes.append(0)
        }
    }

    func withPointers<R>(_ body: (UnsafeBufferPointer<UnsafePointer<CChar>?>) -> R) -> R {
        bytes.withUnsafeBufferPointer { bytes in
            bytes.withMemoryRebound(to: CChar.self) { characters in
                withUnsafeTemporaryAllocation(of: UnsafePointer<CChar>?.self, capacity: offsets.count) { pointers in
                    for (index, offset) in offsets.enumerated() {
                        pointers.initializeElement(at: index, to: offset.map { characters.baseAddress! + $0 })
                    }
                    return body(UnsafeBufferPointer(pointers))
                }
            }
        }
    }
}

public protocol ParameterValue: Sendable {
    /// Appends it in PostgreSQL's text format, without NULs.
    func write(into bytes: inout [UInt8])
}

/// PostgreSQL has no text that holds a NUL.
extension String: ParameterValue {
    public func write(into bytes: inout [UInt8]) { bytes.append(contentsOf: utf8) }
}

extension Int64: ParameterValue {
    public func write(into bytes: inout [UInt8]) { bytes.append(contentsOf: String(self).utf8) }
}

extension Bool: ParameterValue {
    public func write(into bytes: inout [UInt8]) { bytes.append(UInt8(ascii: self ? "t" : "f")) }
}

/// A parameter that is an array, such as a `text[]` for `unnest` (PostgreSQL 15, 8.15.2 Array Value Input).
///
/// An `Array` could be a parameter by itself; but as code for arrays of anything it costs a known request 3 % more
/// (and 12 % with a key path in it, which is made anew each time).
public struct ArrayParameter: ParameterValue {
    private let bytes: [UInt8]

    /// - Parameter texts: `nil` is NULL.
    public init(_ texts: [String?]) {
        var bytes = [UInt8(ascii: "{")]
        bytes.reserveCapacity(256)
        for text in texts {
            if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
            guard let text else {
                bytes.append(contentsOf: "NULL".utf8)
                continue
            }
            bytes.append(UInt8(ascii: "\""))
            for byte in text.utf8 {
                if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { bytes.append(UInt8(ascii: "\\")) }
                bytes.append(byte)
            }
            bytes.append(UInt8(ascii: "\""))
        }
        bytes.append(UInt8(ascii: "}"))
        self.bytes = bytes
    }

    public init(_ numbers: [Int64?]) {
        self.init(numbers.map { $0.map(String.init) })
    }

    public init(_ truths: [Bool]) {
        self.init(truths.map { $0 ? "t" : "f" })
    }

    public func write(into bytes: inout [UInt8]) { bytes += self.bytes }

    /// As an element of another array, which is one of texts.
    public var text: String { String(decoding: bytes, as: UTF8.self) }
}
