// How far the UTC that peers show is ahead of the UTC that this host shows, now: for people, and for proofs of
// synchronization. (Agreement uses the samples of its window, whose time a step of our UTC does not move.)
//
// An exchange bounds it as a sample does; the narrowest is kept, and grows as two clocks may drift apart, until
// a later one is narrower. Where a later one contradicts it, the peer's clock was set since, and the later one is kept.

public import TickTime

/// Bounds on what peers' clocks show against this host's.
public struct PeerIntervals: Sendable {
    private struct Heard {
        let sample: ClockSample
        /// How well our UTC was read.
        let bracket: Nanoseconds
    }

    private var heard: [NodeID: Heard] = [:]
    private let growth: DriftGrowth

    /// - Parameter driftBound: ρ, in parts per billion.
    public init(driftBound: Int64) { growth = DriftGrowth(clocks: 2, driftBound: driftBound) }

    /// A reply came.
    ///
    /// - Parameters:
    ///   - roundTrip: from our request to the reply's arrival.
    ///   - received: the host's clocks, read `age` after the reply arrived.
    public mutating func heard(_ reply: PeerReply, roundTrip: Nanoseconds, _ received: HostReading, age: Nanoseconds) {
        let arrived = received.boot -| age
        let exchange = ClockExchange(
            peer: reply.peer, sent: arrived -| roundTrip, received: arrived, hold: reply.hold, peerUTC: reply.utc,
            statedError: reply.statedError)
        // Our time as it is shown, so that the interval is against what this host shows.
        let shown = WindowTime(realtime: received.realtime -| age -| roundTrip, boot: exchange.sent)
        guard let sample = try? ClockSample(exchange, in: shown) else { return }
        let new = Heard(sample: sample, bracket: received.halfBracket)
        if let known = heard[reply.peer] {
            let (fresh, kept) = (interval(new, at: received.boot), interval(known, at: received.boot))
            // Two that have no point in common are of two clocks: the peer's was set since.
            guard fresh.width <= kept.width || !fresh.touches(kept) else { return }
        }
        heard[reply.peer] = new
    }

    /// Our UTC was set, or we slept: what was heard is about another clock.
    public mutating func forget() { heard = [:] }

    /// How far each peer is ahead of this host at `instant`.
    public func intervals(at instant: BootInstant) -> [NodeID: OffsetInterval] {
        heard.mapValues { interval($0, at: instant) }
    }

    private func interval(_ heard: Heard, at instant: BootInstant) -> OffsetInterval {
        heard.sample.interval(at: max(instant, heard.sample.sent), growing: growth).widened(by: heard.bracket)
    }
}
