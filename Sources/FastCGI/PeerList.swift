internal import Glibc

/// Hosts of web servers that may connect over TCP, as FCGI_WEB_SERVER_ADDRS names them (FastCGI specification 1.0, 3.2).
/// libfcgi looks at it only where it accepts by itself.
public struct PeerList: Sendable {
    /// Each as a number, the first octet the highest.
    private let hosts: Set<UInt32>

    /// Reads `10.0.0.1,10.0.0.2`: IPv4 addresses of four decimal numbers; `nil` where it is anything else.
    public init?(_ text: String) {
        let hosts = text.split(separator: ",", omittingEmptySubsequences: false).map(PeerList.host)
        guard !hosts.contains(nil) else { return nil }
        self.hosts = Set(hosts.compactMap(\.self))
    }

    /// A leading zero makes an octet octal to some, and decimal to others.
    private static func host(_ text: Substring) -> UInt32? {
        let octets = text.split(separator: ".", omittingEmptySubsequences: false).map { part in
            UInt8(part).flatMap { String($0) == part ? UInt32($0) : nil }
        }
        guard octets.count == 4, !octets.contains(nil) else { return nil }
        return octets.reduce(0) { $0 << 8 | $1! }
    }

    /// Whether it names this peer. A socket that takes IPv6, too, shows an IPv4 address as ::ffff:10.0.0.1.
    func names(_ peer: sockaddr_storage) -> Bool {
        withUnsafeBytes(of: peer) { peer in
            let address: Slice<UnsafeRawBufferPointer>
            switch Int32(peer.load(as: sockaddr.self).sa_family) {
            case AF_INET:
                address = peer.dropFirst(MemoryLayout.offset(of: \sockaddr_in.sin_addr)!).prefix(4)
            case AF_INET6:
                let long = peer.dropFirst(MemoryLayout.offset(of: \sockaddr_in6.sin6_addr)!).prefix(16)
                guard long.prefix(12).elementsEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]) else { return false }
                address = long.suffix(4)
            default: return false
            }
            return hosts.contains(address.reduce(0) { $0 << 8 | UInt32($1) })
        }
    }
}
