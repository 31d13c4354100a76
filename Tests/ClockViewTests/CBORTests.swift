import ClockView
import Testing

@Suite("Deterministic CBOR")
struct CBORTests {
    /// RFC 8949, appendix A, for the types that our deterministic CBOR uses.
    @Test(
        "the RFC's examples are written and read",
        arguments: [
            ("00", CBORValue.unsigned(0)), ("17", .unsigned(23)), ("1818", .unsigned(24)), ("1903e8", .unsigned(1000)),
            ("1a000f4240", .unsigned(1_000_000)), ("1b000000e8d4a51000", .unsigned(1_000_000_000_000)),
            ("1bffffffffffffffff", .unsigned(.max)), ("20", .negative(-1)), ("3863", .negative(-100)),
            ("3903e7", .negative(-1000)), ("f4", .bool(false)), ("f5", .bool(true)), ("f6", .null),
            ("40", .bytes([])), ("4401020304", .bytes([1, 2, 3, 4])), ("60", .text("")), ("6161", .text("a")),
            ("62225c", .text("\"\\")), ("62c3bc", .text("ü")), ("64f0908591", .text("\u{10151}")), ("80", .array([])),
            ("83010203", .array([.unsigned(1), .unsigned(2), .unsigned(3)])),
            ("a0", .map([])),
        ])
    func examples(_ hex: String, _ value: CBORValue) throws {
        #expect(try CBORValue(decoding: bytes(hex: hex)) == value)
    }

    @Test(
        "whatever has a shorter or another encoding is refused, with its place",
        arguments: [
            ("1817", CBORError.Reason.headLongerThanNeeded, 0), ("190018", .headLongerThanNeeded, 0),
            ("1a0000ffff", .headLongerThanNeeded, 0), ("1b00000000ffffffff", .headLongerThanNeeded, 0),
            ("5800", .headLongerThanNeeded, 0), ("820018", .truncated, 3), ("820018ff18", .trailingBytes, 4),
            ("8200", .truncated, 2),
            ("9fff", .indefiniteLength, 0), ("5f4101ff", .indefiniteLength, 0), ("bf616101ff", .indefiniteLength, 0),
            ("1c", .reservedHead, 0), ("a2616201616102", .keysNotSorted, 4), ("a2626161016162 02", .keysNotSorted, 5),
            ("a2616101616102", .repeatedKey("a"), 4), ("61ff", .invalidUTF8, 1), ("0000", .trailingBytes, 1),
            ("", .truncated, 0), ("1b00", .truncated, 2), ("5affffffff", .truncated, 5),
            ("bb7fffffffffffffff", .truncated, 9),
            ("f7", .expected("true or false"), 0), ("f97e00", .expected("true or false"), 0),
        ])
    func refused(_ hex: String, _ reason: CBORError.Reason, _ offset: Int) throws {
        let encoded = bytes(hex: hex.filter { $0 != " " })
        let error = #expect(throws: CBORError.self) { try CBORValue(decoding: encoded) }
        #expect(error == CBORError(reason, at: offset))
    }

    @Test("items in items beyond the limit are refused before the stack is full")
    func depth() {
        let nested = [UInt8](repeating: 0x81, count: 100_000)
        #expect(throws: CBORError.self) { try CBORValue(decoding: nested) }
    }
}

func bytes(hex: String) -> [UInt8] {
    let digits = Array(hex)
    return stride(from: 0, to: digits.count - 1, by: 2).compactMap { UInt8(String(digits[$0..<$0 + 2]), radix: 16) }
}
