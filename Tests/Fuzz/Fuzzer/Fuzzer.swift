import Glibc
import Properties

/// Fuzzer PROPERTY [OPTIONS and FOLDERS of libFuzzer]
@main
struct Fuzzer {
    nonisolated(unsafe) private static var property = Property.requestBody

    static func main() {
        guard CommandLine.argc > 1, let property = Property(rawValue: CommandLine.arguments[1]) else {
            fatalError("the first argument must be one of: \(Property.allCases.map(\.rawValue))")
        }
        Fuzzer.property = property
        // Behind the property's name, which stands where libFuzzer expects the program's.
        var count = CommandLine.argc - 1
        var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv + 1
        exit(
            runLibFuzzer(&count, &arguments) { bytes, count in
                try! Fuzzer.property.check(Array(UnsafeRawBufferPointer(start: bytes, count: count)))
                return 0
            })
    }
}

/// LLVM, "Using libFuzzer as a library".
@_silgen_name("LLVMFuzzerRunDriver")
private func runLibFuzzer(
    _ count: inout CInt, _ arguments: inout UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?,
    _ check: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt
