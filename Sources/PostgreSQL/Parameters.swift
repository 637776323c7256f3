/// Values for a statement's $1, $2, …, in PostgreSQL's text format, side by side in one buffer.
public struct Parameters: Sendable, ExpressibleByArrayLiteral {
    /// Each value ends with a NUL.
    private var bytes: [UInt8] = []
    /// Where each value begins in `bytes`; `nil` for NULL.
    private var offsets: [Int?] = []

    public init(arrayLiteral values: (any ParameterValue)?...) {
        for value in values { append(value?.parameterText) }
    }

    /// - Parameter text: Without NULs: PostgreSQL has no text that holds one.
    private mutating func append(_ text: String?) {
        guard let text else {
            offsets.append(nil)
            return
        }
        offsets.append(bytes.count)
        bytes.append(contentsOf: text.utf8)
        bytes.append(0)
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
    var parameterText: String { get }
}

extension String: ParameterValue {
    public var parameterText: String { self }
}

extension Int64: ParameterValue {
    public var parameterText: String { String(self) }
}

extension Bool: ParameterValue {
    public var parameterText: String { self ? "t" : "f" }
}
