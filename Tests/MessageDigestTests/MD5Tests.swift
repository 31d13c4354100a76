import MessageDigest
import TestSupport
import Testing

@Suite("MD5")
struct MD5Tests {
    private static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }

    @Test(
        "the examples of RFC 1321, A.5",
        arguments: [
            ("", "d41d8cd98f00b204e9800998ecf8427e"), ("a", "0cc175b9c0f1b6a831c399e269772661"),
            ("abc", "900150983cd24fb0d6963f7d28e17f72"), ("message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
            ("abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b"),
            (
                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", "d174ab98d277d9f5a5611c2c9f419d9f"
            ),
            (
                "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
                "57edf4a22be3c955ac49da2e2107b67a"
            ),
        ])
    func examples(message: String, digest: String) {
        #expect(Self.hex(MD5.digest(of: Array(message.utf8))) == digest)
    }

    @Test("messages of every length around a block, against another program's answer", .requires(.python3))
    func blocks() async throws {
        let lengths = [0, 1, 16, 54, 55, 56, 57, 63, 64, 65, 119, 120, 128, 200]
        let script =
            "import hashlib\nfor n in \(lengths): print(hashlib.md5(bytes(i % 251 for i in range(n))).hexdigest())"
        let answers = try await RunProcess("/usr/bin/env", ["python3", "-c", script]).run().lines
        for (length, answer) in zip(lengths, answers) {
            #expect(Self.hex(MD5.digest(of: (0..<length).map { UInt8($0 % 251) })) == answer, "\(length) bytes")
        }
        #expect(answers.count == lengths.count)
    }
}
