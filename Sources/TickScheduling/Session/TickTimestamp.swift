public import TickTime

/// The time of day that a tick bears: from the best source there was at its start, with what that is worth.
public struct TickTimestamp: Hashable, Sendable, BitwiseCopyable {
    public let time: UTCInstant
    /// By how much `time` is held ahead of its source, so as not to fall; 0 mostly.
    public let held: Nanoseconds
    // Without optionals, whose bytes would lie across words: this is made between two clock readings.
    @usableFromInline let low: UTCInstant
    @usableFromInline let high: UTCInstant
    @usableFromInline let epochNumber: Int64
    /// What it rests on.
    public let quality: UTCSource
    /// Whether true UTC is within the bounds, if those who state their errors are right.
    public let isTraceable: Bool
    /// Whether a primary committed it: no later stamp of its view, on any host, is below it.
    public let isCommitted: Bool
    @usableFromInline let hasBounds: Bool

    /// - Parameters:
    ///   - bounds: where true UTC is; untraceable, where the clocks of the cluster are; `nil`: nobody says.
    ///   - epoch: the number of the agreement that it rests on, counted from 1; `nil`: it rests on none.
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

    /// Where true UTC is; untraceable, where the clocks of the cluster are.
    @inlinable public var earliest: UTCInstant? { hasBounds ? low : nil }
    @inlinable public var latest: UTCInstant? { hasBounds ? high : nil }
    /// The number of the agreement that it rests on.
    @inlinable public var epoch: Int64? { epochNumber > 0 ? epochNumber : nil }
}

/// That the timestamps of a loop's ticks do not fall, in the order in which they were delivered: a committed one
/// not below a committed one, another below none at all. Who begins to lead leaves the times that were not the
/// primary's.
public struct TimestampOrder: Hashable, Sendable, BitwiseCopyable {
    private var last: UTCInstant?
    private var lastCommitted: UTCInstant?

    public init() {}

    /// Takes the next.
    ///
    /// - Returns: by how much it is below one that it may not be below; `nil` as a rule.
    public mutating func fall(to stamp: TickTimestamp) -> Nanoseconds? {
        let least = stamp.isCommitted ? lastCommitted : last
        last = stamp.isCommitted ? stamp.time : max(last ?? stamp.time, stamp.time)
        if stamp.isCommitted { lastCommitted = max(lastCommitted ?? stamp.time, stamp.time) }
        guard let least, stamp.time < least else { return nil }
        return least - stamp.time
    }
}
