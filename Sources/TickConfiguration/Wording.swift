// How messages quote what a file or a command line said. Input is shown as it stands, but cut
// to a length that a terminal can bear and with control characters escaped: a file must not be
// able to move the cursor of a terminal that shows the error.

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

/// The candidate that a misspelled `word` most likely meant: the one with the least edit distance
/// (Levenshtein 1966: insertions, deletions, replacements), the first of equals, if at most a third
/// of the longer of the two (and at least two edits) separates them.
func nearest(to word: String, among candidates: [String]) -> String? {
    // A key of a megabyte is not a misspelling, and the time of the comparison is quadratic.
    guard word.utf8.count <= 64 else { return nil }
    let ranked = candidates.map { (candidate: $0, distance: editDistance(word, $0)) }
    guard let best = ranked.min(by: { $0.distance < $1.distance }) else { return nil }
    let bound = max(2, max(word.utf8.count, best.candidate.utf8.count) / 3)
    return best.distance <= bound ? best.candidate : nil
}

/// The least number of one-byte insertions, deletions and replacements from `a` to `b`, upper and
/// lower case taken as one.
func editDistance(_ a: String, _ b: String) -> Int {
    let (a, b) = (Array(a.lowercased().utf8), Array(b.lowercased().utf8))
    // One row of the table of prefixes: row[j] is the distance from a[..<i] to b[..<j].
    var row = Array(0...b.count)
    for i in a.indices {
        var diagonal = row[0]
        row[0] = i + 1
        for j in b.indices {
            let replaced = diagonal + (a[i] == b[j] ? 0 : 1)
            diagonal = row[j + 1]
            row[j + 1] = min(replaced, row[j] + 1, row[j + 1] + 1)
        }
    }
    return row[b.count]
}
