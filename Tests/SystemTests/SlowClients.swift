import Glibc
import TestSupport

/// Connections to nginx that begin a request and do not end it.
final class SlowClients {
    private var descriptors: [Int32]

    /// - Parameter client: As for `HTTP.connect`.
    init(_ begin: String, _ count: Int, port: Int, from client: UInt8 = 1) {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        descriptors = (0..<count).compactMap { _ in
            guard let descriptor = try? HTTP.connect(port: port, from: client) else { return nil }
            send(descriptor, begin, begin.utf8.count, Int32(MSG_NOSIGNAL))
            return descriptor
        }
    }

    /// How many nginx has not closed. What it answered is passed over.
    var count: Int {
        drop { descriptor in
            var buffer = [UInt8](repeating: 0, count: 4096)
            var received: Int
            repeat { received = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT)) } while received > 0
            return received == 0 || errno != EAGAIN
        }
        return descriptors.count
    }

    func sendByte() {
        drop { send($0, "x", 1, Int32(MSG_NOSIGNAL)) < 0 }
    }

    func close() {
        drop { _ in true }
    }

    private func drop(where isClosed: (Int32) -> Bool) {
        descriptors.removeAll { descriptor in
            guard isClosed(descriptor) else { return false }
            Glibc.close(descriptor)
            return true
        }
    }

    deinit {
        close()
    }
}
