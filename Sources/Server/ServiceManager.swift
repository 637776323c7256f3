internal import Glibc

/// What systemd is told about an instance.
enum ServiceManager {
    /// That it serves, which a unit with Type=notify waits for: sd_notify(3), of which this is the whole protocol. Does
    /// nothing under another parent.
    static func notifyReady() {
        guard let path = getenv("NOTIFY_SOCKET").map({ String(cString: $0) }) else { return }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        guard path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else { return }
        // In the abstract namespace, a name begins with a zero, which is written as @.
        withUnsafeMutableBytes(of: &address.sun_path) {
            $0.copyBytes(from: path.utf8)
            if path.hasPrefix("@") { $0[0] = 0 }
        }
        let size = MemoryLayout<sa_family_t>.size + path.utf8.count

        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        let message = Array("READY=1".utf8)
        withUnsafeBytes(of: address) {
            let address = $0.baseAddress!.assumingMemoryBound(to: sockaddr.self)
            _ = sendto(descriptor, message, message.count, Int32(MSG_NOSIGNAL), address, socklen_t(size))
        }
    }
}
