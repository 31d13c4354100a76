// SHA-256 (FIPS 180-4). The message, then a 1 bit, zeros, and its length in bits as 64 bits, is cut into blocks of 64
// bytes. Each block is mixed into eight words of state in 64 rounds.
//
// It is implemented here because the product has no dependency beyond the toolchain, and not every host has the
// kernel's SHA-256. Tests check it against the examples of the standard and another implementation.

/// A running SHA-256 (FIPS 180-4).
public struct SHA256: Sendable {
    private var state = State()
    /// The current block, not full yet.
    private var block = InlineArray<64, UInt8>(repeating: 0)
    private var filled = 0
    /// Bytes so far.
    private var length: UInt64 = 0

    public init() {}

    /// The digest of one message of less than 2⁶¹ bytes.
    public static func digest(of bytes: Span<UInt8>) -> SHA256Digest {
        var sha = SHA256()
        sha.update(bytes)
        return sha.digest()
    }

    /// The digest of a text in UTF-8.
    public static func digest(of text: String) -> SHA256Digest { digest(of: Array(text.utf8).span) }

    /// Takes further bytes of the message.
    public mutating func update(_ bytes: Span<UInt8>) {
        length &+= UInt64(bytes.count)
        var next = 0
        if filled > 0 {
            while filled < 64, next < bytes.count {
                block[filled] = bytes[next]
                filled += 1
                next += 1
            }
            guard filled == 64 else { return }
            state.mix(block.span, at: 0)
            filled = 0
        }
        while bytes.count - next >= 64 {
            state.mix(bytes, at: next)
            next += 64
        }
        while next < bytes.count {
            block[filled] = bytes[next]
            filled += 1
            next += 1
        }
    }

    /// The digest of the bytes so far. More bytes may follow.
    public func digest() -> SHA256Digest {
        var last = self
        last.pad()
        return SHA256Digest(
            UInt64(last.state.a) << 32 | UInt64(last.state.b), UInt64(last.state.c) << 32 | UInt64(last.state.d),
            UInt64(last.state.e) << 32 | UInt64(last.state.f), UInt64(last.state.g) << 32 | UInt64(last.state.h))
    }

    private mutating func pad() {
        block[filled] = 0x80
        filled += 1
        if filled > 56 {
            for index in filled..<64 { block[index] = 0 }
            state.mix(block.span, at: 0)
            filled = 0
        }
        for index in filled..<56 { block[index] = 0 }
        let bits = length &* 8
        for index in 0..<8 { block[56 + index] = UInt8(truncatingIfNeeded: bits >> UInt64(56 - 8 * index)) }
        state.mix(block.span, at: 0)
    }

    /// The eight words.
    private struct State: BitwiseCopyable {
        var a: UInt32 = 0x6a09_e667
        var b: UInt32 = 0xbb67_ae85
        var c: UInt32 = 0x3c6e_f372
        var d: UInt32 = 0xa54f_f53a
        var e: UInt32 = 0x510e_527f
        var f: UInt32 = 0x9b05_688c
        var g: UInt32 = 0x1f83_d9ab
        var h: UInt32 = 0x5be0_cd19

        mutating func mix(_ bytes: Span<UInt8>, at offset: Int) {
            var words = InlineArray<16, UInt32>(repeating: 0)
            for index in 0..<16 {
                let at = offset + 4 * index
                words[index] =
                    UInt32(bytes[at]) &<< 24 | UInt32(bytes[at + 1]) &<< 16 | UInt32(bytes[at + 2]) &<< 8
                    | UInt32(bytes[at + 3])
            }
            var s = self
            for round in 0..<16 { s.step(SHA256.constants[round] &+ words[round]) }
            var round = 16
            while round < 64 {
                // The schedule keeps sixteen words; each new word replaces the one sixteen before it.
                for index in 0..<16 {
                    let x = words[(index + 1) & 15], y = words[(index + 14) & 15]
                    let low = x.rotated(7) ^ x.rotated(18) ^ (x &>> 3)
                    let high = y.rotated(17) ^ y.rotated(19) ^ (y &>> 10)
                    words[index] = words[index] &+ low &+ words[(index + 9) & 15] &+ high
                    s.step(SHA256.constants[round + index] &+ words[index])
                }
                round += 16
            }
            a &+= s.a
            b &+= s.b
            c &+= s.c
            d &+= s.d
            e &+= s.e
            f &+= s.f
            g &+= s.g
            h &+= s.h
        }

        @inline(__always) private mutating func step(_ input: UInt32) {
            let first =
                h &+ (e.rotated(6) ^ e.rotated(11) ^ e.rotated(25)) &+ ((e & f) ^ (~e & g)) &+ input
            let second = (a.rotated(2) ^ a.rotated(13) ^ a.rotated(22)) &+ ((a & b) ^ (a & c) ^ (b & c))
            (h, g, f, e, d, c, b, a) = (g, f, e, d &+ first, c, b, a, first &+ second)
        }
    }

    /// The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
    private static let constants: InlineArray<64, UInt32> = [
        0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5,
        0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174,
        0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da,
        0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967,
        0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85,
        0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070,
        0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
        0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2,
    ]
}

extension UInt32 {
    @inline(__always) fileprivate func rotated(_ bits: UInt32) -> UInt32 { self &>> bits | self &<< (32 &- bits) }
}
