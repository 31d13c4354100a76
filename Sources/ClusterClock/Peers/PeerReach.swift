// Which of a peer's last polls were answered: the reachability register of NTP (RFC 5905, 13) and of chrony. It is
// shifted to the left at every poll. A reply sets the bit of the poll that it answers, however late it comes, so the
// register says what is true of each poll: 377 (octal) after eight answers, 0 after eight polls without one.

package import TickTime

/// Which of the last eight polls of a peer were answered.
package struct PeerReach: Hashable, Sendable, BitwiseCopyable {
    /// The number of polls that the register remembers.
    package static let polls = 8

    /// The newest poll is bit 0.
    package private(set) var register: UInt8 = 0

    package init() {}

    /// How many of the last eight polls were answered.
    package var answered: Int { register.nonzeroBitCount }

    /// Whether none of the last eight polls was answered.
    package var isEmpty: Bool { register == 0 }

    /// The peer is polled.
    package mutating func poll() { register <<= 1 }

    /// An authentic reply came to the poll that `later` polls have followed. A poll that the register has
    /// forgotten changes nothing.
    package mutating func answer(later: Int) { register |= later >= 0 && later < Self.polls ? 1 << UInt8(later) : 0 }

    /// How long eight polls take: a peer that did not answer for this long is silent.
    package static func silence(polledEvery interval: Nanoseconds) -> Nanoseconds {
        interval.saturatingTimes(Int64(polls))
    }
}
