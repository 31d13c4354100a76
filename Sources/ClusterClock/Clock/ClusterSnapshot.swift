// What a cluster clock knows, as one value. A reader needs only this value and readings of its own clocks.
//
//     carried(m)  = epoch.time + (m − epoch.installed)                      m on BOOTTIME
//     agreed(m)   = carried(m) + agreed interval
//     UTC(m)      = carried(m) + UTC bound, moved outward by grow(1, age)
//     stamp       = max(last, floor, clamp(realtime, agreed(m) ∩ UTC(m)))
//
// The agreed interval does not grow, because it defines the cluster's time. The skew interval shows how well it
// agrees with other nodes, and grows by grow(2, age).
//
// An agreement is used for 30 s and never longer; until then it remains, even without any new sample. After that a
// stamp is an error, not a worse time under the same name.

public import TickTime

/// An agreement in use.
public struct ClusterEpoch: Hashable, Sendable, BitwiseCopyable {
    /// When it was installed, and our time at that instant.
    public let installed: BootInstant
    public let time: UTCInstant
    public let agreement: Agreement
    public let utcBound: UTCBound.Outcome
    /// The clocks behind the skew interval: bit 0 is this node's clock, bit k the clock of the k-th peer by id.
    public let skewMembers: UInt64

    /// Our time, continued with BOOTTIME.
    @inlinable public func carried(to instant: BootInstant) -> UTCInstant { time +| (instant -| installed) }
}

/// The state of a cluster clock in one word.
public enum ClusterStatus: String, Hashable, Sendable, CaseIterable, BitwiseCopyable {
    /// A cluster of one: system time, kept monotonic.
    case alone
    /// There is no agreement. Left by the first agreement.
    case gathering
    /// Agreed, and bounded against UTC.
    case synchronized
    /// Agreed; fewer than a majority state an error against UTC.
    case agreedUntraceable
    /// Agreed; the stated errors cannot all be true.
    case statedErrorsContradict
    /// The last window did not agree, so the epoch before it is used. Left by agreement, or to `expired`.
    case holding
    /// The last agreement is too old to be used. Left by agreement.
    case expired
    /// A disturbance withdrew the agreement. Left by the agreement of a new window.
    case disrupted

    /// The state for people; the raw value is for programs.
    package var words: String {
        switch self {
        case .agreedUntraceable: "agreed, but untraceable"
        case .statedErrorsContradict: "agreed, but the stated errors contradict each other"
        case .alone, .gathering, .synchronized, .holding, .expired, .disrupted: rawValue
        }
    }
}

/// An immutable view of a cluster clock.
public struct ClusterSnapshot: Hashable, Sendable, BitwiseCopyable {
    /// `nil` if there was no agreement yet, or it was withdrawn.
    public internal(set) var epoch: ClusterEpoch? { didSet { flatten() } }
    public internal(set) var disruption: DisruptionCause? { didSet { flatten() } }
    /// How many agreements were installed: the epoch's number, counted from 1.
    public internal(set) var epochNumber: Int64 = 0
    /// The highest view seen.
    public internal(set) var view: UInt64 = 0
    /// Whether the last window that was closed did not agree.
    public internal(set) var isHolding = false
    /// How many members agreed in the last attempt that failed.
    var agreeing: UInt8 = 0
    let majority: UInt8
    /// Whether the cluster is one node, which uses its system time.
    public let isAlone: Bool
    let tolerance: Nanoseconds
    let epochLength: Nanoseconds
    let growthAlone: DriftGrowth
    let growthOfTwo: DriftGrowth
    // The parts of a stamp, in the layout that makes it fast: a stamp is taken between two clock readings.
    private var isUsable = false
    private var hasBound = false
    private var installed = BootInstant(nanoseconds: 0)
    private var time = UTCInstant(nanoseconds: 0)
    private var agreed = OffsetInterval.ours
    /// The bound on UTC, or the skew interval without one.
    private var bound = OffsetInterval.ours
    /// For a cluster of one: its stated error, and when that was read.
    var ownError: StatedError?

    init(_ configuration: ClusterConfiguration) {
        majority = UInt8(configuration.majority)
        isAlone = configuration.size == 1
        tolerance = configuration.tolerance
        epochLength = configuration.epochLength
        growthAlone = DriftGrowth(clocks: 1, driftBound: configuration.driftBound)
        growthOfTwo = DriftGrowth(clocks: 2, driftBound: configuration.driftBound)
    }

    private mutating func flatten() {
        guard let epoch else {
            isUsable = false
            hasBound = false
            return
        }
        isUsable = disruption == nil
        (installed, time, agreed) = (epoch.installed, epoch.time, epoch.agreement.agreedInterval)
        if case .bounded(let stated) = epoch.utcBound {
            (hasBound, bound) = (true, stated.interval)
        } else {
            (hasBound, bound) = (false, epoch.agreement.skewInterval)
        }
    }

    /// The state at `instant`.
    public func status(at instant: BootInstant) -> ClusterStatus {
        if isAlone { return .alone }
        if case .some = disruption { return .disrupted }
        guard let epoch else { return .gathering }
        if instant -| epoch.installed > epochLength { return .expired }
        if isHolding { return .holding }
        switch epoch.utcBound {
        case .bounded: return .synchronized
        case .untraceable: return .agreedUntraceable
        case .statedErrorsContradict: return .statedErrorsContradict
        }
    }

    /// The last instant at which the epoch is used; `nil` without one.
    public var epochEnd: BootInstant? { epoch.map { $0.installed +| epochLength } }

    /// A stamp, for a primary. Nothing is remembered here: the caller keeps the greatest as `last`.
    ///
    /// - Parameters:
    ///   - instant, realtime: BOOTTIME and UTC, read together, now.
    ///   - leadership: the token of the view.
    ///   - last: the greatest stamp of this process; `nil` if there is none.
    /// - Throws: `ClusterClockError.notPrimary`, `.ceilingReached`, `.disrupted`, `.noQuorumAgreement`, `.epochExpired`,
    ///   `.timestampAheadOfCluster`.
    #if !DEBUG
        @_noAllocation @_noLocks
    #endif
    public func stamp(
        at instant: BootInstant, realtime: UTCInstant, _ leadership: Leadership, after last: UTCInstant?
    ) throws(ClusterClockError) -> ClusterStamp {
        guard leadership.view >= view else { throw .notPrimary }
        guard instant < leadership.validUntil else { throw .notPrimary }
        let least = last.map { max($0, leadership.floor) } ?? leadership.floor
        let stamp = isAlone ? aloneStamp(at: instant, realtime, least) : try stamp(at: instant, realtime, least)
        guard stamp.time < leadership.ceiling else { throw .ceilingReached }
        return stamp
    }

    /// The same stamp, or `nil` instead of an error.
    #if !DEBUG
        @_noAllocation @_noLocks
    #endif
    public func stampIfAny(
        at instant: BootInstant, realtime: UTCInstant, _ leadership: Leadership, after last: UTCInstant?
    ) -> ClusterStamp? { try? stamp(at: instant, realtime: realtime, leadership, after: last) }

    /// The cluster's time for any reader: a stamp that commits nothing and that no earlier stamp holds up.
    ///
    /// - Throws: as `stamp`, except `notPrimary` and `timestampAheadOfCluster`; `noQuorumAgreement` for a cluster
    /// of one, which has only its system time.
    public func time(at instant: BootInstant, realtime: UTCInstant) throws(ClusterClockError) -> ClusterStamp {
        if isAlone { throw .noQuorumAgreement(agreeing: 1, needed: 1) }
        return try stamp(at: instant, realtime, UTCInstant(nanoseconds: .min))
    }

    @inline(__always) private func stamp(
        at instant: BootInstant, _ realtime: UTCInstant, _ least: UTCInstant
    ) throws(ClusterClockError) -> ClusterStamp {
        let age = try usableAge(at: instant)
        let carried = time +| age
        var within = agreed
        var bounds = bound
        if hasBound {
            bounds = bounds.widened(by: growthAlone(age))
            if let both = within.intersection(with: bounds) { within = both }
        } else {
            bounds = bounds.widened(by: growthOfTwo(age))
        }
        let now = min(max(realtime, carried +| within.lower), carried +| within.upper)
        return ClusterStamp(
            time: try held(now, at: least), earliest: carried +| bounds.lower, latest: carried +| bounds.upper,
            source: .cluster, isTraceable: hasBound, held: least > now ? least -| now : .zero,
            isOutsideUTCBound: !bounds.touches(within))
    }

    /// Where true UTC is at `instant`; `nil` if fewer than a majority state an error, or if the epoch may not be used.
    public func utcBounds(at instant: BootInstant) -> (earliest: UTCInstant, latest: UTCInstant)? {
        guard !isAlone, hasBound, let age = try? usableAge(at: instant) else { return nil }
        let carried = time +| age, grown = bound.widened(by: growthAlone(age))
        return (carried +| grown.lower, carried +| grown.upper)
    }

    /// The age of the epoch; `nil` if it may not be used.
    @inline(__always) private func usableAge(at instant: BootInstant) throws(ClusterClockError) -> Nanoseconds {
        let age = instant -| installed
        if isUsable, age <= epochLength { return age }
        if let disruption { throw .disrupted(disruption) }
        guard isUsable else { throw .noQuorumAgreement(agreeing: Int(agreeing), needed: Int(majority)) }
        throw .epochExpired(age: age)
    }

    /// The greater of both; an error if they are further apart than clocks may be.
    @inline(__always) private func held(
        _ time: UTCInstant, at least: UTCInstant
    ) throws(ClusterClockError) -> UTCInstant {
        guard least > time else { return time }
        let by = least -| time
        guard by <= tolerance else { throw .timestampAheadOfCluster(by: by) }
        return least
    }

    /// A single node has no other clock to compare with: its system time is held for as long as needed.
    private func aloneStamp(at instant: BootInstant, _ realtime: UTCInstant, _ least: UTCInstant) -> ClusterStamp {
        guard let ownError else {
            return ClusterStamp(
                time: max(realtime, least), earliest: realtime, latest: realtime, source: .system, isTraceable: false,
                held: least > realtime ? least -| realtime : .zero, isOutsideUTCBound: false)
        }
        let ahead = ownError.ahead(at: instant, growing: growthAlone)
        let now = realtime +| ownError.correction
        return ClusterStamp(
            time: max(now, least), earliest: realtime +| ahead.lower, latest: realtime +| ahead.upper,
            source: ownError.source, isTraceable: true, held: least > now ? least -| now : .zero,
            isOutsideUTCBound: false)
    }
}
