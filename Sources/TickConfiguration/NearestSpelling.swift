// The nearest name to a mistyped one, by the optimal string alignment distance: the least number
// of insertions, deletions, substitutions and swaps of neighbours that turn one into the other, no
// letter being edited twice (Damerau 1964; the recurrence is Wagner and Fischer's, 1974, with one
// more case). Upper and lower case count as the same. A candidate that needs more edits than a third
// of the longer word would be a guess, so it is not suggested.

package enum NearestSpelling {
    /// A longer word is not a misspelling, and the time of the comparison is quadratic.
    private static let longestWord = 64

    /// ` (did you mean '--json'?)` for `--josn`, and nothing where no candidate is near.
    package static func suggestion(for word: String, among candidates: [String]) -> String {
        nearest(to: word, among: candidates).map { " (did you mean '\($0)'?)" } ?? ""
    }

    /// The nearest candidate, of equally near ones the first; `nil` if none is near.
    package static func nearest(to word: String, among candidates: [String]) -> String? {
        guard word.utf8.count <= longestWord else { return nil }
        let measured = candidates.map { (name: $0, distance: distance(word, $0)) }
        let near = measured.filter { $0.distance <= max(1, max(word.count, $0.name.count) / 3) }
        return near.min { $0.distance < $1.distance }?.name
    }

    static func distance(_ a: String, _ b: String) -> Int {
        let (a, b) = (Array(a.lowercased()), Array(b.lowercased()))
        guard !a.isEmpty, !b.isEmpty else { return max(a.count, b.count) }
        // Three rows of the table suffice: a swap looks two rows back.
        var beforePrevious = [Int](repeating: 0, count: b.count + 1)
        var previous = Array(0...b.count)
        for i in 1...a.count {
            var current = [Int](repeating: i, count: b.count + 1)
            for j in 1...b.count {
                let substitution = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)
                current[j] = min(substitution, previous[j] + 1, current[j - 1] + 1)
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
                    current[j] = min(current[j], beforePrevious[j - 2] + 1)
                }
            }
            (beforePrevious, previous) = (previous, current)
        }
        return previous[b.count]
    }
}
