// How messages quote the text of a file or a command line. Input is shown unchanged, but cut to a
// length that fits a terminal, and with control characters escaped: a file must not be able to move
// the cursor of a terminal that shows the error.

/// `text`, escaped, and cut to 40 characters.
func excerpt(_ text: String) -> String {
    let limit = 40
    var result = ""
    for (index, scalar) in text.unicodeScalars.enumerated() {
        guard index < limit else { return result + "..." }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator:
            result += "\\u{\(String(scalar.value, radix: 16))}"
        default:
            result.unicodeScalars.append(scalar)
        }
    }
    return result
}

/// The excerpt of `text` in quotation marks.
func quoted(_ text: String) -> String { "\"\(excerpt(text))\"" }

/// `a`, `a or b`, `a, b or c`.
func alternatives(_ words: [String]) -> String {
    guard let last = words.last, words.count > 1 else { return words.first ?? "" }
    return words.dropLast().joined(separator: ", ") + " or " + last
}
