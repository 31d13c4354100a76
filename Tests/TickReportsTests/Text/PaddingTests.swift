import Testing
import TickReports

@Suite("Texts in columns")
struct PaddingTests {
    @Test("a text begins at the column's left edge, and a number ends at its right edge")
    func edges() {
        #expect("late".padded(to: 6) == "late  ")
        #expect("17".padded(to: 6, isNumber: true) == "    17")
    }

    @Test("a text that is as wide as the column, or wider, stays as it is")
    func wide() {
        #expect("late".padded(to: 4) == "late" && "late".padded(to: 0, isNumber: true) == "late")
        // Characters count, and not bytes.
        #expect("µs".padded(to: 3) == "µs ")
    }
}
