import TestSupport
import Testing

@testable import TickScheduling

@Suite("The last lengths of a spin margin")
struct SpinMarginWindowTests {
    /// Fills a window, and gives the same values in an array that sorts.
    private func fill(_ window: inout SpinMarginWindow, _ appends: Int, _ random: inout SeededGenerator) -> [Int64] {
        var values: [Int64] = []
        let top = Int64(1) << Int64.random(in: 1...30, using: &random)
        for _ in 0..<appends {
            let value = Int64.random(in: 0...top, using: &random)
            window.append(value)
            values.append(value)
        }
        return values
    }

    @Test(
        "percentile, median and sum are those of the sorted newest values",
        arguments: [1, 16, 99, 100, 256, 700, 1_500])
    func orderStatistics(appends: Int) {
        var random = SeededGenerator()
        print("window statistics: seed \(random.seed)")
        for _ in 0..<20 {
            var window = SpinMarginWindow()
            let values = fill(&window, appends, &random)
            #expect(window.count == min(appends, 512))
            let recent = Int.random(in: 1...window.count, using: &random)
            let sorted = values.suffix(recent).sorted()
            #expect(window.percentile99(ofLast: recent) == sorted[(99 * recent + 99) / 100 - 1], "seed \(random.seed)")
            #expect(window.sum(ofLast: recent) == sorted.reduce(0, +), "seed \(random.seed)")
            // The lower of the two middle values exceeds a length only if more than half do.
            let lowerMedian = sorted[(recent - 1) / 2]
            let candidates = [lowerMedian - 1, lowerMedian, lowerMedian + 1]
            for length in candidates {
                #expect(
                    window.medianExceeds(length, ofLast: recent) == (lowerMedian > length), "seed \(random.seed)")
            }
        }
    }

    @Test("the affordable margin is the greatest within its allowance")
    func affordable() {
        var random = SeededGenerator()
        print("affordable margin: seed \(random.seed)")
        for _ in 0..<200 {
            var window = SpinMarginWindow()
            let values = fill(&window, Int.random(in: 1...512, using: &random), &random)
            let cost = { (margin: Int64) in values.reduce(0) { $0 + max(0, margin - $1) } }
            let wanted = (values.max() ?? 0) + Int64.random(in: 0...1_000, using: &random)
            let allowance = Int64.random(in: 0...max(1, cost(wanted)), using: &random)
            let margin = window.affordableMargin(wanted, allowance: allowance, ofLast: window.count)
            #expect(margin <= wanted && cost(margin) <= allowance, "seed \(random.seed)")
            #expect(margin == wanted || cost(margin + 1) > allowance, "seed \(random.seed)")
        }
    }

    @Test("negative lengths count as 0 and absurd ones as an hour")
    func clamped() {
        var window = SpinMarginWindow()
        window.append(.min)
        #expect(window.percentile99(ofLast: 1) == 0)
        for _ in 0..<512 { window.append(.max) }
        #expect(window.sum(ofLast: 512) == 512 * 3_600_000_000_000)
    }
}
