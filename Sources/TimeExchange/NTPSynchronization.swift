// Whether NTP servers confirm this host's UTC, and how closely. True UTC − ours lies in [offset − bound, offset +
// bound] of each server that follows UTC and describes itself correctly, widened by the possible drift of our own
// clock since. With several servers, the interval that a majority shares counts (Marzullo), so that one wrong server
// is outvoted.
//
// The voters are clocks, not names. Two names of one address are one voter, and so are two servers with the same
// reference and stratum: they repeat one clock, and would otherwise form a majority. A voter that is silent, or does
// not follow UTC, counts against the others.
//
// What can go wrong: two good servers that both follow GPS at stratum 1 count as one. Then the check asks for more
// servers than it needs, but never for too few.

public import ClusterClock
public import TickTime

/// One server of the configuration.
public struct NTPVoter: Hashable, Sendable {
    /// Its name as configured.
    public let server: String
    /// The address and port of the name; the name itself if it has no address.
    public let address: String
    /// The last measurement from the server; `nil` without one.
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

/// Whether NTP servers confirm this host's UTC.
public enum NTPSynchronization {
    /// A host whose UTC is off by more than this is not synchronized: 1 s.
    public static let limit = Nanoseconds.seconds(1)

    /// The combined result of the servers.
    public enum Outcome: Hashable, Sendable {
        /// At least a majority of the clocks shares it.
        case bounded(SourcedBound)
        /// No majority of clocks follows UTC: how many clocks there are, and how many follow UTC and answered.
        case noMajority(referenced: Int, clocks: Int)
        /// A majority follows UTC, and no time is shared by a majority.
        case contradiction(needed: Int, clocks: Int)
        /// The only clock does not follow UTC.
        case unfounded(SourcedBound)
    }

    /// The combined result for this host's UTC.
    ///
    /// - Parameters:
    ///   - voters: each configured server.
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
            // Names of one clock whose intervals exclude each other: some answer is wrong, and it is unknown which.
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
        case .bounded(let bound): return .bounded(SourcedBound(referenced: bound.interval))
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

    /// How far this host's UTC may be off true UTC; `nil` if the servers give no bound, or it is above `limit`.
    public static func error(
        of voters: [NTPVoter], at now: BootInstant, driftBound: Int64 = 50_000
    ) -> StatedError? {
        guard case .bounded(let bound) = outcome(of: voters, at: now, driftBound: driftBound),
            let stated = StatedError(bound, read: now), stated.error <= limit
        else { return nil }
        return stated
    }

    /// The voters, grouped by clock. The relation is transitive: if one name shares its address with a second and its
    /// reference with a third, all three are one clock.
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
