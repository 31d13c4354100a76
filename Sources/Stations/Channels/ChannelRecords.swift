package import TickTime

/// The settings of a channel: the record `channels/CHANNEL/spec`, written by operators.
package struct ChannelSpec: Hashable, Sendable, Codable {
    package enum Standby: String, Hashable, Sendable, Codable, CaseIterable {
        /// The standby always ticks, off air, so that its pipeline is warm.
        case hot
        /// The standby begins to tick when it takes over.
        case cold
    }

    package enum Isolation: String, Hashable, Sendable, Codable, CaseIterable {
        /// An owner without the store is off air at the end of its tenure.
        case stop
        /// An owner without the store goes on, and marks its ticks as unfenced.
        case `continue`
    }

    /// The hosts that may carry the channel, the preferred one first.
    package var hosts: [String]
    package var standby: Standby
    package var isolation: Isolation
    /// The greatest clock bound of a host that may carry it, in nanoseconds.
    package var acceptedBoundNanoseconds: Int64

    package init(
        hosts: [String], standby: Standby = .hot, isolation: Isolation = .stop,
        acceptedBoundNanoseconds: Int64 = 5_000_000
    ) {
        self.hosts = hosts
        self.standby = standby
        self.isolation = isolation
        self.acceptedBoundNanoseconds = acceptedBoundNanoseconds
    }
}

/// Where a channel's ticks fall, as one host ticks it: one tick, and the instant of its deadline.
///
/// A running grid follows its host's monotonic clock and is never re-anchored. So after a step, a leap second or weeks
/// of drift, the grid no longer ticks at `origin + offset(n)`, but on its phase.
package struct PhaseRecord: Hashable, Sendable, Codable {
    package var tick: Int64
    package var taiNanoseconds: Int64
    /// How far the instant may be off true TAI.
    package var boundNanoseconds: Int64

    package init(tick: Int64, taiNanoseconds: Int64, boundNanoseconds: Int64) {
        self.tick = tick
        self.taiNanoseconds = taiNanoseconds
        self.boundNanoseconds = boundNanoseconds
    }

    /// How far a standby's session may be off this phase before it begins again on it: the bounds of both hosts'
    /// clocks, and 1 ms for the readings of clocks.
    package func tolerance(_ ownBound: Nanoseconds) -> Nanoseconds {
        Nanoseconds(boundNanoseconds) +| ownBound +| .milliseconds(1)
    }
}

/// The grid of a channel: the record `channels/CHANNEL/grid`, written once.
package struct GridRecord: Hashable, Sendable, Codable {
    package var rateNumerator: UInt32
    package var rateDenominator: UInt32
    /// The instant of tick 0, as it was planned.
    package var originTAINanoseconds: Int64
    /// The same instant in UTC: fences of blocks are counted from it, on every host.
    package var originUTCNanoseconds: Int64
    /// The label of tick 0, if the channel counts timecode by index.
    package var timecode: String?

    // In snake case, and back, an abbreviation is a word.
    private enum CodingKeys: String, CodingKey {
        case rateNumerator, rateDenominator, timecode
        case originTAINanoseconds = "originTaiNanoseconds"
        case originUTCNanoseconds = "originUtcNanoseconds"
    }

    package init(rate: FrameRate, originTAI: TAIInstant, originUTC: UTCInstant, timecode: String? = nil) {
        rateNumerator = rate.numerator
        rateDenominator = rate.denominator
        originTAINanoseconds = originTAI.nanoseconds
        originUTCNanoseconds = originUTC.nanoseconds
        self.timecode = timecode
    }

    package var rate: FrameRate? { try? FrameRate(rateNumerator, over: rateDenominator) }

    /// The planned phase, which counts until a host has the channel on air.
    package var phase: PhaseRecord { PhaseRecord(tick: 0, taiNanoseconds: originTAINanoseconds, boundNanoseconds: 0) }
}

/// Who has a channel on air: the record `channels/CHANNEL/air`.
///
/// It outlives its channel, so that a new channel of the same name continues above its fencing number.
package struct AirRecord: Hashable, Sendable, Codable {
    /// Empty: nobody has it. Names of hosts are not empty.
    package var host: String
    /// The generation of the host's tenure under which it has the channel.
    package var generation: Int64
    /// The first tick that it delivers on air.
    package var firstTick: Int64
    /// One more than the number of the owner before it. A sink refuses ticks with a lower number.
    package var fencingNumber: Int64
    /// The phase on which it begins: that of the owner before it.
    package var phase: PhaseRecord

    package init(host: String, generation: Int64, firstTick: Int64, fencingNumber: Int64, phase: PhaseRecord) {
        self.host = host
        self.generation = generation
        self.firstTick = firstTick
        self.fencingNumber = fencingNumber
        self.phase = phase
    }

    /// Whether its last owner gave it up, after an operator had removed the channel.
    package var isNobodys: Bool { host.isEmpty }

    /// The record of a channel that nobody has. No tenure has generation 0, so it is over for everyone.
    func givenUp(for phase: PhaseRecord) -> AirRecord {
        AirRecord(host: "", generation: 0, firstTick: 0, fencingNumber: fencingNumber, phase: phase)
    }
}

/// A planned move: the record `channels/CHANNEL/relay`.
package struct RelayRecord: Hashable, Sendable, Codable {
    package enum Place: Hashable, Sendable, Codable {
        case soonest
        case fence
        case tick(Int64)
    }

    package enum State: Hashable, Sendable, Codable {
        /// An operator asks for the move.
        case requested
        /// The owner chose the first tick of the other host, and says where its ticks fall.
        case seam(tick: Int64, phase: PhaseRecord)
        /// The other host's session is ready from that tick, under this generation. The phase is that session's own.
        case ready(tick: Int64, phase: PhaseRecord, generation: Int64)
        /// The channel is the other host's from that tick on. The owner before it may still deliver earlier ones.
        case done(tick: Int64)
        /// That tick has passed, so the other host is the only one that delivers.
        case settled(tick: Int64)
        /// Nothing happened on air. The reason is for people.
        case cancelled(reason: String)
    }

    /// Distinguishes the move from earlier ones.
    package var id: UInt64
    package var target: String
    package var place: Place
    package var state: State

    package init(id: UInt64, target: String, place: Place = .soonest, state: State = .requested) {
        self.id = id
        self.target = target
        self.place = place
        self.state = state
    }

    /// Whether the hosts have nothing left to decide about the move.
    package var isOver: Bool {
        switch state {
        case .done, .settled, .cancelled: true
        case .requested, .seam, .ready: false
        }
    }

    /// Whether the move is over, and one host at most delivers. Before that, operators cannot move the channel again or
    /// remove it.
    package var isSettled: Bool { if case .done = state { false } else { isOver } }

    func with(_ state: State) -> RelayRecord { RelayRecord(id: id, target: target, place: place, state: state) }
}
