public import TickTime

/// Creates leadership tokens. Only the program that runs the consensus has this value.
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
    /// The lower limit of all stamps of the view.
    public let floor: UTCInstant

    init(view: UInt64, floor: UTCInstant) {
        self.view = view
        self.floor = floor
    }
}

/// A time that the cluster guarantees.
public struct ClusterStamp: Hashable, Sendable, BitwiseCopyable {
    public let time: UTCInstant
    /// Where true UTC is, if `isTraceable`; otherwise where the clocks of a majority are.
    public let earliest: UTCInstant
    public let latest: UTCInstant
    /// Whether a majority stated its error against UTC.
    public let isTraceable: Bool
    /// By how much the stamp is above the cluster's time, because the previous stamp or the token's floor held it
    /// up; usually 0.
    public let held: Nanoseconds
    public var isHeld: Bool { held > .zero }
    /// The agreed interval and the bound on UTC have no point in common. The stamp follows the agreed interval.
    public let isOutsideUTCBound: Bool
}
