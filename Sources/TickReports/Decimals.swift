/// Numbers with a fixed number of decimals, in columns.
enum Decimals {
    /// The value's digits, exactly as C's `printf("%W.Df")` rounds them.
    static func text(_ value: Double, _ decimals: Int, width: Int = 0) -> String {
        var json = JSONText(capacity: 32)
        json.element(value, decimals: decimals)
        return padded(json.text, width)
    }

    static func padded(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.utf8.count)) + text
    }
}
