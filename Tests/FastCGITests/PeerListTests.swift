import FastCGI
import Testing

@Suite("A list of web servers")
struct PeerListTests {
    @Test("is IPv4 addresses with commas between", arguments: ["10.0.0.1", "10.0.0.1,255.255.255.255,0.0.0.0"])
    func good(text: String) {
        #expect(PeerList(text) != nil)
    }

    @Test(
        "is nothing else",
        arguments: [
            "", ",", "10.0.0.1,", "10.0.0.1, 10.0.0.2", "10.0.0", "10.0.0.256", "10.0.0.-1", "10.0.0.01", "10.0.0.+1",
            "10.0.0.1.2", "10.0.0.0/24", "::1", "nginx.example",
        ])
    func bad(text: String) {
        #expect(PeerList(text) == nil)
    }
}
