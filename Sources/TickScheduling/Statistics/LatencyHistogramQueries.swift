public import TickTime

// Queries of a histogram. Percentiles follow HdrHistogram: the value at percentile p is the
// highest value equivalent to the one at rank ⌈p/100 · count⌉ of the sorted values, counted from 1
// (the nearest-rank definition), but never above the exact maximum.
//
// The rank is computed in integers: p is first rounded to the nearest ten-millionth of a percent. In
// floating point, 99.9 % of 1000 values comes to 999.0000000000001, whose ceiling is the wrong one.

extension LatencyHistogram {
    /// How many values were recorded, including those out of range.
    public var count: Int64 { total }

    /// The least value recorded, exactly; `nil` when empty. A negative value counts as 0.
    public var minimum: Nanoseconds? { total > 0 ? Nanoseconds(lowest) : nil }

    /// The greatest value recorded, exactly, also above `highestTrackable`; `nil` when empty.
    public var maximum: Nanoseconds? { total > 0 ? Nanoseconds(highest) : nil }

    /// The mean of the values in nanoseconds, from their exact sum; `nil` when empty.
    public var mean: Double? { total > 0 ? Double(sum) / Double(total) : nil }

    /// The exact sum of all values, in nanoseconds.
    public var sumOfValues: Int128 { sum }

    /// The value that `percentile` percent of the values do not exceed; `nil` when empty.
    ///
    /// 0 gives the exact minimum and 100 the exact maximum. In between the result is at most
    /// 1/1024 above the value recorded at that rank. A rank that falls among the values above
    /// `highestTrackable` gives the maximum.
    ///
    /// - Parameter percentile: in percent, rounded to the nearest 10⁻⁷; a value outside 0 ... 100 counts as the
    ///   nearer end.
    /// - Precondition: `percentile` is a number.
    /// - Complexity: O(buckets).
    public func value(atPercentile percentile: Double) -> Nanoseconds? {
        precondition(!percentile.isNaN, "a percentile must be a number from 0 to 100, not NaN")
        guard total > 0 else { return nil }
        let whole: Int128 = 1_000_000_000
        let share = Int128(min(max(percentile, 0), 100) * 10_000_000 + 0.5)
        if share == 0 { return Nanoseconds(lowest) }
        if share == whole { return Nanoseconds(highest) }

        let rank = Int64((share * Int128(total) + whole - 1) / whole)
        var reached: Int64 = 0
        for index in 0..<LatencyHistogramLayout.bucketCount {
            unsafe reached += buckets[index]
            if reached >= rank {
                return Nanoseconds(min(LatencyHistogramLayout.highestValue(ofBucket: index), highest))
            }
        }
        return Nanoseconds(highest)
    }

    /// How many values exceed `threshold`.
    ///
    /// Values in the threshold's own bucket count as not exceeding it, unless the threshold is below the minimum. All
    /// values above `highestTrackable` count as exceeding a threshold that is itself above it and below the maximum.
    ///
    /// - Complexity: O(buckets).
    public func count(above threshold: Nanoseconds) -> Int64 {
        guard total > 0, threshold.count < highest else { return 0 }
        guard threshold.count >= lowest else { return total }
        var above = overflowCount
        guard threshold.count <= LatencyHistogramLayout.highestTrackable else { return above }
        let first = LatencyHistogramLayout.index(of: threshold.count) + 1
        for index in first..<LatencyHistogramLayout.bucketCount {
            unsafe above += buckets[index]
        }
        return above
    }

    /// Visits the buckets that are not empty, in ascending order, for plots and export.
    ///
    /// Values above `highestTrackable` have no bucket: they are `overflowCount`.
    ///
    /// - Parameter visit: is given the bucket's lowest and highest value, both inclusive, and how
    ///   many values it holds.
    /// - Complexity: O(buckets).
    public func forEachBucket<Failure: Error>(
        _ visit: (_ lowest: Nanoseconds, _ highest: Nanoseconds, _ count: Int64) throws(Failure) -> Void
    ) throws(Failure) {
        for index in 0..<LatencyHistogramLayout.bucketCount {
            let count = unsafe buckets[index]
            guard count > 0 else { continue }
            let lowest = Nanoseconds(LatencyHistogramLayout.lowestValue(ofBucket: index))
            try visit(lowest, Nanoseconds(LatencyHistogramLayout.highestValue(ofBucket: index)), count)
        }
    }
}
