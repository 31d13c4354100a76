/// A time of day with what is known about it: its source, and where true UTC is. The stamp of a tick, the best time
/// that a node knows, and the time in a journal's record of the cluster are such times.
public struct StampedTime: Hashable, Sendable, BitwiseCopyable {
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

    /// How far true UTC (if untraceable: the clocks of the cluster) may be from `time`; `nil` without bounds.
    public var bound: Nanoseconds? {
        hasBounds ? max((time -| low).magnitude, (high -| time).magnitude) : nil
    }

    /// The same time, held at another that was given before, where that is later. The bounds stay where they are.
    #if !DEBUG
        @_noAllocation @_noLocks
    #endif
    @inlinable @inline(__always) public func held(atLeast given: UTCInstant) -> StampedTime {
        let more = given > time ? given -| time : .zero
        return StampedTime(
            time +| more, quality: quality, isTraceable: isTraceable, isCommitted: isCommitted,
            bounds: hasBounds ? (low, high) : nil, held: held +| more, epoch: epoch)
    }

    /// The same time, with bounds that are wider by a length on both sides.
    package func widened(by length: Nanoseconds) -> StampedTime {
        StampedTime(
            time, quality: quality, isTraceable: isTraceable, isCommitted: isCommitted,
            bounds: hasBounds ? (low -| length, high +| length) : nil, held: held, epoch: epoch)
    }
}
