import FastCGI
import Testing

@Suite("A socket address")
struct SocketAddressTests {
    @Test("with a slash in it is a path", arguments: ["/run/identityd.sock", "./x", "a/b", "/with:9000"])
    func path(_ text: String) {
        #expect(SocketAddress(text) == .unix(path: text))
    }

    @Test(
        "is a host and a port",
        arguments: [
            ("127.0.0.1:9000", "127.0.0.1", 9000), ("[::1]:9000", "::1", 9000), ("::1:9000", "::1", 9000),
            ("localhost:0", "localhost", 0), ("db.example:65535", "db.example", 65535),
        ] as [(String, String, UInt16)])
    func tcp(_ text: String, _ host: String, _ port: UInt16) {
        #expect(SocketAddress(text) == .tcp(host: host, port: port))
    }

    @Test(
        "is neither",
        arguments: ["", ":", ":9000", "[]:9000", "9000", "host", "host:", "host:port", "host:65536", "host:-1", "x:1 "])
    func neither(_ text: String) {
        #expect(SocketAddress(text) == nil)
    }
}
