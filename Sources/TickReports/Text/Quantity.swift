public import TickTime

/// Numbers as people read them. For text only: JSON always has whole nanoseconds.
public enum Quantity {
    /// A length with three significant digits and its unit: `832 ns`, `47.6 µs`, `3.57 ms`, `2.00 s`;
    /// whole seconds from 100 s up. To nearest, halves away from zero: the order of two lengths is
    /// never reversed by it.
    public static func length(_ length: Nanoseconds) -> String {
        let count = length.count.magnitude
        let sign = length.count < 0 ? "-" : ""
        guard count >= 1_000 else { return "\(sign)\(count) ns" }
        // 999.6 µs becomes 1.00 ms: a unit is used only if the rounded number is below 1000.
        if count < 999_500 { return "\(sign)\(threeDigits(count, over: 1_000)) µs" }
        if count < 999_500_000 { return "\(sign)\(threeDigits(count, over: 1_000_000)) ms" }
        return "\(sign)\(threeDigits(count, over: 1_000_000_000)) s"
    }

    /// `length` for a page, with an en dash for `nil`.
    static func pageLength(_ length: Nanoseconds?) -> String { length.map { Self.length($0) } ?? "–" }

    /// `length`, or a dash for `nil`.
    public static func length(_ length: Nanoseconds?) -> String { length.map { Self.length($0) } ?? "-" }

    /// A count and its noun: `1 tick`, `2 ticks`.
    package static func counted(_ count: Int64, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

    /// Parts per billion as parts per million: `+0.013 ppm`.
    public static func partsPerMillion(_ partsPerBillion: Int64) -> String {
        let sign = partsPerBillion < 0 ? "-" : "+"
        let (whole, rest) = partsPerBillion.magnitude.quotientAndRemainder(dividingBy: 1_000)
        return "\(sign)\(whole).\(padded(Int64(rest), 3)) ppm"
    }

    /// `part` of `whole` in percent, two decimals: `1.07 %`.
    public static func percent(_ part: Nanoseconds, of whole: Nanoseconds) -> String {
        guard whole.count > 0 else { return "-" }
        let hundredths = UInt64(Int128(part.count) * 10_000 / Int128(whole.count))
        return "\(hundredths / 100).\(padded(Int64(hundredths % 100), 2)) %"
    }

    private static func threeDigits(_ count: UInt64, over size: UInt64) -> String {
        let hundredths = rounded(count, to: size / 100)
        if hundredths < 1_000 { return "\(hundredths / 100).\(padded(Int64(hundredths % 100), 2))" }
        let tenths = rounded(count, to: size / 10)
        if tenths < 1_000 { return "\(tenths / 10).\(tenths % 10)" }
        return "\(rounded(count, to: size))"
    }

    /// How many of `step` the count is, to nearest, halves up.
    private static func rounded(_ count: UInt64, to step: UInt64) -> UInt64 {
        let (whole, rest) = count.quotientAndRemainder(dividingBy: step)
        return whole + (rest >= step - rest ? 1 : 0)
    }
}
