public import TickTime

/// Numbers as people read them. Text only: JSON always carries whole nanoseconds.
public enum Quantity {
    /// A length with three significant digits and its unit: `832 ns`, `47.6 us`, `3.57 ms`, `2.00 s`.
    public static func length(_ length: Nanoseconds) -> String {
        let count = length.count.magnitude
        let sign = length.count < 0 ? "-" : ""
        for (unit, size) in [("s", UInt64(1_000_000_000)), ("ms", 1_000_000), ("us", 1_000)] where count >= size {
            return "\(sign)\(threeDigits(count, over: size)) \(unit)"
        }
        return "\(sign)\(count) ns"
    }

    /// `length`, or a dash where there is none.
    public static func length(_ length: Nanoseconds?) -> String { length.map { Self.length($0) } ?? "-" }

    /// Parts per billion as parts per million: `+0.013 ppm`.
    public static func partsPerMillion(_ partsPerBillion: Int64) -> String {
        let sign = partsPerBillion < 0 ? "-" : "+"
        let (whole, rest) = partsPerBillion.magnitude.quotientAndRemainder(dividingBy: 1_000)
        return "\(sign)\(whole).\(padded(rest, 3)) ppm"
    }

    /// `part` of `whole` in percent, two decimals: `1.07 %`.
    public static func percent(_ part: Nanoseconds, of whole: Nanoseconds) -> String {
        guard whole.count > 0 else { return "-" }
        let hundredths = UInt64(Int128(part.count) * 10_000 / Int128(whole.count))
        return "\(hundredths / 100).\(padded(hundredths % 100, 2)) %"
    }

    private static func threeDigits(_ count: UInt64, over size: UInt64) -> String {
        let whole = count / size
        // Rounded down: a figure is never shown smaller in one place and larger in another.
        switch whole {
        case ..<10: return "\(whole).\(padded(count % size * 100 / size, 2))"
        case ..<100: return "\(whole).\(count % size * 10 / size)"
        default: return "\(whole)"
        }
    }

    private static func padded(_ value: UInt64, _ digits: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
    }
}
