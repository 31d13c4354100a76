import ClusterClock
import TickConfiguration
import ClusterLinux
import TickLinux
import TickTime

// The peers of an answer. A silent peer has no time, because its last sample says nothing about its clock now.

extension TimeAnswer {
    static func peers(_ moment: NodeMoment, _ setup: ClusterSetup) -> [Peer] {
        setup.file.members.filter { $0.name != setup.file.node }.compactMap { member in
            let id = NodeID(named: member.name)
            guard let place = moment.report.peers.firstIndex(where: { $0.id == id }) else { return nil }
            return peer(at: place, named: member.name, address: member.address, moment, setup)
        }
    }

    private static func peer(
        at place: Int, named name: String, address: String, _ moment: NodeMoment, _ setup: ClusterSetup
    ) -> Peer {
        let (report, now) = (moment.report, moment.reading.boot)
        let peer = report.peers[place], state = report.snapshot.state(of: peer, at: place, now: now)
        let isSilent = state == .silent
        let interval = moment.interval(of: peer, driftBound: setup.file.configuration.driftBound)
        let heard = peer.lastHeard.map { max(.zero, now -| $0).count / 1_000_000 }
        let reason = absence(of: peer, isSilent, report, setup)
        let isFalse = !isSilent && peer.verdict == .falseticker
        return Peer(
            name: name, id: String(peer.id.rawValue, radix: 16), address: address, state: state.rawValue,
            reach: Int64(peer.reach.register), lastHeardMs: heard,
            timeMs: (interval?.middle).map { (moment.reading.realtime +| $0).milliseconds },
            offsetNs: interval?.middle.count, errorNs: interval?.bound.count, aheadLeastNs: interval?.lower.count,
            aheadMostNs: interval?.upper.count, included: reason == nil, reason: reason,
            view: report.peersSay[peer.id].map { Int64(clamping: $0.view) },
            kernelSynced: report.peersSay[peer.id]?.isSynchronized, verdict: peer.verdict(at: now).name,
            falseByNs: isFalse ? peer.falseBy.count : 0, timesFalse: Int64(peer.timesFalse),
            roundTripNs: isSilent ? nil : peer.lastRoundTrip?.count, heardAgoMs: heard)
    }

    /// Why the coarse consensus does not count a peer; `nil` if it does.
    private static func absence(
        of peer: PeerRecord, _ isSilent: Bool, _ report: ClusterNodeReport, _ setup: ClusterSetup
    ) -> String? {
        if !setup.consensus.isEnabled { return "the coarse consensus is off" }
        // The consensus may have counted the peer when it was made. It ages, and the next one is made without the peer.
        if isSilent { return "silent" }
        guard let consensus = report.consensus else { return "no consensus yet" }
        if let place = consensus.members.first(where: { $0.peer == peer.id }) {
            return place.isOutlier ? "outlier" : nil
        }
        return consensus.members.count >= setup.consensus.maxPeers ? "beyond max_peers" : "silent when last asked"
    }
}
