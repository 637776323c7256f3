import Foundation

/// What some processes hold together, as the kernel has it: proc(5).
struct Usage: CustomStringConvertible, Sendable {
    /// In KiB; what the processes share counts for each.
    var resident = 0
    var descriptors = 0
    /// Written with write(2), as log lines are.
    var bytesWritten = 0

    init(of processes: [pid_t]) throws {
        for process in processes {
            resident += try Usage.number("VmRSS", in: "/proc/\(process)/status")
            bytesWritten += try Usage.number("wchar", in: "/proc/\(process)/io")
            descriptors += try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd").count
        }
    }

    private static func number(_ name: String, in path: String) throws -> Int {
        let line = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
            .first { $0.hasPrefix("\(name):") }
        return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) } ?? 0
    }

    var description: String { "\(resident / 1024) MiB and \(descriptors) descriptors" }
}

extension RunningServer {
    func usage() throws -> (service: Usage, nginx: Usage) {
        (try Usage(of: instances()), try Usage(of: nginx()))
    }

    /// The pids of nginx, the master's first.
    func nginx() throws -> [pid_t] {
        func numbers(_ path: String) throws -> [pid_t] {
            try String(contentsOfFile: path, encoding: .utf8).split(whereSeparator: \.isWhitespace)
                .compactMap { pid_t($0) }
        }
        return try numbers("\(stateDirectory)/run/nginx.pid").flatMap {
            try [$0] + numbers("/proc/\($0)/task/\($0)/children")
        }
    }
}
