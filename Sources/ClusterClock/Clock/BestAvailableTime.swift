// The best available time, with its quality. The first source that applies:
//
//     cluster     agreed, and bounded against UTC
//     ptp         system time, corrected by the middle of PTP's bound on UTC
//     ntp         system time, which the kernel or an NTP server holds to UTC
//     cluster     agreed, but untraceable
//     consensus   system time, corrected by the coarse consensus, if that is trusted enough
//     system      system time
//
// If PTP's bound and that of the kernel or the NTP servers exclude each other, one of them is wrong, and nothing here
// says which: neither counts.
//
// It is never an error, and it never falls. If its source goes back (because the wall clock is set, or because a
// better source disagrees), the time continues at half its rate until the source has caught up:
//
//     time(m) = max(source + (m − anchored), held + (m − anchored)/2)
//
// This is a function of one clock reading, the same for every reader. If one plan follows another, the later plan is
// never below the earlier. The amount that the time is held ahead of its source is stated with it. This `held` is
// unrelated to a primary's last stamp: a stamp commits the primary to a time, this value only shows one.

public import TickTime

/// A line of time that any reader can evaluate at its own reading of BOOTTIME.
public struct BestTimePlan: Hashable, Sendable, BitwiseCopyable {
    @usableFromInline let anchored: BootInstant
    /// The source's time at `anchored`, and the time that is shown there.
    @usableFromInline let source: UTCInstant
    @usableFromInline let shown: UTCInstant
    /// True UTC − the source's time, at `anchored`; it grows with age.
    @usableFromInline let bound: OffsetInterval
    @usableFromInline let growth: DriftGrowth
    /// The number of the agreement; 0 without one.
    @usableFromInline let epochNumber: Int64
    /// Past this instant the agreement is too old to be used.
    @usableFromInline let expires: BootInstant
    public let quality: UTCSource
    public let isTraceable: Bool
    @usableFromInline let hasBound: Bool

    /// The best time at an instant.
    ///
    /// - Complexity: O(1), no allocation.
    #if !DEBUG
        @_noAllocation @_noLocks
    #endif
    @inlinable @inline(__always) public func time(at instant: BootInstant) -> StampedTime {
        let age = instant -| anchored
        let source = source +| age
        let held = shown +| Nanoseconds(age.count >> 1)
        let shownNow = shown > self.source ? max(held, source) : source
        // The last choice is too old: the time continues, but without any guarantee.
        let isVouchedFor = instant <= expires
        let grown = age > .zero ? growth(age) : .zero
        return StampedTime(
            shownNow, quality: isVouchedFor ? quality : .system, isTraceable: isVouchedFor && isTraceable,
            bounds: isVouchedFor && hasBound
                ? (source +| (bound.lower -| grown), source +| (bound.upper +| grown)) : nil,
            held: shownNow -| source, epoch: isVouchedFor && epochNumber > 0 ? epochNumber : nil)
    }
}

/// The sources to choose from.
public struct TimeSources: Sendable {
    /// `nil` without a cluster.
    public var cluster: ClusterSnapshot?
    /// By how much system time is off, if a PTP clock bounds that.
    public var ptp: StatedError?
    /// By how much system time may be off, if the kernel or an NTP server holds it to UTC.
    public var synchronizedWithin: StatedError?
    /// What the coarse consensus adds to system time, and its confidence; `nil` without a consensus.
    public var consensus: (offset: Nanoseconds, confidence: Double)?
    public var minConfidence = ConsensusConfiguration().minConfidence

    public init() {}

    /// What bounds system time: PTP before the kernel and the NTP servers.
    package enum HostBound {
        /// How far UTC is ahead of system time.
        case ptp(OffsetInterval)
        case ntp(within: Nanoseconds)
        /// The two exclude each other by this much.
        case contradiction(by: Nanoseconds)
        case none
    }

    /// What bounds system time at an instant.
    package func hostBound(at instant: BootInstant, growing growth: DriftGrowth) -> HostBound {
        let within = synchronizedWithin?.error(at: instant, growing: growth)
        guard let ahead = ptp?.ahead(at: instant, growing: growth) else {
            return within.map { .ntp(within: $0) } ?? .none
        }
        guard let within else { return .ptp(ahead) }
        let distance = ahead.distance(to: OffsetInterval(.zero, bound: within))
        return distance == .zero ? .ptp(ahead) : .contradiction(by: distance)
    }

    /// The error that the host states to its peers: the smaller one. `nil` without one, and if the two exclude each
    /// other.
    package func statedError(at instant: BootInstant, growing growth: DriftGrowth) -> StatedError? {
        if case .contradiction = hostBound(at: instant, growing: growth) { return nil }
        return [ptp, synchronizedWithin].compactMap(\.self).min {
            $0.error(at: instant, growing: growth) < $1.error(at: instant, growing: growth)
        }
    }
}

/// Chooses the best time, and keeps it from falling.
public struct BestAvailableTime: Sendable {
    private let growth: DriftGrowth
    private let growthOfTwo: DriftGrowth
    /// The line in use; `nil` before the first.
    public private(set) var plan: BestTimePlan?

    /// - Parameter driftBound: ρ, in parts per billion.
    public init(driftBound: Int64 = 50_000) {
        growth = DriftGrowth(clocks: 1, driftBound: driftBound)
        growthOfTwo = DriftGrowth(clocks: 2, driftBound: driftBound)
    }

    /// Chooses the source again.
    ///
    /// - Parameters:
    ///   - instant, realtime: BOOTTIME and system time, read together, now; not before the last reading.
    /// - Returns: the line to use from now on.
    public mutating func choose(
        among sources: TimeSources, at instant: BootInstant, realtime: UTCInstant
    ) -> BestTimePlan {
        let choice = choice(sources, instant, realtime)
        // The previous line holds up to here. From here on, the time runs at half the rate.
        let shown = plan.map { max($0.time(at: instant).time, choice.time) } ?? choice.time
        let next = BestTimePlan(
            anchored: instant, source: choice.time, shown: shown, bound: choice.bound ?? .ours,
            growth: choice.isTraceable ? growth : growthOfTwo, epochNumber: choice.epochNumber,
            expires: choice.expires, quality: choice.quality, isTraceable: choice.isTraceable,
            hasBound: choice.bound != nil)
        plan = next
        return next
    }

    private struct Choice {
        var time: UTCInstant
        var quality: UTCSource
        var isTraceable = false
        var bound: OffsetInterval?
        var epochNumber: Int64 = 0
        var expires = BootInstant(nanoseconds: .max)

        init(_ time: UTCInstant, _ quality: UTCSource) { (self.time, self.quality) = (time, quality) }

        /// System time with its known error.
        init(_ time: UTCInstant, within error: Nanoseconds) {
            self.init(time, .ntp)
            isTraceable = true
            bound = OffsetInterval(.zero -| error, error)
        }

        /// System time, corrected by the middle of a bound on UTC.
        init(_ realtime: UTCInstant, correctedBy ahead: OffsetInterval) {
            self.init(realtime +| ahead.middle, .ptp)
            isTraceable = true
            bound = OffsetInterval(ahead.lower -| ahead.middle, ahead.upper -| ahead.middle)
        }

        init(_ cluster: ClusterStamp, of snapshot: ClusterSnapshot) {
            self.init(cluster.time, .cluster)
            isTraceable = cluster.isTraceable
            bound = OffsetInterval(cluster.earliest -| cluster.time, cluster.latest -| cluster.time)
            epochNumber = snapshot.epochNumber
            if let end = snapshot.epochEnd { expires = end }
        }
    }

    private func choice(_ sources: TimeSources, _ instant: BootInstant, _ realtime: UTCInstant) -> Choice {
        var cluster: Choice?
        if let snapshot = sources.cluster, let time = try? snapshot.time(at: instant, realtime: realtime) {
            cluster = Choice(time, of: snapshot)
        }
        if let cluster, cluster.isTraceable { return cluster }
        switch sources.hostBound(at: instant, growing: growth) {
        case .ptp(let ahead): return Choice(realtime, correctedBy: ahead)
        case .ntp(let within): return Choice(realtime, within: within)
        case .contradiction, .none: break
        }
        if let cluster { return cluster }
        if let consensus = sources.consensus, consensus.confidence >= sources.minConfidence {
            let (time, overflow) = realtime.nanoseconds.addingReportingOverflow(consensus.offset.count)
            if !overflow { return Choice(UTCInstant(nanoseconds: time), .consensus) }
        }
        return Choice(realtime, .system)
    }
}
