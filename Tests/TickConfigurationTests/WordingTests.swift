import Testing

@testable import TickConfiguration

@Suite("The wording of errors")
struct WordingTests {
    @Test(
        "the edit distance counts insertions, deletions and replacements",
        arguments: [
            ("", "", 0), ("", "abc", 3), ("abc", "", 3), ("kitten", "sitting", 3), ("saturday", "sunday", 3),
            ("rate", "rate", 0), ("Rate", "rate", 0), ("ticks", "tick", 1), ("aling", "align", 2),
        ])
    func distance(a: String, b: String, expected: Int) {
        #expect(editDistance(a, b) == expected)
        #expect(editDistance(b, a) == expected)
    }

    @Test("a misspelled word gets the nearest candidate, a very different one none")
    func nearestWord() {
        let candidates = ["rate", "ticks", "timecode", "paced_spacing_ns"]
        #expect(nearest(to: "tciks", among: candidates) == "ticks")
        #expect(nearest(to: "time_code", among: candidates) == "timecode")
        #expect(nearest(to: "pacing_ns", among: candidates) == nil)
        #expect(nearest(to: "", among: candidates) == nil)
        #expect(nearest(to: "rate", among: []) == nil)
        #expect(nearest(to: String(repeating: "rate", count: 100_000), among: candidates) == nil)
    }

    @Test("an excerpt is cut to forty characters and carries no control character")
    func excerpts() {
        #expect(excerpt("plain") == "plain")
        #expect(excerpt("\u{1B}[31m\n") == "\\u{1b}[31m\\u{a}")
        // A right-to-left override would turn the rest of the line round.
        #expect(excerpt("\u{202E}") == "\\u{202e}")
        #expect(excerpt(String(repeating: "x", count: 40)) == String(repeating: "x", count: 40))
        #expect(excerpt(String(repeating: "x", count: 41)) == String(repeating: "x", count: 40) + "...")
    }

    @Test("alternatives are joined as a sentence would")
    func joined() {
        #expect(alternatives([]) == "")
        #expect(alternatives(["a"]) == "a")
        #expect(alternatives(["a", "b"]) == "a or b")
        #expect(alternatives(["a", "b", "c"]) == "a, b or c")
    }
}
