public import TickTime

/// Creates leadership tokens. Only the program that runs the consensus has this value.
///
/// A cluster clock gives it out once (`ClusterClock.takeLeadershipAuthority()`), and it cannot be copied.
public struct LeadershipAuthority: ~Copyable, Sendable {
    init() {}

    /// - Parameters:
    ///   - view: the view in which this node is primary.
    ///   - floor: the highest stamp that the primaries before it committed.
    ///   - ceiling: every stamp is below it. Default: no ceiling, for a consensus that guards its views otherwise.
    ///   - validUntil: no stamp is given from this BOOTTIME on. Default: without end.
    public func token(
        view: UInt64, floor: UTCInstant, ceiling: UTCInstant = UTCInstant(nanoseconds: .max),
        validUntil: BootInstant = BootInstant(nanoseconds: .max)
    ) -> Leadership {
        Leadership(view: view, floor: floor, ceiling: ceiling, validUntil: validUntil)
    }
}

/// The right to stamp, in one view.
public struct Leadership: Hashable, Sendable, BitwiseCopyable {
    public let view: UInt64
    /// The lower limit of all stamps of the view.
    public let floor: UTCInstant
    /// Every stamp of the token is below it: a later view begins at a ceiling that was saved.
    public let ceiling: UTCInstant
    /// The token ends at this instant on BOOTTIME.
    public let validUntil: BootInstant

    init(
        view: UInt64, floor: UTCInstant, ceiling: UTCInstant = UTCInstant(nanoseconds: .max),
        validUntil: BootInstant = BootInstant(nanoseconds: .max)
    ) {
        self.view = view
        self.floor = floor
        self.ceiling = ceiling
        self.validUntil = validUntil
    }
}

/// A time that the cluster guarantees.
public struct ClusterStamp: Hashable, Sendable, BitwiseCopyable {
    public let time: UTCInstant
    /// Where true UTC is, if `isTraceable`; otherwise where the clocks of a majority are.
    public let earliest: UTCInstant
    public let latest: UTCInstant
    /// `cluster`; of a cluster of one, what bounds its system time (`ptp`, or `ntp`), or `system`.
    public let source: UTCSource
    /// Whether a majority stated its error against UTC.
    public let isTraceable: Bool
    /// By how much the stamp is above the cluster's time, because the previous stamp or the token's floor held it
    /// up; usually 0.
    public let held: Nanoseconds
    public var isHeld: Bool { held > .zero }
    /// The agreed interval and the bound on UTC have no point in common. The stamp follows the agreed interval.
    public let isOutsideUTCBound: Bool
}
