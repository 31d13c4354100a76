import TestSupport
import Testing
import TickReports
import TickTime

@Suite("Text that is made to fit")
struct FittedTextTests {
    @Test(
        "a number is shown whole with its sign and unit, or not at all",
        arguments: [
            ("last -20.0 ms", 13, "last -20.0 ms"), ("last -20.0 ms", 12, "last…"), ("last -20.0 ms", 7, "last…"),
            ("-20.0 ms", 7, "…"), ("12345", 4, "…"), ("12345", 0, ""), ("12345", -3, ""),
            ("for 3600 s  late 17", 18, "for 3600 s  late…"), ("for 3600 s  late 17", 10, "for…"),
            ("at 01:00:00;12 it", 12, "at…"), ("on 2026-11-17 12:00:00.123 UTC", 14, "on 2026-11-17…"),
            ("monitor-12 in the studio", 11, "monitor-12…"), ("monitor-12 in the studio", 10, "monitor-…"),
            ("a session with a long name 0", 12, "a session w…"), ("s00017-programme", 12, "s00017-prog…"),
            ("rate 60000/1001 fps", 16, "rate…"), ("off by +0.013 ppm", 16, "off by…"), ("load 93 %!", 8, "load…"),
        ])
    func examples(text: String, width: Int, expected: String) {
        #expect(FittedText.fitted(text, to: width) == expected)
    }

    @Test("whatever a line says, what is kept is its beginning, it fits, and no number in it is cut")
    func property() {
        var random = SeededGenerator(seed: 4)
        let words = ["late", "by", "cause:", "neighbour,", "divergence", "of", "(within", "studio", "UTC"]
        for round in 0..<20_000 {
            var text = ""
            // Where the numbers lie, counted in characters.
            var numbers: [Range<Int>] = []
            for _ in 0..<Int.random(in: 1...12, using: &random) {
                if !text.isEmpty { text += " " }
                guard Bool.random(using: &random) else {
                    text += words.randomElement(using: &random) ?? ""
                    continue
                }
                let size = Int64(1) << Int64.random(in: 0...62, using: &random)
                let value = Int64.random(in: -size...size, using: &random)
                let number =
                    switch Int.random(in: 0..<4, using: &random) {
                    case 0: "\(value)"
                    case 1: Quantity.partsPerMillion(value)
                    case 2: "10:59:59;\(10 + value.magnitude % 20)"
                    default: Quantity.length(Nanoseconds(value))
                    }
                numbers.append(text.count..<text.count + number.count)
                text += number
            }
            let width = Int.random(in: 0...(text.count + 2), using: &random)
            let fitted = FittedText.fitted(text, to: width)
            #expect(fitted.count <= width, "round \(round)")
            if fitted == text || width == 0 { continue }
            #expect(fitted.hasSuffix("…") && text.hasPrefix(fitted.dropLast()), "round \(round): \(fitted)")
            let kept = fitted.count - 1
            #expect(
                !numbers.contains { $0.lowerBound < kept && kept < $0.upperBound }, "round \(round): \(fitted)")
        }
    }
}
