// The error that a host states about its clock. It comes only from a referenced bound.

public import TickTime

/// By how much a host's UTC may be off true UTC, and the instant for which this holds.
public struct StatedError: Hashable, Sendable, BitwiseCopyable {
    /// Not negative.
    public let error: Nanoseconds
    public let read: BootInstant
    /// How far true UTC is ahead of the host's: ± `error`, except by PTP.
    package let ahead: OffsetInterval
    /// What bounds it: `ptp`, or `ntp` for the kernel, the NTP servers and an operator.
    package let source: UTCSource

    /// - Returns: `nil` if the bound is not evidence about UTC.
    public init?(_ bound: SourcedBound, read: BootInstant) { self.init(bound, read, .ntp) }

    /// What the exchanges with a PTP clock bound.
    ///
    /// - Returns: `nil` if the bound is not evidence about UTC.
    package init?(ptp bound: SourcedBound, read: BootInstant) { self.init(bound, read, .ptp) }

    /// The error that an operator states.
    ///
    /// - Precondition: `error` is not negative.
    public init(operatorError error: Nanoseconds, read: BootInstant) {
        precondition(error >= .zero, "an error is not negative")
        (self.error, self.read, source) = (error, read, .ntp)
        ahead = OffsetInterval(.zero, bound: error)
    }

    private init?(_ bound: SourcedBound, _ read: BootInstant, _ source: UTCSource) {
        guard let interval = bound.interval, let error = bound.error else { return nil }
        (self.error, self.read, self.source) = (error, read, source)
        ahead = source == .ptp ? interval : OffsetInterval(.zero, bound: error)
    }

    /// The error at another instant, grown by one clock's drift.
    public func error(at instant: BootInstant, growing growth: DriftGrowth) -> Nanoseconds {
        error +| growth((instant -| read).magnitude)
    }

    /// How far true UTC is ahead of the host's at another instant, grown by one clock's drift.
    package func ahead(at instant: BootInstant, growing growth: DriftGrowth) -> OffsetInterval {
        ahead.widened(by: growth((instant -| read).magnitude))
    }

    /// What is added to the host's UTC. PTP is exact enough that its middle is the better time; what a daemon states
    /// about the clock that it corrects itself is only a bound.
    @inline(__always) var correction: Nanoseconds { source == .ptp ? ahead.middle : .zero }
}
