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

    @Test(
        "what stands in quotes stays whole, so that a command can be copied",
        arguments: [
            ("on every CPU: 'echo 0 > /sys/kernel/x', or boot again", "'echo 0 > /sys/kernel/x',"),
            ("\u{1B}[2mremedy: run 'echo 0 > /sys/kernel/x'\u{1B}[0m", "'echo 0 > /sys/kernel/x'"),
            ("write the command (`tickrun check --watch 5m`) into it", "(`tickrun check --watch 5m`)"),
            ("the profile says \"one two three four five\" there", "\"one two three four five\""),
        ])
    func quotation(line: String, whole: String) {
        let rows = LineFolding.fold(line, width: 30)
        #expect(rows.count > 1 && rows.contains { $0.contains(whole) }, "\(rows)")
    }

    @Test("an apostrophe, and a quotation mark without its counterpart, hold nothing together")
    func loneMark() {
        #expect(LineFolding.fold("'tis the unit of two things here", width: 20).allSatisfy { $0.count <= 20 })
        #expect(LineFolding.fold("a lone ' mark of no use in this text", width: 20).allSatisfy { $0.count <= 20 })
    }

    @Test("a text is filled by paragraphs, its indented lines are folded, and its command lines stay whole")
    func paragraphs() {
        let text = """
            One two three four five
            six.

              --wait  how the loop waits
              tickrun 25 --duration 10s --quiet
            short
            lines
            """
        #expect(
            LineFolding.fill(text, width: 20, command: "tickrun") == [
                "One two three four", "five six.", "", "  --wait  how the", "          loop waits",
                "  tickrun 25 --duration 10s --quiet", "short", "lines",
            ])
        #expect(LineFolding.fill(text, width: 80, command: "tickrun").joined(separator: "\n") == text)
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
