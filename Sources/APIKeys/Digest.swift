internal import CCrypto

/// A SHA-256 (FIPS 180-4). Of a secret it is what is stored: secrets have 256 random bits, so a plain digest
/// can't be guessed back; passwords would need a slow one.
public struct Digest: Sendable {
    private static let size = Int(SHA256_DIGEST_LENGTH)

    private let bytes: [UInt8]

    public init(of content: [UInt8]) {
        bytes = [UInt8](unsafeUninitializedCapacity: Digest.size) { buffer, count in
            SHA256(content, content.count, buffer.baseAddress)
            count = Digest.size
        }
    }

    init(of secret: String) {
        self.init(of: Array(secret.utf8))
    }

    /// - Parameter hexadecimal: 64 digits.
    init?(hexadecimal: some StringProtocol) {
        let digits = Array(hexadecimal.utf8)
        guard digits.count == Digest.size * 2 else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard digits[index] != UInt8(ascii: "+"),
                let byte = UInt8(String(decoding: digits[index...index + 1], as: UTF8.self), radix: 16)
            else { return nil }
            bytes.append(byte)
        }
        self.bytes = bytes
    }

    public var hexadecimal: String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// Takes as long whether they differ early, late, or not at all.
    func isEqual(to other: Digest) -> Bool {
        CRYPTO_memcmp(bytes, other.bytes, Digest.size) == 0
    }
}
