import Testing

@testable import TickConfiguration

@Suite("The wording of errors")
struct WordingTests {
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
