public import TickTime

/// Asks all peers for their local time, once an interval, and collects the answers to the polls of that time.
public struct ConsensusRound: Sendable {
    private var schedule: ConsensusSchedule
    private var began: BootInstant?
    private var offsets: [NodeID: Nanoseconds] = [:]
    /// By how much each peer's clock was ahead of ours when it last answered.
    public private(set) var latest: [NodeID: Nanoseconds] = [:]
    public private(set) var consensus: CoarseConsensus?

    /// - Parameter earlier: the consensus of an earlier run of the node, aged.
    public init(_ configuration: ConsensusConfiguration, earlier: CoarseConsensus?, at now: BootInstant) {
        if configuration.isEnabled { consensus = earlier }
        schedule = ConsensusSchedule(configuration, at: now)
    }

    /// A peer's clock showed `utc` half a round trip before `received`.
    public mutating func heard(_ peer: NodeID, _ utc: UTCInstant, _ half: Nanoseconds, _ received: HostReading) {
        let offset = (utc +| half) -| received.realtime
        latest[peer] = offset
        if case .some = began { offsets[peer] = offset }
    }

    /// Starts a round now, unless one is open.
    public mutating func hurry(at now: BootInstant) { if case .none = began { schedule.hurry(at: now) } }

    /// Drops the offsets of the peers, because our UTC was set and they no longer hold.
    public mutating func step(by size: Nanoseconds) {
        consensus = consensus?.after(step: size)
        offsets = [:]
        latest = [:]
    }

    /// Starts a round when it is due, and ends it after the time that the peers have to answer.
    public mutating func advance(to now: BootInstant, _ configuration: ConsensusConfiguration) {
        guard configuration.isEnabled else { return }
        if let began {
            guard now -| began >= configuration.peerTimeout else { return }
            self.began = nil
            schedule.asked(answered: offsets.count, at: now)
            let heard = offsets.sorted { $0.key < $1.key }.prefix(configuration.maxPeers)
            // If no peer answered, the older consensus stays and goes on ageing.
            if let made = CoarseConsensus(of: heard.map { ($0.key, $0.value) }, configuration, at: now) {
                consensus = made
            }
        } else if now >= schedule.next {
            began = now
            offsets = [:]
        }
    }
}
