// The best available time, with its quality. The first source that applies:
//
//     cluster     agreed, and bounded against UTC
//     ntp         system time, which the kernel or an NTP server holds to UTC
//     cluster     agreed, but untraceable
//     consensus   system time, corrected by the coarse consensus, if that is trusted enough
//     system      system time
//
// It is never an error, and it never falls. When its source goes back (a wall clock that is set, a better
// source that disagrees), time goes on at half its rate until the source has caught up:
//
//     time(m) = max(source + (m − anchored), held + (m − anchored)/2)
//
// a function of one clock reading, the same for every reader, and of two plans that follow each other the
// later is never below the earlier. What it is held ahead by is said beside it. This `held` has nothing to do
// with a primary's last stamp: that one commits, this one shows.

public import TickTime

/// The best time at one instant.
public struct BestTime: Hashable, Sendable, BitwiseCopyable {
    public let time: UTCInstant
    /// By how much `time` is held ahead of its source; 0 mostly.
    public let held: Nanoseconds
    // Without optionals, whose bytes would lie across words: this is made between two clock readings.
    /// The bounds − the source's time.
    @usableFromInline let lower: Nanoseconds
    @usableFromInline let upper: Nanoseconds
    /// Of the agreement; 0: none.
    @usableFromInline let epochNumber: Int64
    public let quality: UTCSource
    /// Whether true UTC is bounded: by `earliest ... latest`, if those who state their errors are right.
    public let isTraceable: Bool
    public let hasBounds: Bool

    @inlinable @inline(__always) init(
        _ time: UTCInstant, held: Nanoseconds, lower: Nanoseconds, upper: Nanoseconds, epochNumber: Int64,
        quality: UTCSource, isTraceable: Bool, hasBounds: Bool
    ) {
        self.time = time
        self.held = held
        self.lower = lower
        self.upper = upper
        self.epochNumber = epochNumber
        self.quality = quality
        self.isTraceable = isTraceable
        self.hasBounds = hasBounds
    }

    /// Where true UTC is; if untraceable, where the cluster's clocks are; `nil` without a bound.
    @inlinable public var earliest: UTCInstant? { hasBounds ? time -| held +| lower : nil }
    @inlinable public var latest: UTCInstant? { hasBounds ? time -| held +| upper : nil }
    /// The number of the agreement behind it; `nil` without an agreement.
    @inlinable public var epoch: Int64? { epochNumber > 0 ? epochNumber : nil }

    /// The same time, held at another that was given before, where that is later.
    #if !DEBUG
        @_noAllocation @_noLocks
    #endif
    @inlinable @inline(__always) public func held(atLeast given: UTCInstant) -> BestTime {
        let more = given > time ? given -| time : .zero
        return BestTime(
            time +| more, held: held +| more, lower: lower, upper: upper, epochNumber: epochNumber, quality: quality,
            isTraceable: isTraceable, hasBounds: hasBounds)
    }
}

/// A line of time that any reader can evaluate at its own reading of BOOTTIME.
public struct BestTimePlan: Hashable, Sendable, BitwiseCopyable {
    @usableFromInline let anchored: BootInstant
    /// What the source says at `anchored`, and what is shown there.
    @usableFromInline let source: UTCInstant
    @usableFromInline let shown: UTCInstant
    /// True UTC − the source's time, at `anchored`; it grows with age.
    @usableFromInline let bound: OffsetInterval
    @usableFromInline let growth: DriftGrowth
    /// Of the agreement; 0: none.
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
    @inlinable @inline(__always) public func time(at instant: BootInstant) -> BestTime {
        let age = instant -| anchored
        let source = source +| age
        let held = shown +| Nanoseconds(age.count >> 1)
        let shownNow = shown > self.source ? max(held, source) : source
        // No choice was made for too long: the time continues, but without any guarantee.
        let isVouchedFor = instant <= expires
        let grown = age > .zero ? growth(age) : .zero
        return BestTime(
            shownNow, held: shownNow -| source, lower: bound.lower -| grown, upper: bound.upper +| grown,
            epochNumber: isVouchedFor ? epochNumber : 0, quality: isVouchedFor ? quality : .system,
            isTraceable: isVouchedFor && isTraceable, hasBounds: isVouchedFor && hasBound)
    }
}

/// What there is to choose from.
public struct TimeSources: Sendable {
    /// `nil` without a cluster.
    public var cluster: ClusterSnapshot?
    /// By how much system time may be off, if the kernel or an NTP server holds it to UTC.
    public var synchronizedWithin: StatedError?
    /// What the coarse consensus adds to system time, and how far it is trusted, if there is one.
    public var consensus: (offset: Nanoseconds, confidence: Double)?
    public var minConfidence = ConsensusConfiguration().minConfidence

    public init() {}
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
    ///   - instant, realtime: BOOTTIME and system time, read together, now; not before the last.
    /// - Returns: the line to be used from now on.
    public mutating func choose(
        among sources: TimeSources, at instant: BootInstant, realtime: UTCInstant
    ) -> BestTimePlan {
        let choice = choice(sources, instant, realtime)
        // The line before goes on to here, and from here on at half its rate.
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

        /// System time, known to within an error.
        init(_ time: UTCInstant, within error: Nanoseconds) {
            self.init(time, .ntp)
            isTraceable = true
            bound = OffsetInterval(.zero -| error, error)
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
        if let within = sources.synchronizedWithin {
            return Choice(realtime, within: within.error(at: instant, growing: growth))
        }
        if let cluster { return cluster }
        if let consensus = sources.consensus, consensus.confidence >= sources.minConfidence {
            let (time, overflow) = realtime.nanoseconds.addingReportingOverflow(consensus.offset.count)
            if !overflow { return Choice(UTCInstant(nanoseconds: time), .consensus) }
        }
        return Choice(realtime, .system)
    }
}
