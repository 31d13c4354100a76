public import TickTime

/// Counts of latencies, each known to three significant digits, from 1 ns to 39 hours.
///
/// The layout is that of HdrHistogram (Gil Tene, hdrhistogram.org); see `LatencyHistogramLayout`.
/// Memory is constant (304 KiB), allocated and touched once at creation, so that recording neither allocates nor
/// causes a page fault. Recording takes one shift and one increment, for every value.
///
/// Count, minimum, maximum, sum and mean are exact. A percentile is reported as the highest value
/// of its bucket, which is at most 1/1024 above the value recorded and never below it.
///
/// Values without a bucket are counted separately: a negative value is recorded as 0
/// (`negativeCount`), one above `highestTrackable` only in `count`, the sum, the extremes and
/// `overflowCount`.
///
/// `@unchecked Sendable`: the buffer has one owner, which cannot be copied, so only the owner of the histogram has
/// access to its memory.
@safe public struct LatencyHistogram: ~Copyable, @unchecked Sendable {
    @usableFromInline let buckets: UnsafeMutablePointer<Int64>
    @usableFromInline var total: Int64 = 0
    @usableFromInline var sum: Int128 = 0
    /// Meaningful only while `total > 0`.
    @usableFromInline var lowest: Int64 = .max
    /// Meaningful only while `total > 0`.
    @usableFromInline var highest: Int64 = 0

    /// How many values were negative, and recorded as 0.
    public internal(set) var negativeCount: Int64 = 0
    /// How many values lay above `highestTrackable`. `count`, `minimum`, `maximum` and `mean`
    /// include them; no bucket does.
    public internal(set) var overflowCount: Int64 = 0

    /// The greatest value that has a bucket: 2⁴⁷ − 1 ns, 39 hours.
    public static var highestTrackable: Nanoseconds { Nanoseconds(LatencyHistogramLayout.highestTrackable) }

    /// An empty histogram.
    public init() {
        unsafe buckets = .allocate(capacity: LatencyHistogramLayout.bucketCount)
        unsafe buckets.initialize(repeating: 0, count: LatencyHistogramLayout.bucketCount)
    }

    deinit {
        unsafe buckets.deallocate()
    }

    /// Counts one value.
    ///
    /// - Complexity: O(1); neither allocates nor locks.
    @_noAllocation @_noLocks
    @inlinable public mutating func record(_ value: Nanoseconds) {
        guard value.count >= 0, value.count <= LatencyHistogramLayout.highestTrackable else {
            recordOutOfRange(value.count)
            return
        }
        // The index is below `bucketCount` for every value that passed the guard.
        unsafe buckets[LatencyHistogramLayout.index(of: value.count)] &+= 1
        tally(value.count)
    }

    @_noAllocation @_noLocks
    @inlinable mutating func tally(_ value: Int64) {
        total &+= 1
        sum &+= Int128(value)
        if value < lowest { lowest = value }
        if value > highest { highest = value }
    }

    @_noAllocation @_noLocks
    @usableFromInline mutating func recordOutOfRange(_ value: Int64) {
        if value < 0 {
            negativeCount &+= 1
            unsafe buckets[0] &+= 1
            tally(0)
        } else {
            overflowCount &+= 1
            tally(value)
        }
    }

    /// Counts everything that `other` counted: afterwards this histogram is the one that recorded
    /// both.
    ///
    /// - Complexity: O(buckets), some 40 000 additions: not for the tick path.
    public mutating func merge(_ other: borrowing LatencyHistogram) {
        guard other.total > 0 else { return }
        for index in 0..<LatencyHistogramLayout.bucketCount {
            unsafe buckets[index] &+= other.buckets[index]
        }
        total &+= other.total
        sum &+= other.sum
        lowest = min(lowest, other.lowest)
        highest = max(highest, other.highest)
        negativeCount &+= other.negativeCount
        overflowCount &+= other.overflowCount
    }

    /// Removes all counts, and keeps the memory.
    ///
    /// - Complexity: O(buckets).
    public mutating func reset() {
        unsafe buckets.update(repeating: 0, count: LatencyHistogramLayout.bucketCount)
        total = 0
        sum = 0
        lowest = .max
        highest = 0
        negativeCount = 0
        overflowCount = 0
    }
}
