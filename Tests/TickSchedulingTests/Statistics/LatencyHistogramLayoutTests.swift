import TestSupport
import Testing
import TickScheduling
import TickTime

@Suite("The buckets of a latency histogram")
struct LatencyHistogramLayoutTests {
    private typealias Bucket = (lowest: Int64, highest: Int64)

    /// The bucket that a value alone falls into.
    private func bucket(of value: Int64, in histogram: inout LatencyHistogram) -> Bucket? {
        histogram.reset()
        histogram.record(Nanoseconds(value))
        var found: Bucket?
        histogram.forEachBucket { lowest, highest, _ in found = (lowest.count, highest.count) }
        return found
    }

    @Test("every value up to 2047 ns has a bucket of its own")
    func unitBuckets() {
        var histogram = LatencyHistogram()
        for value in Int64(0)...2_047 { histogram.record(Nanoseconds(value)) }
        var buckets: [Bucket] = []
        histogram.forEachBucket { lowest, highest, _ in buckets.append((lowest.count, highest.count)) }
        #expect(buckets.map(\.lowest) == Array(0...2_047))
        #expect(buckets.map(\.highest) == Array(0...2_047))
    }

    @Test(
        "at the powers of two the width doubles",
        arguments: [
            (2_048, 2_048, 2_049), (2_049, 2_048, 2_049), (4_095, 4_094, 4_095), (4_096, 4_096, 4_099),
            (8_191, 8_188, 8_191), (8_192, 8_192, 8_199), (1_000_000, 999_936, 1_000_447),
            (1 << 46, 1 << 46, (1 << 46) + (1 << 36) - 1),
            ((1 << 47) - 1, (1 << 47) - (1 << 36), (1 << 47) - 1),
        ] as [(Int64, Int64, Int64)])
    func edges(value: Int64, lowest: Int64, highest: Int64) {
        var histogram = LatencyHistogram()
        let found = bucket(of: value, in: &histogram)
        #expect(found?.lowest == lowest && found?.highest == highest)
    }

    @Test("a value lies in its bucket, no bucket is wider than 1/1024 of its lowest value, and neighbours touch")
    func bounds() {
        var random = SeededGenerator()
        print("bucket bounds: seed \(random.seed)")
        var histogram = LatencyHistogram()
        for _ in 0..<300 {
            let value = Int64(random.next() >> UInt64.random(in: 17...63, using: &random))
            guard let found = bucket(of: value, in: &histogram) else {
                Issue.record("\(value) has no bucket, seed \(random.seed)")
                continue
            }
            #expect(found.lowest <= value && value <= found.highest, "seed \(random.seed)")
            #expect((found.highest - found.lowest) * 1_024 <= found.lowest, "seed \(random.seed)")
            guard found.highest < LatencyHistogram.highestTrackable.count else { continue }
            let next = bucket(of: found.highest + 1, in: &histogram)
            #expect(next?.lowest == found.highest + 1, "seed \(random.seed)")
        }
    }
}
