import TestSupport
import Testing
import TickScheduling
import TickTime

/// What the loop does: that it compiles, from another module, is the proof that recording neither
/// allocates nor locks.
@_noAllocation @_noLocks
private func recordOnTickPath(_ value: Nanoseconds, in histogram: inout LatencyHistogram) {
    histogram.record(value)
}

@Suite("Recording latencies")
struct LatencyHistogramTests {
    /// What the public interface tells of a histogram, as one comparable value.
    struct Facts: Equatable {
        struct Bucket: Equatable {
            let lowest, highest, count: Int64
        }
        var count: Int64
        var minimum, maximum: Int64?
        var mean: Double?
        var negatives, overflows: Int64
        var buckets: [Bucket] = []

        init(_ histogram: borrowing LatencyHistogram) {
            count = histogram.count
            minimum = histogram.minimum?.count
            maximum = histogram.maximum?.count
            mean = histogram.mean
            negatives = histogram.negativeCount
            overflows = histogram.overflowCount
            var found: [Bucket] = []
            histogram.forEachBucket { found.append(Bucket(lowest: $0.count, highest: $1.count, count: $2)) }
            buckets = found
        }
    }

    @Test("an empty histogram has no extremes, no mean, no percentile and no bucket")
    func empty() {
        let histogram = LatencyHistogram()
        let facts = Facts(histogram)
        #expect(facts.count == 0 && facts.minimum == nil && facts.maximum == nil && facts.mean == nil)
        #expect(facts.buckets.isEmpty)
        let median = histogram.value(atPercentile: 50)
        #expect(median == nil)
        let above = histogram.count(above: .zero)
        #expect(above == 0)
    }

    @Test("a negative value is recorded as 0 and counted as negative")
    func negative() {
        var histogram = LatencyHistogram()
        recordOnTickPath(Nanoseconds(-1), in: &histogram)
        recordOnTickPath(Nanoseconds(.min), in: &histogram)
        histogram.record(Nanoseconds(8))
        let facts = Facts(histogram)
        #expect(facts.count == 3 && facts.negatives == 2 && facts.overflows == 0)
        #expect(facts.minimum == 0 && facts.maximum == 8)
        #expect(facts.mean == 8.0 / 3)
        #expect(facts.buckets == [.init(lowest: 0, highest: 0, count: 2), .init(lowest: 8, highest: 8, count: 1)])
    }

    @Test("a value above 39 hours is in the count, the mean and the maximum, and in no bucket")
    func overflow() {
        let top = LatencyHistogram.highestTrackable
        #expect(top.count == 140_737_488_355_327)
        var histogram = LatencyHistogram()
        histogram.record(top)
        histogram.record(top + Nanoseconds(1))
        histogram.record(Nanoseconds(.max))
        let facts = Facts(histogram)
        #expect(facts.count == 3 && facts.overflows == 2)
        #expect(facts.minimum == top.count && facts.maximum == .max)
        #expect(facts.buckets.map(\.count) == [1])
        #expect(facts.buckets.first?.highest == top.count)
        let exactSum = Int128(top.count) * 2 + 1 + Int128(Int64.max)
        #expect(facts.mean == Double(exactSum) / 3)
        let percentiles = [33.0, 50, 99].map { histogram.value(atPercentile: $0)?.count }
        #expect(percentiles == [top.count, .max, .max])
    }

    @Test("the sum behind the mean does not overflow 64 bits")
    func sumIsWide() {
        var histogram = LatencyHistogram()
        for _ in 0..<1_000 { histogram.record(Nanoseconds(.max)) }
        let mean = histogram.mean
        #expect(mean == 9_223_372_036_854_775_807.0)
    }

    @Test("merging gives the histogram that recorded everything, whatever the split", arguments: 0..<8)
    func merge(round: Int) {
        var random = SeededGenerator()
        print("merge: seed \(random.seed), round \(round)")
        // With a seed given, every round still has values of its own.
        for _ in 0..<round { _ = random.next() }
        var one = LatencyHistogram()
        var two = LatencyHistogram()
        var both = LatencyHistogram()
        for _ in 0..<Int.random(in: 0...3_000, using: &random) {
            let bits = UInt64.random(in: 0...63, using: &random)
            let sign: Int64 = UInt64.random(in: 0..<10, using: &random) == 0 ? -1 : 1
            let value = Nanoseconds(sign * Int64(random.next() >> max(1, bits)))
            both.record(value)
            if Bool.random(using: &random) { one.record(value) } else { two.record(value) }
        }
        one.merge(two)
        let (merged, whole) = (Facts(one), Facts(both))
        #expect(merged == whole)
    }

    @Test("merging an empty histogram changes nothing, and merging into one copies")
    func mergeEmpty() {
        var full = LatencyHistogram()
        full.record(.milliseconds(3))
        let before = Facts(full)
        full.merge(LatencyHistogram())
        #expect(Facts(full) == before)
        var empty = LatencyHistogram()
        empty.merge(full)
        #expect(Facts(empty) == before)
    }

    @Test("a histogram that was reset is as new")
    func reset() {
        var histogram = LatencyHistogram()
        for value in [Int64.min, 0, 5, 1 << 40, .max] { histogram.record(Nanoseconds(value)) }
        histogram.reset()
        let fresh = LatencyHistogram()
        #expect(Facts(histogram) == Facts(fresh))
        histogram.record(Nanoseconds(7))
        let facts = Facts(histogram)
        #expect(facts.minimum == 7 && facts.maximum == 7 && facts.mean == 7)
    }
}
