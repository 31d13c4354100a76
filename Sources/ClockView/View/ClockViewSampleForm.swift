// Reads a sample in its only encoding by comparing words: a fold of many events spends most of its time here.
//
//     a3  66 "source"  63 "Ntp"  68 "value_ns"  1b <8 bytes>  6e "uncertainty_ns"  1a <4 bytes>

extension ClockView.Sample {
    /// The sample; `nil` for bytes of any other form.
    static func wellFormed(_ bytes: Span<UInt8>) -> ClockView.Sample? {
        // The shortest has a source of three letters and two numbers below 24.
        guard bytes.count >= 38, bytes[0] == 0xa3, bytes.word(at: 1, of: 7) == 0x66_73_6f_75_72_63_65 else {
            return nil
        }
        var at = 8
        guard let source = source(bytes, &at) else { return nil }
        guard bytes.count - at >= 26, bytes[at] == 0x68, bytes.word(at: at + 1, of: 8) == 0x76_61_6c_75_65_5f_6e_73
        else {
            return nil
        }
        at += 9
        guard let value = number(bytes, &at) else { return nil }
        guard bytes.count - at >= 16, bytes[at] == 0x6e, bytes.word(at: at + 1, of: 8) == 0x75_6e_63_65_72_74_61_69,
            bytes.word(at: at + 9, of: 6) == 0x6e_74_79_5f_6e_73
        else { return nil }
        at += 15
        guard let uncertainty = number(bytes, &at), at == bytes.count else { return nil }
        return ClockView.Sample(source, value, uncertainty: uncertainty)
    }

    private static func source(_ bytes: Span<UInt8>, _ at: inout Int) -> ClockView.Source? {
        switch bytes[at] {
        case 0x63:
            let text = bytes.word(at: at + 1, of: 3)
            at += 4
            return text == 0x4e_74_70 ? .ntp : text == 0x52_74_63 ? .rtc : nil
        case 0x69:
            let (text, last) = (bytes.word(at: at + 1, of: 8), bytes[at + 9])
            at += 10
            if text == 0x4d_6f_6e_6f_74_6f_6e_69, last == 0x63 { return .monotonic }
            return text == 0x50_65_65_72_43_6c_61_69 && last == 0x6d ? .peerClaim : nil
        default: return nil
        }
    }

    /// An unsigned integer in its shortest form.
    private static func number(_ bytes: Span<UInt8>, _ at: inout Int) -> UInt64? {
        guard at < bytes.count else { return nil }
        let head = bytes[at]
        at += 1
        if head < 24 { return UInt64(head) }
        guard head <= 27 else { return nil }
        let count = 1 << Int(head - 24)
        guard bytes.count - at >= count else { return nil }
        let value = bytes.word(at: at, of: count)
        at += count
        let least: UInt64 = head == 24 ? 24 : 1 << UInt64(4 * count)
        return value >= least ? value : nil
    }
}

extension Span<UInt8> {
    /// An integer of at most 8 bytes, the most significant first.
    @inline(__always) fileprivate func word(at start: Int, of count: Int) -> UInt64 {
        var word: UInt64 = 0
        for index in start..<start + count { word = word << 8 | UInt64(self[index]) }
        return word
    }
}
