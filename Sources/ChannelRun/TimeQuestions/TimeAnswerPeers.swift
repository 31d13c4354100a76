import ClusterClock
import TickConfiguration
import ClusterLinux
import TickLinux
import TickReports
import TickTime

// What a report says of each peer. A silent peer has no time: what it showed last says nothing of its clock now.

extension TimeAnswer {
    static func peers(_ moment: NodeMoment, _ setup: ClusterSetup, _ json: inout JSONText) {
        let (report, now) = (moment.report, moment.reading.boot)
        for member in setup.file.members where member.name != setup.file.node {
            let id = NodeID(named: member.name)
            guard let place = report.peers.firstIndex(where: { $0.id == id }) else { continue }
            let peer = report.peers[place], state = report.snapshot.state(of: peer, at: place, now: now)
            let isSilent = state == .silent
            let interval = moment.interval(of: peer, driftBound: setup.file.configuration.driftBound)
            let offset = interval?.middle
            let heard = peer.lastHeard.map { max(.zero, now -| $0).count / 1_000_000 }
            let reason = absence(of: peer, isSilent, report, setup)
            let isFalse = !isSilent && peer.verdict == .false
            json.object { json in
                json.member("name", member.name)
                json.member("id", String(id.rawValue, radix: 16))
                json.member("address", member.address)
                json.member("state", state.rawValue)
                json.member("reach", peer.reach.register)
                json.member("last_heard_ms", heard)
                json.member("time_ms", offset.map { (moment.reading.realtime +| $0).milliseconds })
                json.member("offset_ns", offset?.count)
                json.member("error_ns", interval?.bound.count)
                json.member("ahead_least_ns", interval?.lower.count)
                json.member("ahead_most_ns", interval?.upper.count)
                json.member("included", reason == nil)
                json.member("reason", reason)
                json.member("view", report.peersSay[id].map { Int64(clamping: $0.view) })
                json.member("kernel_synced", report.peersSay[id]?.isSynchronized)
                json.member("verdict", peer.verdict(at: now).name)
                json.member("false_by_ns", isFalse ? peer.falseBy.count : 0)
                json.member("times_false", peer.timesFalse)
                json.member("round_trip_ns", isSilent ? nil : peer.lastRoundTrip?.count)
                // The same as last_heard_ms, under its earlier name.
                json.member("heard_ago_ms", heard)
            }
        }
    }

    /// Why the coarse consensus does not count a peer; `nil` if it does.
    private static func absence(
        of peer: PeerRecord, _ isSilent: Bool, _ report: ClusterNodeReport, _ setup: ClusterSetup
    ) -> String? {
        if !setup.consensus.isEnabled { return "the coarse consensus is off" }
        // It may have counted the peer when it was made, and ages; the next one is made without it.
        if isSilent { return "silent" }
        guard let consensus = report.consensus else { return "no consensus yet" }
        if let place = consensus.members.first(where: { $0.peer == peer.id }) {
            return place.isOutlier ? "outlier" : nil
        }
        return consensus.members.count >= setup.consensus.maxPeers ? "beyond max_peers" : "silent when last asked"
    }
}
