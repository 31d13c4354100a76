// Finds what intervals of a clock's error have in common if some sources lie.
//
//     a      ├────────┤
//     b            ├───────┤
//     c         ├─────────────┤
//     d                              ├──┤        lies, or is alone
//                  ▓▓▓                           inside three of the four: the smallest
//               ░░░░░░░░░░░                      inside two or more: the hull of a majority of three
//
// Each source states an interval, which contains the true value if the source tells the truth. The smallest interval
// inside the most sources is the best guess at the true value (K. Marzullo and S. Owicki, "Maintaining the Time in a
// Distributed System", 1985; ntpd and TigerBeetle use it). It is no proof: with f liars among n sources, only the
// points inside n − f sources can be true, and all of these points must be kept. They form the majority hull: if at
// least m sources tell the truth, the true value lies inside m sources, and so within the hull of all points that do.
//
// One sweep visits the 2n ends. Intervals are closed, so of two ends at the same value the lower end comes first,
// and intervals that touch share a point. Of intervals inside equally many sources, the narrowest wins; of equally
// narrow ones, the lowest. A lying majority can move both results to any place.

internal import TickTime

/// The sweep over intervals, and its two results.
public enum Marzullo {
    /// The narrowest interval inside the most sources, and the number of these sources.
    public struct Smallest: Hashable, Sendable, BitwiseCopyable {
        public let interval: OffsetInterval
        public let sources: Int
    }

    /// - Returns: [0, 0] inside 0 sources if there are no intervals.
    /// - Complexity: O(n²) for n intervals, of which there are few; no allocation up to 32.
    public static func smallest(of intervals: Span<OffsetInterval>) -> Smallest {
        return unsafe withEnds(of: intervals) { ends in
            var (count, most) = (0, 0)
            var found: OffsetInterval?
            for index in ends.indices {
                guard unsafe ends[index].isLower else {
                    count -= 1
                    continue
                }
                count += 1
                guard count >= most else { continue }
                // The last end is an upper one.
                let candidate = unsafe OffsetInterval(ends[index].value, ends[index + 1].value)
                if count > most || candidate.width < (found?.width ?? candidate.width) { found = candidate }
                most = count
            }
            return Smallest(interval: found ?? .ours, sources: most)
        }
    }

    /// From the lowest to the highest point inside at least `majority` sources.
    ///
    /// - Returns: `nil` if there is no such point.
    /// - Precondition: `majority` is at least 1.
    /// - Complexity: as `smallest`.
    public static func hull(ofPointsInside majority: Int, of intervals: Span<OffsetInterval>) -> OffsetInterval? {
        precondition(majority >= 1, "a majority is at least one")
        guard intervals.count >= majority else { return nil }
        return unsafe withEnds(of: intervals) { ends in
            var count = 0
            var (lowest, highest): (Nanoseconds?, Nanoseconds?)
            for index in ends.indices {
                let end = unsafe ends[index]
                if end.isLower {
                    count += 1
                    if count == majority, lowest == nil { lowest = end.value }
                } else {
                    // The last upper end at which so many were inside.
                    if count == majority { highest = end.value }
                    count -= 1
                }
            }
            guard let lowest, let highest else { return nil }
            return OffsetInterval(lowest, highest)
        }
    }

    /// One end of an interval.
    private struct End: BitwiseCopyable {
        let value: Nanoseconds
        let isLower: Bool

        func precedes(_ other: End) -> Bool {
            value != other.value ? value < other.value : isLower && !other.isLower
        }
    }

    /// Calls `body` with all ends in order.
    private static func withEnds<Value>(
        of intervals: Span<OffsetInterval>, _ body: (UnsafeMutableBufferPointer<End>) -> Value
    ) -> Value {
        unsafe withUnsafeTemporaryAllocation(of: End.self, capacity: 2 * intervals.count) { ends in
            var count = 0
            for index in intervals.indices {
                for end in [0, 1] {
                    let new =
                        end == 0
                        ? End(value: intervals[index].lower, isLower: true)
                        : End(value: intervals[index].upper, isLower: false)
                    var place = count
                    while place > 0, unsafe new.precedes(ends[place - 1]) {
                        unsafe ends[place] = ends[place - 1]
                        place -= 1
                    }
                    unsafe ends[place] = new
                    count += 1
                }
            }
            return unsafe body(ends)
        }
    }
}
