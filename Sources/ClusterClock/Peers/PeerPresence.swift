public import TickTime

/// Notices peers that stopped answering, and peers that answer again. It is given the time and what is known of the
/// peers; it sends nothing.
public struct PeerPresence: Sendable {
    /// What changed.
    public enum Change: Hashable, Sendable {
        /// The peer was not heard for `silence`, or has never been heard since the node began.
        case lost(NodeID, silence: Nanoseconds)
        /// The peer was heard again after `silence`.
        case back(NodeID, silence: Nanoseconds)
    }

    /// A peer that was not heard for so long is lost: as long as eight polls take, when its reach is 0 and it is
    /// silent; and no less than a second, so that short polls on a busy host fill no log.
    public let lostAfter: Nanoseconds

    private struct Peer {
        /// When it was heard last; before that, when this node began to look.
        var heard: BootInstant
        var isLost = false
    }

    private var peers: [NodeID: Peer] = [:]

    /// - Parameter interval: how often each peer is polled.
    public init(polledEvery interval: Nanoseconds = .milliseconds(500)) {
        lostAfter = max(.seconds(1), PeerReach.silence(polledEvery: interval))
    }

    /// Compares the peers with what was known of them.
    public mutating func look(_ records: [PeerRecord], at now: BootInstant) -> [Change] {
        look(records.map { ($0.id, $0.lastHeard) }, at: now)
    }

    /// The same, by when each peer was heard last; `nil`: never.
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
