import ClusterClock
import TickTime

// Answers the same questions point by point. It counts in units of half a nanosecond, so that a point between two
// whole ones counts too. It is slow, and has no sweep, sort or search.

enum IntervalOracle {
    static func interval(_ lower: Int64, _ upper: Int64) -> OffsetInterval {
        OffsetInterval(Nanoseconds(lower), Nanoseconds(upper))
    }

    /// Every half nanosecond from below the least end to above the greatest.
    private static func points(_ intervals: [OffsetInterval], margin: Int64) -> StrideThrough<Int64> {
        let low = intervals.map(\.lower.count).min() ?? 0, high = intervals.map(\.upper.count).max() ?? 0
        return stride(from: 2 * (low - margin), through: 2 * (high + margin), by: 1)
    }

    private static func inside(_ half: Int64, _ intervals: [OffsetInterval], widenedBy length: Int64 = 0) -> Int {
        intervals.count { 2 * ($0.lower.count - length) <= half && half <= 2 * ($0.upper.count + length) }
    }

    /// Of the runs of points inside the most intervals, the narrowest, or the lowest of equal ones. A run ends where
    /// the set of intervals changes, even if the next point lies inside as many others.
    static func smallest(_ intervals: [OffsetInterval]) -> (interval: OffsetInterval, sources: Int)? {
        let most = points(intervals, margin: 0).map { inside($0, intervals) }.max() ?? 0
        guard most > 0 else { return nil }
        // A smallest interval begins at the lower end of one of them and ends at an upper end, with the same
        // `most` around it throughout.
        var found: OffsetInterval?
        for lower in Set(intervals.map(\.lower)).sorted() {
            for upper in Set(intervals.map(\.upper)).sorted() where upper >= lower {
                let around = intervals.count { $0.lower <= lower && upper <= $0.upper }
                guard around == most else { continue }
                // As far as those around it reach.
                let whole = intervals.filter { $0.lower <= lower && upper <= $0.upper }
                guard whole.map(\.lower).max() == lower, whole.map(\.upper).min() == upper else { continue }
                let candidate = OffsetInterval(lower, upper)
                if candidate.width < (found?.width ?? candidate.width + Nanoseconds(1)) { found = candidate }
            }
        }
        return found.map { ($0, most) }
    }

    static func hull(_ majority: Int, _ intervals: [OffsetInterval]) -> OffsetInterval? {
        let held = points(intervals, margin: 0).filter { inside($0, intervals) >= majority }
        guard let low = held.first, let high = held.last else { return nil }
        return interval(low / 2, high / 2)
    }

    /// The smallest whole allowance, found by trying each.
    static func allowance(_ intervals: [OffsetInterval], _ majority: Int, most: Int64) -> Int64? {
        (0...most).first { length in
            points(intervals, margin: length).contains { inside($0, intervals, widenedBy: length) >= majority }
        }
    }

    /// The agreement by its definition; `nil` without a quorum.
    static func agreement(
        _ intervals: [OffsetInterval], clusterSize: Int, tolerance: Int64
    ) -> (allowance: Int64, estimate: OffsetInterval, agreed: OffsetInterval, skew: OffsetInterval)? {
        let majority = (clusterSize + 2) / 2
        guard let least = allowance(intervals, majority, most: tolerance / 2) else { return nil }
        let widened = intervals.map { interval($0.lower.count - least, $0.upper.count + least) }
        guard let estimate = smallest(widened)?.interval else { return nil }
        let agreed = interval(estimate.lower.count - least, estimate.upper.count + least)
        let holding = intervals.indices.filter {
            widened[$0].lower <= estimate.lower && estimate.upper <= widened[$0].upper
        }
        let narrowest = holding.sorted { (intervals[$0].width, $0) < (intervals[$1].width, $1) }.prefix(majority)
        let lower = narrowest.map { intervals[$0].lower }.min() ?? agreed.lower
        let upper = narrowest.map { intervals[$0].upper }.max() ?? agreed.upper
        return (least, estimate, agreed, OffsetInterval(min(lower, agreed.lower), max(upper, agreed.upper)))
    }
}

/// Every interval with ends in 0 ... `size`.
func allIntervals(upTo size: Int64) -> [OffsetInterval] {
    (0...size).flatMap { lower in (lower...size).map { IntervalOracle.interval(lower, $0) } }
}
