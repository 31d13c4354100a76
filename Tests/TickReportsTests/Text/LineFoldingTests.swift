import TestSupport
import TickReports
import Testing

@Suite("Lines folded at the width of a terminal")
struct LineFoldingTests {
    @Test("a line that fits, and a terminal too narrow for any table, leave the line as it is")
    func fits() {
        #expect(LineFolding.fold("warn  clock  no bound", width: 21) == ["warn  clock  no bound"])
        let long = String(repeating: "word ", count: 20)
        #expect(LineFolding.fold(long, width: 19) == [long])
    }

    @Test("the rest stands under the last column")
    func hanging() {
        #expect(
            LineFolding.fold("warn     clock  no bound: no time daemon updates it; use chrony", width: 40) == [
                "warn     clock  no bound: no time daemon",
                "                updates it; use chrony",
            ])
    }

    @Test("a sentence is indented by two spaces, and an indented one by two more")
    func sentence() {
        #expect(LineFolding.fold("one two three four five six", width: 20) == ["one two three four", "  five six"])
        #expect(LineFolding.fold("  one two three four five", width: 20) == ["  one two three four", "    five"])
    }

    @Test("a word longer than the room stays whole")
    func longWord() {
        let path = "/a/very/long/path/that/nobody/should/cut.json"
        #expect(LineFolding.fold("see \(path) and more", width: 30) == ["see", "  \(path)", "  and more"])
    }

    @Test("colour takes no room")
    func colour() {
        let text = "\u{1B}[32mPASS\u{1B}[0m  every tick on time"
        #expect(LineFolding.fold(text, width: 24) == [text])
    }

    @Test(
        "every row fits unless a break would not help its last word, and no word is lost",
        arguments: 1...200 as ClosedRange<UInt64>)
    func random(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let words = (0..<Int.random(in: 1...40, using: &random)).map { _ in
            String(repeating: "x", count: Int.random(in: 1...30, using: &random))
        }
        var line = ""
        for word in words {
            let gap = String(repeating: " ", count: Int.random(in: 1...3, using: &random))
            line += line.isEmpty ? word : gap + word
        }
        let width = Int.random(in: 20...100, using: &random)
        let rows = LineFolding.fold(line, width: width)
        #expect(rows.flatMap { $0.split(separator: " ").map(String.init) } == words, "seed \(seed)")
        for row in rows {
            let last = row.split(separator: " ").last?.count ?? 0
            #expect(row.count <= width || last > width / 2, "seed \(seed): \(row)")
        }
    }
}
