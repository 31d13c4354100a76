/// Numbers with a fixed number of decimals, in columns.
enum Decimals {
    /// The value's digits, exactly as C's `printf("%W.Df")` rounds them.
    static func text(_ value: Double, _ decimals: Int, width: Int = 0) -> String {
        var json = JSONText(capacity: 32)
        json.element(value, decimals: decimals)
        return json.text.padded(to: width, isNumber: true)
    }

    /// The same without zeros at the end.
    static func trimmed(_ value: Double, _ decimals: Int) -> String {
        var text = text(value, decimals)
        if text.contains(".") {
            while text.last == "0" { text.removeLast() }
            if text.last == "." { text.removeLast() }
        }
        return text
    }
}
