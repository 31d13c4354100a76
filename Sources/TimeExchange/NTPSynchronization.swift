// Whether NTP servers hold this host's UTC, and how closely: true UTC − ours lies in [offset − bound, offset + bound] of
// each server that follows UTC and is right about itself, grown by what our own clock may have drifted since. With
// several servers the hull of what a majority of them shares counts (Marzullo), so that one that is wrong is outvoted.
//
// The voters are clocks, not names. Two names of one address are one voter, and so are two servers with the same
// reference and stratum: they repeat one clock, and would be a majority by themselves. A voter that is silent, or that
// follows no UTC, counts against the others.
//
// What can go wrong: two good servers that both follow GPS at stratum 1 count as one. That asks for more servers than
// is needed, and never for too few.

public import ClusterClock
public import TickTime

/// One server of those that are asked.
public struct NTPVoter: Hashable, Sendable {
    /// As it is written.
    public let server: String
    /// What the name stands for, with the port; the name itself where it stands for nothing.
    public let address: String
    /// What the server said last; `nil` if nothing.
    public let measurement: NTPMeasurement?
    /// Why there is no measurement.
    public let fault: String?
    /// Whether it answered at all.
    public let hasAnswered: Bool

    public init(
        server: String, address: String, measurement: NTPMeasurement?, fault: String? = nil, hasAnswered: Bool? = nil
    ) {
        self.server = server
        self.address = address
        self.measurement = measurement
        self.fault = fault
        self.hasAnswered = hasAnswered ?? (measurement != nil)
    }
}

/// Whether NTP servers hold this host's UTC.
public enum NTPSynchronization {
    /// A host whose UTC is off by more is not called synchronized: 1 s.
    public static let limit = Nanoseconds.seconds(1)

    /// What the servers say together.
    public enum Outcome: Hashable, Sendable {
        /// At least a majority of the clocks shares it.
        case bounded(SourcedBound)
        /// No majority of clocks that follow UTC: how many there are, and how many follow UTC and answered.
        case noMajority(referenced: Int, clocks: Int)
        /// A majority follows UTC, and no time is shared by a majority.
        case contradiction(needed: Int, clocks: Int)
        /// The only clock does not lead to UTC.
        case unfounded(SourcedBound)
    }

    /// What this host's UTC is off by, as the servers say together.
    ///
    /// - Parameters:
    ///   - voters: each server that is asked.
    ///   - driftBound: ρ, in parts per billion.
    public static func outcome(
        of voters: [NTPVoter], at now: BootInstant, driftBound: Int64 = 50_000
    ) -> Outcome {
        let growth = DriftGrowth(clocks: 1, driftBound: driftBound)
        let clocks = distinct(voters)
        var intervals: [OffsetInterval] = []
        for clock in clocks {
            let claims = clock.compactMap { voter -> OffsetInterval? in
                guard let measured = voter.measurement, let interval = measured.statement.interval else { return nil }
                return interval.widened(by: growth(max(.zero, now -| measured.received)))
            }
            guard var shared = claims.first else { continue }
            // Names of one clock that exclude each other: some answer was wrong, and nobody says which.
            var isConsistent = true
            for claim in claims.dropFirst() {
                guard let both = shared.intersection(with: claim) else {
                    isConsistent = false
                    break
                }
                shared = both
            }
            if isConsistent { intervals.append(shared) }
        }
        let majority = clocks.count / 2 + 1
        switch UTCBound.among(intervals.span, majority: majority) {
        case .bounded(let bound): return .bounded(SourcedBound(majorityShares: bound.interval))
        case .statedErrorsContradict: return .contradiction(needed: majority, clocks: clocks.count)
        case .untraceable:
            if clocks.count == 1, let statement = clocks[0].compactMap(\.measurement).first?.statement,
                statement.provenance != .referenced
            {
                return .unfounded(statement)
            }
            return .noMajority(referenced: intervals.count, clocks: clocks.count)
        }
    }

    /// By how much this host's UTC may be off true UTC; `nil` where the servers do not bound it, and above `limit`.
    public static func error(
        of voters: [NTPVoter], at now: BootInstant, driftBound: Int64 = 50_000
    ) -> StatedError? {
        guard case .bounded(let bound) = outcome(of: voters, at: now, driftBound: driftBound),
            let stated = StatedError(bound, read: now), stated.error <= limit
        else { return nil }
        return stated
    }

    /// The voters by the clock that they stand for. Sameness carries over: if one name shares its address with a
    /// second and its reference with a third, all three are one clock.
    private static func distinct(_ voters: [NTPVoter]) -> [[NTPVoter]] {
        var clocks: [[NTPVoter]] = []
        for voter in voters {
            let same = clocks.indices.filter { clocks[$0].contains { isOneClock($0, voter) } }
            var merged = [voter]
            for index in same.reversed() { merged = clocks.remove(at: index) + merged }
            clocks.append(merged)
        }
        return clocks
    }

    private static func isOneClock(_ a: NTPVoter, _ b: NTPVoter) -> Bool {
        if a.address == b.address { return true }
        guard let first = a.measurement, let second = b.measurement else { return false }
        return first.reference == second.reference
    }
}
