public import TickTime

/// The time of day of a tick: from the best source at its start, with its bounds and provenance.
public struct TickTimestamp: Hashable, Sendable, BitwiseCopyable {
    public let time: UTCInstant
    /// How far `time` is held ahead of its source, so that it does not fall; usually 0.
    public let held: Nanoseconds
    // No optionals, whose bytes would cross words: this value is created between two clock readings.
    @usableFromInline let low: UTCInstant
    @usableFromInline let high: UTCInstant
    @usableFromInline let epochNumber: Int64
    /// Its source.
    public let quality: UTCSource
    /// Whether true UTC is within the bounds, provided that the stated errors are true.
    public let isTraceable: Bool
    /// Whether a primary committed it: no later stamp of its view, on any host, is below it.
    public let isCommitted: Bool
    @usableFromInline let hasBounds: Bool

    /// - Parameters:
    ///   - bounds: where true UTC is; if untraceable, where the clocks of the cluster are; `nil`: unknown.
    ///   - epoch: the number of the agreement behind it, counted from 1; `nil` without an agreement.
    #if !DEBUG
        @_noAllocation @_noLocks
    #endif
    @inlinable @inline(__always) public init(
        _ time: UTCInstant, quality: UTCSource, isTraceable: Bool, isCommitted: Bool = false,
        bounds: (earliest: UTCInstant, latest: UTCInstant)? = nil, held: Nanoseconds = .zero, epoch: Int64? = nil
    ) {
        self.time = time
        self.held = held
        (low, high) = bounds ?? (time, time)
        epochNumber = epoch ?? 0
        self.quality = quality
        self.isTraceable = isTraceable
        self.isCommitted = isCommitted
        hasBounds = if let bounds { bounds.earliest <= bounds.latest } else { false }
    }

    /// Where true UTC is; if untraceable, where the clocks of the cluster are.
    @inlinable public var earliest: UTCInstant? { hasBounds ? low : nil }
    @inlinable public var latest: UTCInstant? { hasBounds ? high : nil }
    /// The number of the agreement behind it.
    @inlinable public var epoch: Int64? { epochNumber > 0 ? epochNumber : nil }
}

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
    public mutating func fall(to stamp: TickTimestamp) -> Nanoseconds? {
        let least = stamp.isCommitted ? lastCommitted : last
        last = stamp.isCommitted ? stamp.time : max(last ?? stamp.time, stamp.time)
        if stamp.isCommitted { lastCommitted = max(lastCommitted ?? stamp.time, stamp.time) }
        guard let least, stamp.time < least else { return nil }
        return least - stamp.time
    }
}
