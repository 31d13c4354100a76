import Testing

@testable import bench

@Suite struct NumbersTests {
    @Test("percentiles are the values at the nearest rank, each of them measured")
    func nearestRank() {
        // 1 ... 600 in no order (7 has no factor in common with 600, so each comes once): the value at
        // rank r is r.
        let samples = (0..<600).map { Int64($0 * 7 % 600 + 1) }
        let percentiles = Percentiles(samples)
        #expect(percentiles.p50 == 300)
        #expect(percentiles.p99 == 594)
        #expect(percentiles.p999 == 600)
        #expect(percentiles.max == 600)
    }

    @Test("of one sample, every percentile is that sample")
    func oneSample() {
        let percentiles = Percentiles([42])
        #expect([percentiles.p50, percentiles.p99, percentiles.p999, percentiles.max] == [42, 42, 42, 42])
    }

    @Test("the median is the middle, or the mean of both middles")
    func medians() {
        #expect(median([9, 1, 5]) == 5)
        #expect(median([4, 1, 3, 2]) == 2.5)
    }

    @Test(
        "decimals are rounded, and small ones keep their zeros",
        arguments: [(0.0, 2, "0.00"), (1.005, 1, "1.0"), (0.0625, 3, "0.063"), (2.999, 2, "3.00"), (-1.25, 1, "-1.3")])
    func decimals(value: Double, places: Int, text: String) {
        #expect(fixed(value, places) == text)
    }

    @Test(
        "a small ratio is spoken of as a fraction of one",
        arguments: [(1.0 / 420, "1/420"), (0.2, "1/5.0"), (0.5, "0.50"), (1.728, "1.73")])
    func ratios(ratio: Double, text: String) {
        #expect(ratioText(ratio) == text)
    }
}
