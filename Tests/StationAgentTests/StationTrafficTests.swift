import Stations
import TestSupport
import TickScheduling
import TickSimulation
import TickTime
import Testing

@testable import stationload

/// Hosts of a station in virtual time. Each acts as an agent's thread does: when an answer has come, when its watch saw
/// a change that it reads for, and 20 ms after its last turn. The store applies a request at once, and its answer comes
/// some milliseconds later.
private struct TrafficWorld {
    struct Counts: Equatable {
        var rewrites = 0
        var ceilings = 0
        var readings = 0
        /// Other transactions, and what they put.
        var others = 0
        var otherPuts = 0
    }

    private struct Pending {
        let time: Int64
        let host: Int
        let request: Int64
        let answer: StationAnswer
    }

    private static let turn: Int64 = 20
    private static let utc: Int64 = 1_800_000_000_000_000_000
    static let channel = "one"

    var store = SimulatedStore()
    var hosts: [StationHost]
    /// In ms.
    var now: Int64 = 1_000
    var counts = Counts()
    private var nextTurn: [Int64]
    private var pending: [Pending] = []
    private var random: SeededGenerator

    var seed: UInt64 { random.seed }

    init(hosts count: Int, ttl: Nanoseconds = .seconds(3), channelHosts: [String] = []) {
        var random = SeededGenerator()
        hosts = (0..<count).map {
            StationHost(name: Self.name($0), process: UInt64($0 + 1), timing: TenureTiming(ttl: ttl))
        }
        nextTurn = (0..<count).map { _ in Int64.random(in: 1_000..<1_500, using: &random) }
        self.random = random
        guard !channelHosts.isEmpty else { return }
        store.put(.spec(Self.channel), .spec(ChannelSpec(hosts: channelHosts)))
        store.put(
            .grid(Self.channel),
            .grid(
                GridRecord(
                    rate: .fps25, originTAI: TAIInstant(nanoseconds: Self.utc + 37_000_000_000),
                    originUTC: UTCInstant(nanoseconds: Self.utc))))
    }

    static func name(_ host: Int) -> String { "host-\(host)" }

    private var moment: HostMoment {
        HostMoment(
            boot: BootInstant(nanoseconds: now * 1_000_000),
            tai: TAIInstant(nanoseconds: Self.utc + 37_000_000_000 + now * 1_000_000), taiBound: .milliseconds(1),
            utc: UTCInstant(nanoseconds: Self.utc + now * 1_000_000))
    }

    private static let fitness = HostFitness(clockBoundNanoseconds: 1_000_000)

    var records: StationRecords { store.records }
    var owner: String? { records.channels[Self.channel]?.air?.record.host }
    var relay: RelayRecord? { records.channels[Self.channel]?.relay?.record }

    /// The sessions, as a loop has them: every host of the channel ticks it from its first tick on.
    private var sessions: [String: ChannelPart.SessionState] {
        guard let record = records.channels[Self.channel]?.grid?.record, let rate = record.rate,
            let grid = ChannelGrid(rate: rate, phase: record.phase, at: moment)
        else { return [:] }
        return [Self.channel: .init(grid: grid, phase: record.phase, firstTick: 0)]
    }

    mutating func run(milliseconds length: Int64) {
        let end = now + length
        while now < end {
            let come = pending.filter { $0.time <= now }
            pending.removeAll { $0.time <= now }
            for answer in come {
                hosts[answer.host].receive(
                    answer.answer, to: answer.request, at: moment, fitness: Self.fitness, sessions: sessions)
                nextTurn[answer.host] = now
            }
            for host in hosts.indices where nextTurn[host] <= now { turn(host) }
            now += 1
        }
    }

    private mutating func turn(_ host: Int) {
        nextTurn[host] = now + Self.turn
        for request in hosts[host].requests(at: moment, fitness: Self.fitness, sessions: sessions) {
            let answer: StationAnswer
            switch request.kind {
            case .readAll:
                counts.readings += 1
                answer = .accepted(records)
            case .transact(let transaction):
                answer = store.apply(transaction)
                if case .accepted = answer { count(transaction) }
            }
            let delay = Int64.random(in: 1...15, using: &random)
            pending.append(Pending(time: now + delay, host: host, request: request.id, answer: answer))
        }
    }

    private mutating func count(_ transaction: StationTransaction) {
        switch transaction.puts.first?.key {
        case nil: return
        case .host where transaction.puts.count == 1: counts.rewrites += 1
        case .ceiling: counts.ceilings += 1
        default:
            counts.others += 1
            counts.otherPuts += transaction.puts.count
        }
        hint(transaction.puts.map(\.key))
    }

    /// The watch of each host, a little later.
    private mutating func hint(_ keys: [StationKey]) {
        guard keys.contains(where: \.isAwaited) else { return }
        for host in hosts.indices {
            hosts[host].hurry()
            nextTurn[host] = min(nextTurn[host], now + 2)
        }
    }

    /// An operator's order.
    mutating func order(_ transaction: StationTransaction) throws {
        guard case .accepted = store.apply(transaction) else {
            Issue.record("an order was refused")
            return
        }
        count(transaction)
    }
}

@Suite("What a station asks of etcd")
struct StationTrafficTests {
    /// A host looks every 20 ms whether something is due. So an interval is up to a turn longer than the formula's.
    private static func bounds(
        _ perSecond: ClosedRange<Double>, every interval: Nanoseconds, seconds: Double
    ) -> ClosedRange<Double> {
        let length = Double(interval.count) / 1e9
        let least = perSecond.lowerBound * seconds * length / (length + 0.022)
        return least - 2...perSecond.upperBound * seconds + 2
    }

    @Test(
        "a host that only keeps its tenure rewrites its record and reads all records at most 6/ttl times a second",
        arguments: [(1, Int64(3)), (3, 3), (12, 3), (3, 1), (3, 30)])
    func idle(hosts: Int, seconds: Int64) {
        let ttl = Nanoseconds.seconds(seconds)
        var world = TrafficWorld(hosts: hosts, ttl: ttl)
        let seed = world.seed
        world.run(milliseconds: 5_000 * seconds)
        #expect(world.hosts.allSatisfy { $0.tenure.state == .held } && world.records.primary != nil, "seed \(seed)")
        world.counts = TrafficWorld.Counts()
        world.run(milliseconds: 60_000)
        let traffic = StationTraffic(hosts: hosts, ttl: ttl), counts = world.counts
        let interval = Nanoseconds(ttl.count / 6), half = Nanoseconds(traffic.lead.count / 2)
        let cases = [
            ("rewrites", counts.rewrites, traffic.rewritesPerSecond...traffic.rewritesPerSecond, interval),
            ("ceilings", counts.ceilings, traffic.ceilingsPerSecond...traffic.ceilingsPerSecond, half),
            ("readings", counts.readings, traffic.readingsPerSecond, interval),
        ]
        for (name, count, perSecond, every) in cases {
            let bounds = Self.bounds(perSecond, every: every, seconds: 60)
            #expect(bounds.contains(Double(count)), "\(count) \(name), not in \(bounds); seed \(seed)")
        }
        #expect(counts.others == 0, "seed \(seed)")
    }

    @Test("a planned move is five transactions with six puts, the operator's included")
    func move() throws {
        let names = (0..<3).map(TrafficWorld.name)
        var world = TrafficWorld(hosts: 6, channelHosts: names)
        let seed = world.seed
        world.run(milliseconds: 15_000)
        let owner = try #require(world.owner, "seed \(seed)")
        let target = try #require(names.first { $0 != owner })
        world.counts = TrafficWorld.Counts()
        try world.order(ChannelOrders(TrafficWorld.channel, world.records).move(to: target, at: .soonest, id: 1))
        world.run(milliseconds: 10_000)
        #expect(world.owner == target && world.relay?.isSettled == true, "seed \(seed)")
        #expect(world.counts.others == StationTraffic.transactionsOfMove, "seed \(seed)")
        #expect(world.counts.otherPuts == StationTraffic.putsOfMove, "seed \(seed)")
        // The target's first claim comes at once.
        let rewrites = StationTraffic(hosts: 6).rewritesPerSecond * 10
        #expect(Double(world.counts.rewrites) <= rewrites + 8, "seed \(seed)")
    }

    @Test("while a move waits for a distant tick, its two hosts read five times as often, and no other host does")
    func waitingMove() throws {
        let names = (0..<3).map(TrafficWorld.name)
        var world = TrafficWorld(hosts: 12, channelHosts: names)
        let seed = world.seed
        world.run(milliseconds: 15_000)
        let owner = try #require(world.owner, "seed \(seed)")
        let target = try #require(names.first { $0 != owner })
        try world.order(
            ChannelOrders(TrafficWorld.channel, world.records).move(to: target, at: .tick(25 * 3_600), id: 1))
        world.run(milliseconds: 1_000)
        world.counts = TrafficWorld.Counts()
        world.run(milliseconds: 60_000)
        #expect(world.relay?.isOver == false)
        let most = StationTraffic(hosts: 12).readingsPerSecond(moves: 1) * 60
        #expect(Double(world.counts.readings) <= most + 2, "seed \(seed)")
        #expect(world.counts.others == 0, "seed \(seed)")
    }
}
