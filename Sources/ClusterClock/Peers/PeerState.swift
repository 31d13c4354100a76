// What a node says of each peer in one word, now: what the last agreement made of it, as long as that agreement is in
// use and the peer still answers.
//
// A verdict is as old as the agreement. A peer that died after it would look alive until the next one, and for ever
// where no majority is left to make one. So silence is decided at the moment of asking.

package import TickTime

/// What is to be said of a peer now. The marks are close to those of `chronyc sources`.
package enum PeerState: String, Hashable, Sendable, CaseIterable {
    /// It agrees, and belongs to the majority behind the agreement's skew interval.
    case majority
    /// It agrees, and the agreement has its majority without it.
    case agreeing
    /// It agrees only within half the tolerance.
    case wide
    /// It does not agree.
    case `false`
    /// It answers, and no agreement that is in use has judged it.
    case unjudged
    /// It does not answer.
    case silent

    /// One character for a table.
    package var mark: String {
        switch self {
        case .majority: "*"
        case .agreeing: "+"
        case .wide: "-"
        case .false: "x"
        case .unjudged: "~"
        case .silent: "?"
        }
    }
}

extension PeerRecord {
    /// Whether the peer is silent: it answered none of its last eight polls, or was not heard for as long as eight
    /// polls take.
    ///
    /// The first holds while it is polled, the second also after this node did not poll: the process was stopped, or
    /// the host slept.
    package func isSilent(at now: BootInstant) -> Bool {
        guard let lastHeard, !reach.isEmpty else { return true }
        return now -| lastHeard >= silence
    }

    /// The verdict of the last agreement; `silent` for a peer that is silent now.
    package func verdict(at now: BootInstant) -> PeerVerdict { isSilent(at: now) ? .silent : verdict }
}

extension ClusterSnapshot {
    /// What is to be said of a peer now.
    ///
    /// - Parameter place: the peer's place among all peers by id, from 0.
    package func state(of peer: PeerRecord, at place: Int, now: BootInstant) -> PeerState {
        if peer.isSilent(at: now) { return .silent }
        switch status(at: now) {
        case .alone, .gathering, .expired, .disrupted: return .unjudged
        case .synchronized, .agreedUntraceable, .statedErrorsContradict, .holding: break
        }
        switch peer.verdict {
        case .silent: return .unjudged
        case .wide: return .wide
        case .false: return .false
        case .agreeing:
            let members = epoch?.skewMembers ?? 0
            return members >> UInt64(place + 1) & 1 == 1 ? .majority : .agreeing
        }
    }
}
