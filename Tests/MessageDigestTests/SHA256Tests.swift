import Foundation
import MessageDigest
import TestSupport
import Testing

struct DigestCase: Decodable, Sendable {
    let keyHex: String
    let messageHex: String
    let sha256Hex: String
    let hmacSha256Hex: String

    private enum CodingKeys: String, CodingKey {
        case keyHex = "key_hex"
        case messageHex = "message_hex"
        case sha256Hex = "sha256_hex"
        case hmacSha256Hex = "hmac_sha256_hex"
    }
}

func bytes(hex: String) -> [UInt8] {
    let digits = Array(hex)
    return stride(from: 0, to: digits.count, by: 2).compactMap { UInt8(String(digits[$0..<$0 + 2]), radix: 16) }
}

@Suite("SHA-256")
struct SHA256Tests {
    /// FIPS 180-4's examples, and the empty message.
    @Test(
        "the standard's examples come out",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
            (
                "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
                "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
            ),
        ])
    func standard(_ message: String, _ digest: String) {
        #expect(SHA256.digest(of: message).hex == digest)
    }

    @Test("a million times the letter a, in pieces of every length to 200")
    func million() {
        var sha = SHA256()
        var (left, length) = (1_000_000, 1)
        while left > 0 {
            let piece = [UInt8](repeating: UInt8(ascii: "a"), count: min(length, left))
            sha.update(piece.span)
            left -= piece.count
            length = length % 200 + 1
        }
        #expect(sha.digest().hex == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    @Test("another implementation's digests and codes come out")
    func vectors() throws {
        let cases = try Vectors.cases("sha256_hmac", as: DigestCase.self)
        #expect(!cases.isEmpty)
        for vector in cases {
            let (key, message) = (bytes(hex: vector.keyHex), bytes(hex: vector.messageHex))
            let (digest, code) = (SHA256.digest(of: message.span), HMACSHA256(key: key.span).code(for: message.span))
            #expect(digest.hex == vector.sha256Hex)
            #expect(code.hex == vector.hmacSha256Hex)
        }
    }

    @Test("wherever a message is cut in two, its digest is the same")
    func pieces() {
        let message = (0..<200).map { UInt8(truncatingIfNeeded: $0 &* 37) }
        let whole = SHA256.digest(of: message.span)
        for cut in 0...message.count {
            let (first, second) = (Array(message[..<cut]), Array(message[cut...]))
            var sha = SHA256()
            sha.update(first.span)
            // A digest asked for on the way leaves the rest as it is.
            _ = sha.digest()
            sha.update(second.span)
            #expect(sha.digest() == whole)
        }
    }
}

@Suite("HMAC-SHA-256")
struct HMACSHA256Tests {
    /// RFC 4231, section 4, cases 1 to 4, 6 and 7; case 5 is that of a truncated code.
    @Test(
        "the RFC's cases come out",
        arguments: [
            (
                String(repeating: "0b", count: 20), "4869205468657265",
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
            ),
            (
                "4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
            ),
            (
                String(repeating: "aa", count: 20), String(repeating: "dd", count: 50),
                "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
            ),
            (
                "0102030405060708090a0b0c0d0e0f10111213141516171819", String(repeating: "cd", count: 50),
                "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"
            ),
            (
                String(repeating: "aa", count: 131),
                "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a65204b6579202d2048617368204b6579204669727374",
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
            ),
        ])
    func rfc(_ key: String, _ message: String, _ code: String) {
        let (key, message) = (bytes(hex: key), bytes(hex: message))
        let found = HMACSHA256(key: key.span).code(for: message.span)
        #expect(found.hex == code)
    }

    @Test("a code is valid for its message, and no changed bit of it is")
    func validity() throws {
        let (key, message) = (Array("key".utf8), Array("a message".utf8))
        let mac = HMACSHA256(key: key.span)
        let code = mac.code(for: message.span)
        let isValid = mac.isValid(code, for: message.span)
        #expect(isValid)
        for bit in 0..<256 {
            var changed = code.bytes
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            let isStillValid = mac.isValid(SHA256Digest(changed.span), for: message.span)
            #expect(!isStillValid)
        }
        let other = Array("a massage".utf8)
        let isValidForOther = mac.isValid(code, for: other.span)
        #expect(!isValidForOther)
    }
}

@Suite("A digest's form")
struct SHA256DigestTests {
    @Test("hexadecimal digits and bytes both give it back, and digests are in the order of their bytes")
    func form() throws {
        let digests = (0..<50).map { SHA256.digest(of: "\($0)") }
        for digest in digests {
            #expect(SHA256Digest(hex: digest.hex) == digest)
            #expect(SHA256Digest(hex: digest.hex.uppercased()) == digest)
            let bytes = digest.bytes
            let again = SHA256Digest(bytes.span)
            #expect(again == digest)
            #expect((0..<32).map { digest[$0] } == bytes)
        }
        #expect(digests.sorted().map(\.hex) == digests.map(\.hex).sorted())
    }

    @Test(
        "what is no 64 hexadecimal digits is none",
        arguments: ["", "00", String(repeating: "g", count: 64), String(repeating: "0", count: 65)])
    func refused(_ text: String) {
        #expect(SHA256Digest(hex: text) == nil)
    }
}
