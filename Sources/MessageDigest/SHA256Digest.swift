/// The 32 bytes of a SHA-256, ordered bytewise.
public struct SHA256Digest: Hashable, Comparable, Sendable, BitwiseCopyable {
    public static let byteCount = 32

    // Most significant byte first, so that comparing words compares bytes.
    private let a: UInt64
    private let b: UInt64
    private let c: UInt64
    private let d: UInt64

    init(_ a: UInt64, _ b: UInt64, _ c: UInt64, _ d: UInt64) {
        self.a = a
        self.b = b
        self.c = c
        self.d = d
    }

    /// Reads the 32 bytes at an offset.
    ///
    /// - Precondition: `bytes` has 32 bytes from `offset` on.
    public init(_ bytes: Span<UInt8>, at offset: Int = 0) {
        precondition(offset >= 0 && offset <= bytes.count - Self.byteCount, "a digest has 32 bytes")
        func word(_ index: Int) -> UInt64 {
            var word: UInt64 = 0
            for place in 0..<8 { word = word << 8 | UInt64(bytes[offset + 8 * index + place]) }
            return word
        }
        self.init(word(0), word(1), word(2), word(3))
    }

    /// From 64 hexadecimal digits; `nil` if they are not.
    public init?(hex: String) {
        let digits = Array(hex.utf8)
        guard digits.count == 2 * Self.byteCount else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = Self.value(digits[index]), let low = Self.value(digits[index + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        self.init(bytes.span)
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 0x30...0x39: digit - 0x30
        case 0x61...0x66: digit - 0x57
        case 0x41...0x46: digit - 0x37
        default: nil
        }
    }

    /// Byte `index`, of 0 to 31.
    public subscript(index: Int) -> UInt8 {
        precondition(index >= 0 && index < Self.byteCount, "a digest has 32 bytes")
        let word = index < 16 ? (index < 8 ? a : b) : (index < 24 ? c : d)
        return UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * (index & 7)))
    }

    public var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.byteCount)
        append(to: &bytes)
        return bytes
    }

    public func append(to bytes: inout [UInt8]) {
        for word in [a, b, c, d] {
            for shift in [56, 48, 40, 32, 24, 16, 8, 0] as [UInt64] {
                bytes.append(UInt8(truncatingIfNeeded: word >> shift))
            }
        }
    }

    /// 64 lower-case hexadecimal digits.
    public var hex: String { bytes.hex }

    public static func < (x: Self, y: Self) -> Bool {
        if x.a != y.a { return x.a < y.a }
        if x.b != y.b { return x.b < y.b }
        return x.c != y.c ? x.c < y.c : x.d < y.d
    }

    /// Whether both are the same. The comparison takes the same time wherever they differ, so it is safe for codes
    /// that an attacker can try.
    @inline(never)
    public func isEqualInConstantTime(to other: Self) -> Bool {
        (a ^ other.a) | (b ^ other.b) | (c ^ other.c) | (d ^ other.d) == 0
    }
}

extension SHA256Digest: CustomStringConvertible {
    public var description: String { hex }
}
