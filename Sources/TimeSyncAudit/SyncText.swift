internal import TickTime

/// Lengths as results and sentences show them.
enum SyncText {
    /// Names in a sentence: the first ten, and how many more there are.
    static func names(_ names: [String]) -> String {
        let shown = names.prefix(10).joined(separator: ", ")
        return names.count > 10 ? "\(shown) and \(names.count - 10) more" : shown
    }

    /// Milliseconds with what decimals they need, at most six: `3.2 ms`, `16000 ms`.
    static func milliseconds(_ length: Nanoseconds) -> String { "\(decimal(length.count, over: 1_000_000)) ms" }

    /// The same in seconds: `3.2 s`.
    static func seconds(_ length: Nanoseconds) -> String { "\(decimal(length.count, over: 1_000_000_000)) s" }

    private static func decimal(_ count: Int64, over unit: UInt64) -> String {
        let (whole, rest) = count.magnitude.quotientAndRemainder(dividingBy: unit)
        var digits = String(String(unit + rest).dropFirst())
        while digits.last == "0" { digits.removeLast() }
        return "\(count < 0 ? "-" : "")\(whole)\(digits.isEmpty ? "" : ".\(digits)")"
    }
}
