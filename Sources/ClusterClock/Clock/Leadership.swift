public import TickTime

/// Creates leadership tokens. Only the host of the consensus has this value.
///
/// A cluster clock gives it out once (`ClusterClock.takeLeadershipAuthority()`), and it cannot be copied.
public struct LeadershipAuthority: ~Copyable, Sendable {
    init() {}

    /// - Parameters:
    ///   - view: the view in which this node is primary.
    ///   - floor: the highest stamp that the primaries before it committed.
    public func token(view: UInt64, floor: UTCInstant) -> Leadership { Leadership(view: view, floor: floor) }
}

/// The right to stamp, in one view.
public struct Leadership: Hashable, Sendable, BitwiseCopyable {
    public let view: UInt64
    /// No stamp of the view is below it.
    public let floor: UTCInstant

    init(view: UInt64, floor: UTCInstant) {
        self.view = view
        self.floor = floor
    }
}

/// A time that the cluster guarantees.
public struct ClusterStamp: Hashable, Sendable, BitwiseCopyable {
    public let time: UTCInstant
    /// Where true UTC is, if `isTraceable`; else where the clocks of a majority are.
    public let earliest: UTCInstant
    public let latest: UTCInstant
    /// Whether a majority stated its error against UTC.
    public let isTraceable: Bool
    /// The cluster's time was lower by so much: the stamp was held up by the one before it, or by its token's
    /// floor; 0 mostly.
    public let held: Nanoseconds
    public var isHeld: Bool { held > .zero }
    /// What was agreed and where UTC is have nothing in common; the stamp is what was agreed.
    public let isOutsideUTCBound: Bool
}
