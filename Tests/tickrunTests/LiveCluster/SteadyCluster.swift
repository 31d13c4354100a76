import ClusterClock
import MessageDigest
import TestSupport
import TickConfiguration
import TickTime
import TimeExchange

// Members of a cluster in virtual time, each as a node's thread runs it, but without a thread, a socket and a clock:
// authenticated datagrams are admitted, drive the cluster clock, and what it publishes is read and stamped from.

/// One honest member.
struct SteadyMember {
    let id: NodeID
    /// How far its UTC is off.
    let offset: Nanoseconds
    var admission: PeerAdmission
    var clock: ClusterClock
    var round: ConsensusRound
    var intervals: PeerIntervals
    var best = BestAvailableTime()
    var plan: BestTimePlan
    var refusedSamples: [String: Int64] = [:]
    var stamps: [ClusterStamp] = []
    var times: [BestTime] = []
    private let peers: [NodeID]
    private let leadership: Leadership
    private var ticket: UInt64 = 0

    init(_ id: NodeID, among members: [NodeID], offset: Nanoseconds, at now: Nanoseconds) throws {
        (self.id, self.offset) = (id, offset)
        peers = members.filter { $0 != id }
        let reading = SteadyCluster.reading(now, offset)
        admission = PeerAdmission(
            cluster: SteadyCluster.cluster, node: id, peers: peers,
            keys: try PeerKeys(SteadyCluster.rows(of: id, among: members), of: id, sending: 1), at: reading.boot)
        clock = try ClusterClock(ClusterConfiguration(node: id, peers: peers), at: reading)
        clock.stateOwnError(StatedError(operatorError: .milliseconds(3), read: reading.boot))
        round = ConsensusRound(ConsensusConfiguration(), earlier: nil, at: reading.boot)
        intervals = PeerIntervals(driftBound: clock.configuration.driftBound)
        plan = best.choose(among: TimeSources(), at: reading.boot, realtime: reading.realtime)
        guard let authority = clock.takeLeadershipAuthority() else { throw SteadyCluster.Missing() }
        leadership = authority.token(view: 1, floor: UTCInstant(nanoseconds: 0))
    }

    func reading(_ now: Nanoseconds) -> HostReading { SteadyCluster.reading(now, offset) }

    /// Asks a peer, and takes what comes back.
    mutating func ask(_ peer: NodeID, at now: Nanoseconds, delay: Nanoseconds, _ answer: ([UInt8]) -> [UInt8]?) throws {
        ticket += 1
        let nonce = PeerNonce(high: id.rawValue, low: ticket)
        let sent = reading(now).boot
        guard let bytes = admission.request(to: peer, nonce: nonce, ticket: ticket, at: sent) else { return }
        try clock.ping(peer, nonce: ticket, at: sent)
        guard let reply = answer(bytes) else { return }
        let received = reading(now + delay + delay)
        guard case .reply(_, let answer, let ticket) = try? admission.admit(reply.span, from: peer, at: received.boot)
        else { return }
        let peerReply = PeerReply(
            peer: peer, nonce: ticket, bootID: answer.bootID, hold: answer.hold, utc: answer.utc,
            statedError: answer.statedError, isDisrupted: answer.isDisrupted)
        do throws(ClusterClockError) { _ = try clock.receive(peerReply, at: received) } catch {
            refusedSamples[error.kind, default: 0] += 1
            return
        }
        round.heard(peer, answer.utc, delay, received)
        intervals.heard(peerReply, roundTrip: delay +| delay, received, age: .zero)
    }

    /// Answers a request.
    mutating func answer(_ request: [UInt8], from peer: NodeID, at now: Nanoseconds) -> [UInt8]? {
        let reading = reading(now)
        guard case .request(let asked) = try? admission.admit(request.span, from: peer, at: reading.boot) else {
            return nil
        }
        let own = clock.answer(at: reading)
        return admission.reply(
            to: asked,
            .init(
                bootID: id.rawValue, view: 1, utc: own.utc, hold: .zero, statedError: own.statedError,
                isSynchronized: true, isDisrupted: own.isDisrupted))
    }

    /// What a turn of the node's thread does beside the exchanges, and what a tick reads.
    mutating func turn(_ now: Nanoseconds) {
        let reading = reading(now)
        clock.stateOwnError(StatedError(operatorError: .milliseconds(3), read: reading.boot))
        _ = clock.advance(to: reading)
        round.advance(to: reading.boot, ConsensusConfiguration())
        var sources = TimeSources()
        sources.cluster = clock.snapshot
        sources.consensus = round.consensus.map { ($0.offset, $0.confidence(at: reading.boot)) }
        plan = best.choose(among: sources, at: reading.boot, realtime: reading.realtime)
        times.append(plan.time(at: reading.boot))
        if let stamp = try? clock.stamp(at: reading, leadership) { stamps.append(stamp) }
    }
}

/// Two honest members and one that answers as the test says.
struct SteadyCluster {
    struct Missing: Error {}

    static let cluster = ClusterID(rawValue: 9)
    /// By the names of `Fixtures/cluster/a.json`.
    static let (one, two, liar) = (NodeID(named: "a"), NodeID(named: "b"), NodeID(named: "c"))
    static let members = [one, two, liar]
    private static let utc = UTCInstant(nanoseconds: 1_795_000_000_000_000_000)

    var first: SteadyMember
    var second: SteadyMember
    private(set) var now = Nanoseconds.zero

    init() throws {
        first = try SteadyMember(Self.one, among: Self.members, offset: .zero, at: now)
        second = try SteadyMember(Self.two, among: Self.members, offset: .milliseconds(2), at: now)
    }

    static func reading(_ now: Nanoseconds, _ offset: Nanoseconds) -> HostReading {
        HostReading(
            boot: BootInstant(nanoseconds: 60_000_000_000) + now,
            monotonic: MonotonicInstant(nanoseconds: 60_000_000_000) + now, raw: .seconds(60) + now,
            realtime: utc + now + offset, halfBracket: Nanoseconds(50), taiOffset: 37)
    }

    static func secret(_ from: NodeID, _ to: NodeID) -> [UInt8] {
        SHA256.digest(of: "\(from.rawValue) \(to.rawValue)").bytes
    }

    static func rows(of node: NodeID, among members: [NodeID]) -> [PeerKeys.Row] {
        members.filter { $0 != node }.flatMap { peer in
            [(node, peer), (peer, node)].map { .init(from: $0, to: $1, id: 1, secret: secret($0, $1)) }
        }
    }

    /// The liar's authentic reply to a request.
    private static func lie(
        _ request: [UInt8], to peer: NodeID, at now: Nanoseconds, _ change: (inout PeerDatagram.Answer) -> Void
    ) -> [UInt8]? {
        guard let asked = try? PeerDatagram(request.span) else { return nil }
        var answer = PeerDatagram.Answer(
            bootID: 3, view: 1, utc: Self.utc + now, hold: .zero, statedError: .milliseconds(3), isSynchronized: true,
            isDisrupted: false)
        change(&answer)
        return PeerDatagram(
            cluster: Self.cluster, sender: Self.liar, receiver: peer, keyID: 1, nonce: asked.nonce, answer: answer
        ).encoded(with: HMACSHA256(key: Self.secret(Self.liar, peer).span))
    }

    /// Lets time pass; every half second each honest member asks the other two.
    mutating func run(_ length: Nanoseconds, lying change: (inout PeerDatagram.Answer) -> Void) throws {
        let end = now + length, delay = Nanoseconds.milliseconds(1)
        while now < end {
            let (asked, arrived) = (now, now + delay)
            try first.ask(Self.two, at: asked, delay: delay) { second.answer($0, from: Self.one, at: arrived) }
            try first.ask(Self.liar, at: asked, delay: delay) { Self.lie($0, to: Self.one, at: arrived, change) }
            now = now + delay + delay
            let (again, back) = (now, now + delay)
            try second.ask(Self.one, at: again, delay: delay) { first.answer($0, from: Self.two, at: back) }
            try second.ask(Self.liar, at: again, delay: delay) { Self.lie($0, to: Self.two, at: back, change) }
            for _ in 0..<10 {
                now = now + .milliseconds(50)
                first.turn(now)
                second.turn(now)
            }
        }
    }
}

extension PeerDatagram.Answer {
    mutating func set(_ extreme: PeerExtreme) {
        switch extreme.field {
        case .utc: utc = UTCInstant(nanoseconds: extreme.value)
        case .hold: hold = Nanoseconds(extreme.value)
        case .statedError: statedError = Nanoseconds(extreme.value)
        case .view: view = UInt64(bitPattern: extreme.value)
        case .bootID: bootID = UInt64(bitPattern: extreme.value)
        case .disrupted: isDisrupted = true
        }
    }
}
