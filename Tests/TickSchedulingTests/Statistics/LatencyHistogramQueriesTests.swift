import TestSupport
import Testing
import TickScheduling
import TickTime

@Suite("What a latency histogram answers")
struct LatencyHistogramQueriesTests {
    @Test(
        "percentiles of 1 ... 10 are the nearest ranks",
        arguments: [
            (-5, 1), (0, 1), (0.5, 1), (10, 1), (10.1, 2), (50, 5), (50.1, 6), (90, 9), (99, 10), (100, 10), (250, 10),
        ] as [(Double, Int64)])
    func nearestRank(percentile: Double, expected: Int64) {
        var histogram = LatencyHistogram()
        for value in (Int64(1)...10).reversed() { histogram.record(Nanoseconds(value)) }
        let value = histogram.value(atPercentile: percentile)
        #expect(value?.count == expected)
    }

    @Test("99.9 % of 1000 values is the 999th, though 99.9 has no binary spelling")
    func decimalPercentile() {
        var histogram = LatencyHistogram()
        for value in Int64(1)...1_000 { histogram.record(Nanoseconds(value)) }
        let values = [99.9, 99.8, 57.9, 0.1].map { histogram.value(atPercentile: $0)?.count }
        #expect(values == [999, 998, 579, 1])
    }

    @Test("a percentile is the highest value of its bucket, and never above the maximum")
    func highestEquivalent() {
        var histogram = LatencyHistogram()
        histogram.record(Nanoseconds(1_000_000))
        histogram.record(Nanoseconds(2_000_000))
        let values = [0, 50, 75, 100].map { histogram.value(atPercentile: $0)?.count }
        #expect(values == [1_000_000, 1_000_447, 2_000_000, 2_000_000])
    }

    /// The answers are those of another implementation of the layout (`hdrhistogram` 0.10.8 for
    /// Python, 1 ... 2⁴⁷ − 1, three digits) for the same values.
    @Test("10 000 values over 14 orders of magnitude give HdrHistogram's own answers")
    func hdrHistogram() {
        var histogram = LatencyHistogram()
        var state: UInt64 = 12_345
        for _ in 0..<10_000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let shift = 17 + (state >> 58) % 46
            histogram.record(Nanoseconds(Int64((state >> shift) & 0x7FFF_FFFF_FFFF)))
        }
        let answers: [(Double, Int64)] = [
            (1, 2), (5, 21), (10, 157), (25, 62_847), (50, 1_072_693_247), (75, 227_901_702_143),
            (90, 2_019_708_370_943), (95, 13_683_765_805_055), (99, 101_773_545_046_015),
            (99.5, 102_735_617_720_319), (99.9, 103_216_654_057_471),
        ]
        for (percentile, expected) in answers {
            let value = histogram.value(atPercentile: percentile)
            #expect(value?.count == expected, "percentile \(percentile)")
        }
        let mean = histogram.mean
        #expect(mean == 3_286_718_701_760.83)
        let extremes = [histogram.minimum?.count, histogram.maximum?.count]
        #expect(extremes == [2, 103_340_933_034_120])
    }

    enum Shape: CaseIterable {
        case uniform, anySize, wakeLatency, nearlyConstant, twoPeaks

        func draw(_ random: inout SeededGenerator) -> Int64 {
            switch self {
            case .uniform: Int64.random(in: 0...50_000_000, using: &random)
            case .anySize: Int64(random.next() >> UInt64.random(in: 17...63, using: &random))
            case .wakeLatency:
                50_000 + (0..<6).reduce(0) { sum, _ in sum + Int64.random(in: 0...20_000, using: &random) }
                    + (Int.random(in: 0..<100, using: &random) == 0 ? 3_000_000 : 0)
            case .nearlyConstant: 16_683_350 + Int64.random(in: 0...40, using: &random)
            case .twoPeaks:
                Bool.random(using: &random)
                    ? Int64.random(in: 10...90, using: &random) : Int64.random(in: 900_000...990_000, using: &random)
            }
        }
    }

    @Test("no percentile is below the sorted value at its rank, or more than 0.1 % above", arguments: Shape.allCases)
    func relativeError(shape: Shape) {
        var random = SeededGenerator()
        print("relative error, \(shape): seed \(random.seed)")
        var histogram = LatencyHistogram()
        var values: [Int64] = []
        for _ in 0..<5_000 {
            let value = shape.draw(&random)
            values.append(value)
            histogram.record(Nanoseconds(value))
        }
        values.sort()
        for perMille in 1...1_000 {
            let exact = values[(perMille * values.count + 999) / 1_000 - 1]
            let value = histogram.value(atPercentile: Double(perMille) / 10)?.count ?? -1
            let isWithin = exact <= value && (value - exact) * 1_000 <= exact
            #expect(isWithin, "\(perMille) ‰: \(value) for \(exact), \(shape), seed \(random.seed)")
        }
        let facts = LatencyHistogramTests.Facts(histogram)
        #expect(facts.count == 5_000 && facts.minimum == values.first && facts.maximum == values.last)
        #expect(facts.mean == Double(values.reduce(0, +)) / 5_000)
        #expect(facts.buckets.reduce(0) { $0 + $1.count } == 5_000)
    }

    @Test("values above a threshold are counted from the bucket after the threshold's own")
    func countAbove() {
        var histogram = LatencyHistogram()
        for value: Int64 in [10, 20, 20, 4_096, 4_098, 4_100, 1 << 50] { histogram.record(Nanoseconds(value)) }
        let thresholds: [Int64] = [-1, 9, 10, 19, 20, 4_095, 4_096, 4_099, 4_100, 1 << 48, 1 << 50, .max]
        let counts = thresholds.map { histogram.count(above: Nanoseconds($0)) }
        #expect(counts == [7, 7, 6, 6, 4, 4, 2, 2, 1, 1, 0, 0])
    }

    @Test("a percentile that is not a number is refused")
    func notANumber() async {
        await #expect(processExitsWith: .failure) {
            _ = LatencyHistogram().value(atPercentile: .nan)
        }
    }
}
