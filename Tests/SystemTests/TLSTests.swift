import Foundation
import TestSupport
import Testing

@Suite("TLS to PostgreSQL")
struct TLSTests {
    @Test("with sslmode=verify-full works, and refuses a server that another authority vouches for")
    func verifyFull() throws {
        let cluster = try LentCluster()
        let taken = try Port()
        let port = taken.number
        try cluster.run(
            """
            for name in server other; do
                "${as_owner[@]}" openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost \
                    -addext subjectAltName=DNS:localhost -keyout data/$name.key -out data/$name.crt 2>/dev/null
                chmod 600 data/$name.key
                cp data/$name.crt $name.crt
            done
            """)
        try cluster.configure(
            "ssl = 'on'", "ssl_max_protocol_version = 'TLSv1.2'", "listen_addresses = 'localhost'", "port = \(port)")
        func url(_ mode: String, _ authority: String) -> String {
            "postgres://postgres@localhost:\(port)/postgres?sslmode=\(mode)&sslrootcert=\(cluster.directory)/\(authority).crt"
        }
        func identityd(_ name: String, _ url: String) throws -> (status: Int32, output: String) {
            try command(RunningServer.binary, [name], environment: ["DATABASE_URL": url])
        }
        #expect(try identityd("migrate", url("verify-full", "server")).status == 0)
        #expect(try identityd("verify", url("verify-full", "server")).status == 0)
        let refused = try identityd("verify", url("verify-full", "other"))
        #expect(refused.status == 2)
        #expect(refused.output.contains("the server's certificate is not accepted"))

        let file = try identityd("verify", url("verify-full", "Zecret"))
        #expect(file.output == "identityd: a file for TLS can't be used: see sslrootcert, sslcert and sslkey\n")
        let version = try identityd("verify", url("verify-full", "server") + "&ssl_min_protocol_version=TLSv1.3")
        #expect(version.output == "identityd: TLS failed\n")

        let server = try RunningServer(["DATABASE_URL": url("verify-full", "server")])
        #expect(try HTTP.post(#"{"email":"tls@x.org"}"#, port: server.port).status == 200)
    }
}
