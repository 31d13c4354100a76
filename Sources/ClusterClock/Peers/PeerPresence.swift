public import TickTime

/// Notices when a peer stops answering, and when it answers again. The caller passes the time and the state of
/// the peers; this type sends nothing.
public struct PeerPresence: Sendable {
    /// What changed.
    public enum Change: Hashable, Sendable {
        /// The peer did not answer for `silence`, or has not answered since the node began.
        case lost(NodeID, silence: Nanoseconds)
        /// The peer answered again after `silence`.
        case back(NodeID, silence: Nanoseconds)
    }

    /// A peer that did not answer for this long is lost. It is the length of eight polls, after which the peer's
    /// reach is 0 and it is silent. It is at least one second, so that short polls on a busy host do not fill the
    /// log.
    public let lostAfter: Nanoseconds

    private struct Peer {
        /// When the peer last answered; before its first answer, when this node began to look.
        var heard: BootInstant
        var isLost = false
    }

    private var peers: [NodeID: Peer] = [:]

    /// - Parameter interval: how often each peer is polled.
    public init(polledEvery interval: Nanoseconds = .milliseconds(500)) {
        lostAfter = max(.seconds(1), PeerReach.silence(polledEvery: interval))
    }

    /// Compares the peers with their previous state.
    public mutating func look(_ records: [PeerRecord], at now: BootInstant) -> [Change] {
        look(records.map { ($0.id, $0.lastHeard) }, at: now)
    }

    /// The same comparison, from the instant when each peer last answered; `nil` for never.
    public mutating func look(_ heard: [(id: NodeID, last: BootInstant?)], at now: BootInstant) -> [Change] {
        var changes: [Change] = []
        for (id, last) in heard {
            var peer = peers[id] ?? Peer(heard: last ?? now)
            let before = peer.heard
            peer.heard = max(before, last ?? before)
            if peer.isLost, peer.heard > before {
                peer.isLost = false
                changes.append(.back(id, silence: peer.heard -| before))
            } else if !peer.isLost, now -| peer.heard >= lostAfter {
                peer.isLost = true
                changes.append(.lost(id, silence: now -| peer.heard))
            }
            peers[id] = peer
        }
        return changes
    }
}
