import ClusterClock
package import TickTime

/// How long a host may act after a rewrite of its record, and how long others wait before they end its tenure.
///
/// Each host counts both on its own BOOTTIME. They rest on only two premises: every host's rate is within the drift
/// bound, and the store is linearizable.
package struct TenureTiming: Hashable, Sendable {
    /// How long an accepted rewrite gives the right to act. Default: 3 s.
    package let ttl: Nanoseconds
    /// Taken off the end of the owner's time, for what lies between a reading of the clock and its effect. 100 ms.
    package let guardTime: Nanoseconds
    private let growth: DriftGrowth

    /// The admitted range of `ttl`.
    package static let admittedTTL = Nanoseconds.seconds(1)...Nanoseconds.seconds(60)

    /// - Parameters:
    ///   - ttl: 1 s ... 60 s.
    ///   - driftBound: ρ, in parts per billion, 0 ... 1 000 000.
    /// - Precondition: both are in their range.
    package init(
        ttl: Nanoseconds = .seconds(3), guardTime: Nanoseconds = .milliseconds(100), driftBound: Int64 = 50_000
    ) {
        precondition(Self.admittedTTL.contains(ttl), "a tenure lasts 1 s to 60 s")
        precondition((0...1_000_000).contains(driftBound), "the drift bound is at most a thousandth")
        precondition(guardTime >= .zero && guardTime < .milliseconds(500), "the guard is shorter than the tenure")
        self.ttl = ttl
        self.guardTime = guardTime
        growth = DriftGrowth(clocks: 2, driftBound: driftBound)
    }

    /// How often a record is rewritten, and the time limit of each request: six fit into a tenure, so that an election
    /// of the store (up to 2 s) fits as well.
    package var interval: Nanoseconds { Nanoseconds(ttl.count / 6) }

    /// Until when the host may act after it sent an accepted rewrite at `sent`. The time is counted from the sending,
    /// because the store may have accepted the rewrite at any instant since then.
    package func validUntil(sent: BootInstant) -> BootInstant { sent +| (ttl -| growth(ttl) -| guardTime) }

    /// How long another host must have seen a record at one revision before it may end the tenure.
    package var observation: Nanoseconds { ttl +| growth(ttl) }
}
