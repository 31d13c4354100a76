// How far each peer's UTC is ahead of this host's UTC now, for display and for proofs of synchronization. (An
// agreement uses the samples of its window instead, which a step of our UTC does not shift.)
//
// Each exchange with a peer gives bounds on this offset, as it gives a sample. The narrowest bounds are kept and
// grow as two clocks may drift apart, until a later exchange gives narrower ones. If a later exchange contradicts
// them, the peer's clock was set in between, and the later bounds are kept.

public import TickTime

/// Bounds on how far the peers' clocks are ahead of this host's clock.
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
        // Our time as this host shows it, because the interval compares with that time.
        let shown = WindowTime(realtime: received.realtime -| age -| roundTrip, boot: exchange.sent)
        guard let sample = try? ClockSample(exchange, in: shown) else { return }
        let new = Heard(sample: sample, bracket: received.halfBracket)
        if let known = heard[reply.peer] {
            let (fresh, kept) = (interval(new, at: received.boot), interval(known, at: received.boot))
            // If the two have no point in common, the peer's clock was set in between.
            guard fresh.width <= kept.width || !fresh.touches(kept) else { return }
        }
        heard[reply.peer] = new
    }

    /// Drops all bounds, because our UTC was set or the host slept, so they no longer hold.
    public mutating func forget() { heard = [:] }

    /// How far each peer is ahead of this host at `instant`.
    public func intervals(at instant: BootInstant) -> [NodeID: OffsetInterval] {
        heard.mapValues { interval($0, at: instant) }
    }

    private func interval(_ heard: Heard, at instant: BootInstant) -> OffsetInterval {
        heard.sample.interval(at: max(instant, heard.sample.sent), growing: growth).widened(by: heard.bracket)
    }
}
