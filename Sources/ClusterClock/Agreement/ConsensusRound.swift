public import TickTime

/// One asking of all peers for their local time, at its interval: what the polls within its time bring.
public struct ConsensusRound: Sendable {
    private var schedule: ConsensusSchedule
    private var began: BootInstant?
    private var offsets: [NodeID: Nanoseconds] = [:]
    /// What each peer's clock was last seen to be ahead of ours by.
    public private(set) var latest: [NodeID: Nanoseconds] = [:]
    public private(set) var consensus: CoarseConsensus?

    /// - Parameter earlier: what an earlier run of the node knew, aged.
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

    /// Asks now, if it is not being asked.
    public mutating func hurry(at now: BootInstant) { if case .none = began { schedule.hurry(at: now) } }

    /// Our UTC was set: what the peers' clocks were ahead by, they are not any more.
    public mutating func step(by size: Nanoseconds) {
        consensus = consensus?.after(step: size)
        offsets = [:]
        latest = [:]
    }

    /// Begins an asking at its time, and ends it after the peers' time to answer.
    public mutating func advance(to now: BootInstant, _ configuration: ConsensusConfiguration) {
        guard configuration.isEnabled else { return }
        if let began {
            guard now -| began >= configuration.peerTimeout else { return }
            self.began = nil
            schedule.asked(answered: offsets.count, at: now)
            let heard = offsets.sorted { $0.key < $1.key }.prefix(configuration.maxPeers)
            // An older one goes on being aged where nobody answered.
            if let made = CoarseConsensus(of: heard.map { ($0.key, $0.value) }, configuration, at: now) {
                consensus = made
            }
        } else if now >= schedule.next {
            began = now
            offsets = [:]
        }
    }
}
