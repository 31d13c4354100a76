// Hosts of a station over one linearizable store, in true time: the state machines that an agent runs, with seeded
// clocks, a seeded network, and faults. Each host ticks its channels as a loop does, and looks at its gate at each tick.
//
// Requests take random times, are lost, are applied late and answered late, and answers to applied writes are lost.
// Processes stop for any time; hosts are suspended, die and start again; the store has no leader for a while, or goes
// back to an earlier state.

import ClusterClock
import Stations
import TickScheduling
import TickTime

/// A run of one scenario.
struct StationWorld {
    /// A channel on one host, as its loop ticks it.
    struct Ticker {
        /// The deadline of tick 0, on the host's monotonic clock.
        let origin: Int64
        let rate: FrameRate
        let firstTick: Int64
        /// The next tick to deliver.
        var next: Int64
        /// Distinguishes this ticker from the ones before it.
        let number: Int
        /// As published last: what the tick path looks at.
        var right: AirRight?
    }

    /// An object, so that reading one of its values copies no other.
    final class Host {
        let name: String
        var clocks: HostClocks
        /// What the host believes of TAI, beside the truth.
        var taiError: Int64
        /// A step of its UTC was noticed: until then it knows no time.
        var unsynchronizedUntil: Int64 = 0
        let taiBound: Int64
        var part: StationHost
        /// By channel, in the order of the plan.
        var tickers: [Ticker?]
        /// Until when its process is stopped.
        var stoppedUntil: Int64 = 0
        var isDead = false
        var life = 0
        var lastStamp: UTCInstant?

        init(name: String, clocks: HostClocks, taiError: Int64, taiBound: Int64, part: StationHost, channels: Int) {
            self.name = name
            tickers = Array(repeating: nil, count: channels)
            self.clocks = clocks
            self.taiError = taiError
            self.taiBound = taiBound
            self.part = part
        }
    }

    let scenario: StationScenario
    let seed: UInt64
    let plan: StationPlan
    var random: SimulationRandom
    var now: Int64 = 0
    var events = FutureEvents<StationWorld>()
    var hosts: [Host] = []
    var store = SimulatedStore()
    var checks: StationChecks
    var counts = StationCounts()
    var violations: [String] = []
    /// The events of the run, if they are recorded.
    var trace: [String]?

    // The network and the store.
    /// Until when no request of a host reaches the store, and no answer reaches the host.
    var cutTo: [Int64] = []
    var cutFrom: [Int64] = []
    var leaderlessUntil: Int64 = 0
    var lostAnswers: Int64
    var saved: SimulatedStore?
    var tickers = 0
    var relays: UInt64 = 0

    static let utcOrigin: Int64 = 1_795_000_000_000_000_000
    static let taiOrigin = utcOrigin + 37_000_000_000

    init(_ scenario: StationScenario, seed: UInt64, traces: Bool = false) {
        self.scenario = scenario
        self.seed = seed
        random = SimulationRandom(seed: seed &* 1_000_003 &+ scenario.number)
        plan = scenario.plan(&random)
        checks = StationChecks(plan)
        lostAnswers = plan.lostAnswers
        if traces { trace = [] }
        for index in 0..<plan.hosts {
            let drift = random.integer(-plan.drift...plan.drift)
            let bound = random.integer(100_000...3_000_000)
            let clocks = HostClocks(
                now: 0, uptime: random.integer(1_000_000_000...1_000_000_000_000), offset: 0, drift: drift,
                trueUTC: Self.utcOrigin)
            let name = "h\(index)"
            hosts.append(
                Host(
                    name: name, clocks: clocks, taiError: random.integer(-bound...bound), taiBound: bound,
                    part: StationHost(name: name, process: random.next(), timing: plan.timing),
                    channels: plan.channels.count))
        }
        cutTo = Array(repeating: 0, count: plan.hosts)
        cutFrom = cutTo
    }

    // MARK: - Time

    func moment(_ host: Int) -> HostMoment {
        let clocks = hosts[host].clocks, boot = BootInstant(nanoseconds: clocks.boot(now))
        guard now >= hosts[host].unsynchronizedUntil else { return HostMoment(boot: boot, tai: nil, utc: nil) }
        return HostMoment(
            boot: boot, tai: TAIInstant(nanoseconds: Self.taiOrigin + now + hosts[host].taiError),
            utc: UTCInstant(nanoseconds: Self.utcOrigin + now + hosts[host].taiError))
    }

    func fitness(_ host: Int) -> HostFitness {
        let isSynchronized = now >= hosts[host].unsynchronizedUntil
        return HostFitness(clockBoundNanoseconds: isSynchronized ? hosts[host].taiBound : nil)
    }

    mutating func after(_ delay: Int64, _ body: @escaping (inout StationWorld) -> Void) {
        events.plan(at: now + delay, body)
    }

    mutating func note(_ text: @autoclosure () -> String) {
        if trace != nil { trace?.append("\(now) \(text())") }
    }

    func isRunning(_ host: Int) -> Bool {
        !hosts[host].isDead && now >= hosts[host].stoppedUntil && !hosts[host].clocks.isAsleep
    }

    mutating func fail(_ text: String) {
        note("VIOLATION \(text)")
        violations.append(text)
    }

    // MARK: - The run

    mutating func run() {
        begin()
        while let event = events.next(), event.time <= plan.length, violations.isEmpty {
            now = event.time
            counts.events += 1
            event.body(&self)
        }
    }

    private mutating func begin() {
        for channel in plan.channels {
            store.put(.spec(channel.name), .spec(channel.spec))
            let origin = random.integer(-3_600_000_000_000...0)
            store.put(
                .grid(channel.name),
                .grid(
                    GridRecord(
                        rate: channel.rate, originTAI: TAIInstant(nanoseconds: Self.taiOrigin + origin),
                        originUTC: UTCInstant(nanoseconds: Self.utcOrigin + origin))))
            let block = PlanRecord.Block(id: 1, lengthNanoseconds: 1_700_000_000)
            store.put(
                .plan(channel.name),
                .plan(
                    PlanRecord(
                        startUTCNanoseconds: Self.utcOrigin, blocks: Array(repeating: block, count: 60))))
        }
        for host in hosts.indices { start(host, after: random.integer(0...300_000_000)) }
        for fault in plan.faults {
            events.plan(at: fault.time) { $0.happen(fault.kind) }
        }
    }

    mutating func start(_ host: Int, after delay: Int64) {
        let life = hosts[host].life
        after(delay) { $0.step(host, life) }
    }

    /// One turn of a host's agent.
    private mutating func step(_ host: Int, _ life: Int) {
        guard hosts[host].life == life, !hosts[host].isDead else { return }
        let delay = random.integer(StationPlan.look)
        guard isRunning(host) else {
            after(max(delay, hosts[host].stoppedUntil - now)) { $0.step(host, life) }
            return
        }
        after(delay) { $0.step(host, life) }
        act(host)
        stamp(host)
    }

    /// Sends what is due, and gives the channels' sessions and gates what follows from the state.
    private mutating func act(_ host: Int) {
        let moment = moment(host), fitness = fitness(host), sessions = sessions(host, moment)
        let requests = hosts[host].part.requests(at: moment, fitness: fitness, sessions: sessions)
        publish(host)
        for request in requests { send(request, host) }
    }

    private mutating func send(_ request: StationRequest, _ host: Int) {
        let life = hosts[host].life, limit = request.timeLimit.count
        let delays = plan.delay
        let there = random.chance(plan.slow) ? random.integer(200_000_000...4_000_000_000) : random.integer(delays)
        let back = random.chance(plan.slow) ? random.integer(200_000_000...1_000_000_000) : random.integer(delays)
        let isLost = random.chance(plan.lostRequests), isAnswerLost = random.chance(lostAnswers)
        after(limit) { $0.receive(.none, request, host, life) }
        guard !isLost else { return }
        after(there) { world in
            guard world.now >= world.cutTo[host] else { return }
            // A store without a leader carries requests out when it has one again.
            let wait = max(0, world.leaderlessUntil - world.now)
            world.after(wait) { world in
                let answer: StationAnswer =
                    switch request.kind {
                    case .readAll: .accepted(world.store.records)
                    case .transact(let transaction): world.store.apply(transaction)
                    }
                if case .transact(let transaction) = request.kind, case .accepted = answer,
                    !transaction.puts.isEmpty
                {
                    world.checks.saw(transaction)
                    let name = world.hosts[host].name
                    world.note("\(name) writes \(transaction.words)")
                }
                if isAnswerLost || world.now < world.cutFrom[host] { return }
                world.after(back) { $0.receive(answer, request, host, life) }
            }
        }
    }

    mutating func receive(_ answer: StationAnswer, _ request: StationRequest, _ host: Int, _ life: Int) {
        // The first of the two counts: the answer, or the end of the time limit.
        guard hosts[host].life == life, !hosts[host].isDead, hosts[host].part.awaits(request.id) else { return }
        guard isRunning(host) else {
            // A stopped process reads it when it goes on.
            return after(max(1_000_000, hosts[host].stoppedUntil - now)) { $0.receive(answer, request, host, life) }
        }
        let moment = moment(host), fitness = fitness(host), sessions = sessions(host, moment)
        hosts[host].part.receive(answer, to: request.id, at: moment, fitness: fitness, sessions: sessions)
        act(host)
    }
}
