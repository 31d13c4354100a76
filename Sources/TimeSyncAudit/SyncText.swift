internal import TickTime

/// Lengths as results and sentences show them.
enum SyncText {
    /// Names in a sentence: the first ten, and how many more there are.
    static func names(_ names: [String]) -> String {
        let shown = names.prefix(10).joined(separator: ", ")
        return names.count > 10 ? "\(shown) and \(names.count - 10) more" : shown
    }

    /// Milliseconds with as many decimals as needed, at most six: `3.2 ms`, `16000 ms`.
    static func milliseconds(_ length: Nanoseconds) -> String { "\(decimal(length.count, over: 1_000_000)) ms" }

    /// A measured length: milliseconds below a second, else seconds with at most three decimals.
    ///
    /// - Parameter isLeast: whether it is a lower limit, which is rounded down, and not an upper one, which is rounded
    ///   up.
    static func length(_ length: Nanoseconds, isLeast: Bool = false) -> String {
        let count = length.count.magnitude
        guard count >= 1_000_000_000 else { return milliseconds(length) }
        let thousandths = Int64((isLeast ? count : count + 999_999) / 1_000_000)
        return "\(decimal(length.count < 0 ? -thousandths : thousandths, over: 1_000)) s"
    }

    /// How old something is: `12 days`, `3 hours`, `20 minutes`.
    static func age(_ age: Nanoseconds) -> String {
        let minutes = age.count / 60_000_000_000
        if minutes >= 2 * 1_440 { return "\(minutes / 1_440) days" }
        return minutes >= 120 ? "\(minutes / 60) hours" : "\(minutes) minutes"
    }

    /// The same in seconds: `3.2 s`.
    static func seconds(_ length: Nanoseconds) -> String { "\(decimal(length.count, over: 1_000_000_000)) s" }

    private static func decimal(_ count: Int64, over unit: UInt64) -> String {
        let (whole, rest) = count.magnitude.quotientAndRemainder(dividingBy: unit)
        var digits = String(String(unit + rest).dropFirst())
        while digits.last == "0" { digits.removeLast() }
        return "\(count < 0 ? "-" : "")\(whole)\(digits.isEmpty ? "" : ".\(digits)")"
    }
}
