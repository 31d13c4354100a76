// The state of each peer now, in one word: the verdict of the last agreement, as long as that agreement is in use
// and the peer still answers.
//
// A verdict is as old as the agreement. A peer that stopped after it would look alive until the next agreement, or
// for ever if there is no majority left to agree. So silence is decided when the state is read.

package import TickTime

/// The state of a peer now. The marks are close to those of `chronyc sources`.
package enum PeerState: String, Hashable, Sendable, CaseIterable {
    /// It agrees, and belongs to the majority behind the agreement's skew interval.
    case majority
    /// It agrees, and the agreement has its majority without it.
    case agreeing
    /// It agrees only within half the tolerance.
    case wide
    /// It does not agree.
    case falseticker = "false"
    /// It answers, but no agreement in use has judged it.
    case unjudged
    /// It does not answer.
    case silent

    /// One character for a table.
    package var mark: String {
        switch self {
        case .majority: "*"
        case .agreeing: "+"
        case .wide: "-"
        case .falseticker: "x"
        case .unjudged: "~"
        case .silent: "?"
        }
    }
}

extension PeerRecord {
    /// Whether the peer is silent: it answered none of its last eight polls, or did not answer for as long as
    /// eight polls take.
    ///
    /// The first rule works while the node polls. The second also works after a time without polls, because the
    /// process was stopped or the host slept.
    package func isSilent(at now: BootInstant) -> Bool {
        guard let lastHeard, !reach.isEmpty else { return true }
        return now -| lastHeard >= silence
    }

    /// The verdict of the last agreement; `silent` for a peer that is silent now.
    package func verdict(at now: BootInstant) -> PeerVerdict { isSilent(at: now) ? .silent : verdict }
}

extension ClusterSnapshot {
    /// The state of a peer now.
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
        case .falseticker: return .falseticker
        case .agreeing:
            let members = epoch?.skewMembers ?? 0
            return members >> UInt64(place + 1) & 1 == 1 ? .majority : .agreeing
        }
    }
}
