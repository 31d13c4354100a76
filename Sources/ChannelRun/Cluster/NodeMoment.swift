package import ClusterClock
package import ClusterLinux
import TickLinux
package import TickTime

/// What a node knows at one instant: its last report, and the time computed for a reading of the clocks that was made
/// when the node was asked.
///
/// The report is as old as the last turn of the node's thread, 50 ms as a rule. A time from it would belong to an
/// unknown instant.
package struct NodeMoment {
    package let report: ClusterNodeReport
    package let best: StampedTime
    package let reading: HostReading

    /// The cluster clock's status at this instant, even if the node's thread has not run since.
    package var status: ClusterStatus { report.snapshot.status(at: reading.boot) }

    // The clocks were not read at one instant. The bounds hold for the whole bracket, and so for each clock's reading.

    /// The earliest possible true UTC (if untraceable: the cluster's time); `nil` if no member states a bound.
    package var earliest: UTCInstant? { timestamp.earliest }
    /// The latest.
    package var latest: UTCInstant? { timestamp.latest }

    /// How far true UTC (untraceable: the cluster's clocks) may be from the time; `nil` if that is unknown.
    package var bound: Nanoseconds? { timestamp.bound }

    /// The time as a tick would bear it.
    package var timestamp: StampedTime { best.widened(by: reading.halfBracket) }

    /// The members that answer: this one, and the peers that are not silent.
    var answering: Int { 1 + report.peers.count { !$0.isSilent(at: reading.boot) } }

    /// How far a peer's clock is ahead of this host's; `nil` for a silent peer.
    func interval(of peer: PeerRecord, driftBound: Int64) -> OffsetInterval? {
        guard !peer.isSilent(at: reading.boot), let interval = report.peerIntervals[peer.id] else { return nil }
        return interval.widened(
            by: DriftGrowth(clocks: 2, driftBound: driftBound)(reading.boot -| report.boot) +| reading.halfBracket)
    }
}
