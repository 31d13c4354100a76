import Testing

@testable import TickConfiguration

@Suite("The nearest spelling")
struct NearestSpellingTests {
    @Test(
        "the edit distance counts insertions, deletions, replacements and swaps of neighbours",
        arguments: [
            ("", "", 0), ("", "abc", 3), ("abc", "", 3), ("kitten", "sitting", 3), ("saturday", "sunday", 3),
            ("rate", "rate", 0), ("Rate", "rate", 0), ("ticks", "tick", 1), ("aling", "align", 1), ("ca", "abc", 3),
        ])
    func distance(a: String, b: String, expected: Int) {
        #expect(NearestSpelling.distance(a, b) == expected)
        #expect(NearestSpelling.distance(b, a) == expected)
    }

    @Test("a misspelled word is answered with the nearest candidate, a strange one with none")
    func nearestWord() {
        let candidates = ["rate", "ticks", "timecode", "paced_spacing_ns"]
        #expect(NearestSpelling.nearest(to: "tciks", among: candidates) == "ticks")
        #expect(NearestSpelling.nearest(to: "time_code", among: candidates) == "timecode")
        #expect(NearestSpelling.nearest(to: "pacing_ns", among: candidates) == nil)
        #expect(NearestSpelling.nearest(to: "", among: candidates) == nil)
        #expect(NearestSpelling.nearest(to: "rate", among: []) == nil)
        #expect(NearestSpelling.nearest(to: String(repeating: "rate", count: 100_000), among: candidates) == nil)
    }

    @Test("profiles and command lines are answered alike: a guess is not made")
    func guesses() {
        #expect(NearestSpelling.suggestion(for: "--josn", among: ["--json"]) == " (did you mean '--json'?)")
        #expect(NearestSpelling.suggestion(for: "fine", among: ["fence", "time"]).isEmpty)
        #expect(NearestSpelling.suggestion(for: "x", among: ["on", "off"]).isEmpty)
    }
}
