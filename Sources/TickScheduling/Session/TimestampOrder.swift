public import TickTime

/// Checks that the timestamps of a loop's ticks do not fall, in the order of delivery: a committed one must not be
/// below an earlier committed one; any other must not be below any earlier one. A new primary may leave the times
/// that were not the primary's.
public struct TimestampOrder: Hashable, Sendable, BitwiseCopyable {
    private var last: UTCInstant?
    private var lastCommitted: UTCInstant?

    public init() {}

    /// Takes the next.
    ///
    /// - Returns: how far it is below a timestamp that it must not fall below; usually `nil`.
    public mutating func fall(to stamp: StampedTime) -> Nanoseconds? {
        let least = stamp.isCommitted ? lastCommitted : last
        last = stamp.isCommitted ? stamp.time : max(last ?? stamp.time, stamp.time)
        if stamp.isCommitted { lastCommitted = max(lastCommitted ?? stamp.time, stamp.time) }
        guard let least, stamp.time < least else { return nil }
        return least - stamp.time
    }
}
