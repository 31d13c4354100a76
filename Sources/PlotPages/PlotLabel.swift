/// Labels for the marks of an axis.
public enum PlotLabel {
    /// Nanoseconds in the greatest unit that leaves one or more, to a tenth.
    public static func duration(_ nanoseconds: Double) -> String {
        if nanoseconds == 0 { return "0" }
        let units: [(size: Double, name: String)] = [(1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1, "ns")]
        // A computed power of ten may be slightly too small.
        let unit = units.first { abs(nanoseconds) >= $0.size * 0.999_999 } ?? (1, "ns")
        let tenths = SVG.number(nanoseconds / unit.size)
        return "\(tenths.hasSuffix(".0") ? String(tenths.dropLast(2)) : tenths) \(unit.name)"
    }
}
