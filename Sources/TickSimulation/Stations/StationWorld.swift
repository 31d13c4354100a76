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
        let endTick: Int64?
        /// The next tick to deliver.
        var next: Int64
        /// Told apart from the tickers before it.
        let number: Int
        /// As published last: what the tick path looks at.
        var right: AirRight?
    }

    /// An object, so that a look at one of its values copies no other.
    final class Host {
        let name: String
        var clocks: HostClocks
        /// What the host believes of TAI, beside the truth.
        var taiError: Int64
        /// A step of its UTC was noticed: until then it knows no time.
        var unsynchronizedUntil: Int64 = 0
        let taiBound: Int64
        var part: StationHost
        var tickers: [String: Ticker] = [:]
        /// Until when its process is stopped.
        var stoppedUntil: Int64 = 0
        var isDead = false
        var isUnfit = false
        var life = 0
        var lastStamp: UTCInstant?

        init(name: String, clocks: HostClocks, taiError: Int64, taiBound: Int64, part: StationHost) {
            self.name = name
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
    var checks = StationChecks()
    var counts = StationCounts()
    var violations: [String] = []
    /// The events of the run, if they are recorded.
    var trace: [String]?

    // The network and the store.
    /// Until when each host reaches the store with nothing, and hears nothing of it.
    var cutTo: [Int64] = []
    var cutFrom: [Int64] = []
    var leaderlessUntil: Int64 = 0
    var lostAnswers: Int64
    var saved: SimulatedStore?
    private var tickers = 0
    private var relays: UInt64 = 0

    static let utcOrigin: Int64 = 1_795_000_000_000_000_000
    static let taiOrigin = utcOrigin + 37_000_000_000

    init(_ scenario: StationScenario, seed: UInt64, traces: Bool = false) {
        self.scenario = scenario
        self.seed = seed
        random = SimulationRandom(seed: seed &* 1_000_003 &+ scenario.number)
        plan = scenario.plan(&random)
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
                    part: StationHost(name: name, process: random.next(), timing: plan.timing)))
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
        return HostFitness(
            clockBoundNanoseconds: isSynchronized ? hosts[host].taiBound : nil,
            reason: hosts[host].isUnfit ? "it is drained" : nil)
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

    // MARK: - The run

    mutating func run() {
        begin()
        while let event = events.next(), event.time <= plan.length, violations.isEmpty {
            now = event.time
            counts.events += 1
            event.body(&self)
        }
        checks.end(self.plan, &counts)
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

    /// What this host's loop says of its sessions.
    private func sessions(_ host: Int, _ moment: HostMoment) -> [String: ChannelPart.SessionState] {
        var states: [String: ChannelPart.SessionState] = [:]
        for (name, ticker) in hosts[host].tickers {
            let monotonic = hosts[host].clocks.monotonicTime(now)
            guard let offset = try? ticker.rate.offset(ofTick: ticker.next) else { continue }
            let ahead = Nanoseconds(ticker.origin - monotonic) +| offset
            guard let grid = ChannelGrid(rate: ticker.rate, tick: ticker.next, due: moment.boot +| ahead) else { continue }
            let phase = moment.tai.map { tai in
                PhaseRecord(
                    tick: ticker.next, taiNanoseconds: (tai +| ahead).nanoseconds,
                    boundNanoseconds: hosts[host].taiBound)
            }
            states[name] = ChannelPart.SessionState(grid: grid, phase: phase, firstTick: ticker.firstTick)
        }
        return states
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
                    case .readAll: .accepted(world.store.readAll())
                    case .transact(let transaction): world.store.apply(transaction)
                    }
                if case .transact(let transaction) = request.kind, case .accepted = answer,
                    !transaction.puts.isEmpty
                {
                    world.checks.saw(transaction, at: world.now)
                    let name = world.hosts[host].name
                    world.note("store: \(name) \(transaction.puts.map(\.value))")
                }
                if isAnswerLost || world.now < world.cutFrom[host] { return }
                world.after(back) { $0.receive(answer, request, host, life) }
            }
        }
    }

    private mutating func receive(_ answer: StationAnswer, _ request: StationRequest, _ host: Int, _ life: Int) {
        guard hosts[host].life == life, !hosts[host].isDead else { return }
        guard isRunning(host) else {
            // A stopped process reads it when it goes on.
            return after(max(1_000_000, hosts[host].stoppedUntil - now)) { $0.receive(answer, request, host, life) }
        }
        let moment = moment(host), fitness = fitness(host), sessions = sessions(host, moment)
        hosts[host].part.receive(answer, to: request.id, at: moment, fitness: fitness, sessions: sessions)
        publish(host)
        act(host)
    }

    // MARK: - Sessions and ticks

    /// Begins and ends sessions, and publishes the right of each.
    private mutating func publish(_ host: Int) {
        guard let records = hosts[host].part.records else { return }
        for (name, part) in hosts[host].part.parts {
            let wanted = part.session(records)
            let ticker = hosts[host].tickers[name]
            if let wanted {
                if ticker == nil || isOff(ticker, wanted, part, host) { begin(wanted, name, host, records) }
            } else if ticker != nil {
                hosts[host].tickers[name] = nil
            }
            let right = part.right(hosts[host].part.tenure)
            hosts[host].tickers[name]?.right = right
        }
    }

    /// Whether a standby's session is no longer where the channel ticks, so that it begins anew.
    private func isOff(_ ticker: Ticker?, _ wanted: ChannelPart.Session, _ part: ChannelPart, _ host: Int) -> Bool {
        guard let ticker, part.air == nil else { return false }
        guard let offset = try? ticker.rate.offset(ofTick: wanted.phase.tick) else { return false }
        let due = Self.taiOrigin + now + hosts[host].taiError + ticker.origin
            + offset.count - hosts[host].clocks.monotonicTime(now)
        return abs(due - wanted.phase.taiNanoseconds) > 20_000_000
    }

    private mutating func begin(
        _ wanted: ChannelPart.Session, _ name: String, _ host: Int, _ records: StationRecords
    ) {
        guard let rate = records.channels[name]?.grid?.record.rate,
            let offset = try? rate.offset(ofTick: wanted.phase.tick)
        else { return }
        let tai = Self.taiOrigin + now + hosts[host].taiError, monotonic = hosts[host].clocks.monotonicTime(now)
        let origin = wanted.phase.taiNanoseconds - offset.count - tai + monotonic
        let due = (rate.lastTickDue(after: Nanoseconds(monotonic - origin)) ?? -1) + 1
        let first = max(wanted.firstTick ?? 0, due)
        tickers += 1
        hosts[host].tickers[name] = Ticker(
            origin: origin, rate: rate, firstTick: first, endTick: wanted.endTick, next: first, number: tickers)
        planTick(host, name, tickers)
    }

    private mutating func planTick(_ host: Int, _ name: String, _ number: Int) {
        guard let ticker = hosts[host].tickers[name], ticker.number == number,
            let offset = try? ticker.rate.offset(ofTick: ticker.next)
        else { return }
        let wait = ticker.origin + offset.count - hosts[host].clocks.monotonicTime(now)
        // The clock's rate is not that of true time: a wake a little early looks again.
        after(max(0, wait) + random.integer(0...200_000)) { $0.tick(host, name, number) }
    }

    private mutating func tick(_ host: Int, _ name: String, _ number: Int) {
        guard let ticker = hosts[host].tickers[name], ticker.number == number, !hosts[host].isDead else { return }
        guard isRunning(host) else {
            return after(max(1_000_000, hosts[host].stoppedUntil - now)) { $0.tick(host, name, number) }
        }
        guard let offset = try? ticker.rate.offset(ofTick: ticker.next) else { return }
        let late = hosts[host].clocks.monotonicTime(now) - ticker.origin - offset.count
        guard late >= 0 else { return planTick(host, name, number) }
        deliver(ticker.next, name, host)
        var next = ticker.next + 1
        // A long backlog is skipped, as a session of a channel does.
        if late > plan.backlog, let last = ticker.rate.lastTickDue(after: offset +| Nanoseconds(late)) {
            next = max(next, last)
        }
        hosts[host].tickers[name]?.next = next
        planTick(host, name, number)
    }

    private mutating func deliver(_ index: Int64, _ name: String, _ host: Int) {
        guard let right = hosts[host].tickers[name]?.right else { return }
        let boot = BootInstant(nanoseconds: hosts[host].clocks.boot(now))
        let state = right.state(ofTick: index, at: boot)
        guard state.isOnAir else { return }
        let delivery = StationChecks.Delivery(
            time: now, host: host, index: index, fencingNumber: right.fencingNumber, isFenced: !state.isUnfenced)
        if let violation = checks.deliver(delivery, name, plan, &counts) { fail(violation) }
    }

    mutating func fail(_ text: String) {
        note("VIOLATION \(text)")
        violations.append(text)
    }

    // MARK: - Stamps

    private mutating func stamp(_ host: Int) {
        guard let right = hosts[host].part.primary.right, let utc = moment(host).utc else { return }
        let time = max(utc, right.floor, hosts[host].lastStamp ?? right.floor)
        do throws(Primary.Refusal) {
            try hosts[host].part.primary.check(time, hosts[host].part.tenure, at: moment(host).boot)
        } catch {
            if error == .ceilingReached { counts.refusedAtCeiling += 1 }
            return
        }
        hosts[host].lastStamp = time
        hosts[host].part.primary.saw(stamp: time)
        if let violation = checks.stamp(time.nanoseconds, view: right.view, &counts) { fail(violation) }
    }

    // MARK: - Faults

    mutating func happen(_ fault: StationPlan.Fault) {
        note("fault: \(fault)")
        switch fault {
        case .stop(let who, let length):
            guard let host = resolve(who) else { return }
            hosts[host].stoppedUntil = max(hosts[host].stoppedUntil, now + length)
        case .suspend(let who, let length):
            guard let host = resolve(who), !hosts[host].clocks.isAsleep else { return }
            hosts[host].clocks.sleep(now)
            hosts[host].stoppedUntil = max(hosts[host].stoppedUntil, now + length)
            after(length) { $0.hosts[host].clocks.wake($0.now) }
        case .die(let who, let length):
            guard let host = resolve(who) else { return }
            kill(host, backAfter: length)
        case .cut(let who, let length, let direction):
            guard let host = resolve(who) else { return }
            if direction != .from { cutTo[host] = max(cutTo[host], now + length) }
            if direction != .to { cutFrom[host] = max(cutFrom[host], now + length) }
        case .leaderless(let length): leaderlessUntil = max(leaderlessUntil, now + length)
        case .save: saved = store
        case .restore:
            if let saved {
                store = saved
                checks.wasRestored = true
            }
        case .clock(let who, let error):
            guard let host = resolve(who) else { return }
            // The cluster's clock throws its samples away, and finds the time again, within the bound.
            hosts[host].unsynchronizedUntil = now + 700_000_000
            let bound = hosts[host].taiBound
            hosts[host].taiError = error % (bound + 1)
        case .drift(let who, let partsPerBillion):
            guard let host = resolve(who) else { return }
            hosts[host].clocks.setDrift(partsPerBillion, now)
        case .move(let place): requestMove(place)
        case .releaseAll(let host): hosts[host].part.release()
        }
    }

    private func resolve(_ who: StationPlan.Who) -> Int? {
        switch who {
        case .host(let host): return host
        case .owner(let channel):
            guard case .air(let air)? = store.value(.air(channel))?.value else { return nil }
            return hosts.firstIndex { $0.name == air.host && !$0.isDead }
        case .primary:
            guard case .primary(let primary)? = store.value(.primary)?.value else { return nil }
            return hosts.firstIndex { $0.name == primary.host && !$0.isDead }
        }
    }

    /// Ends a process, which comes back with nothing but its disk.
    mutating func kill(_ host: Int, backAfter length: Int64?) {
        hosts[host].isDead = true
        hosts[host].life += 1
        hosts[host].tickers = [:]
        hosts[host].stoppedUntil = 0
        checks.died(hosts[host].name, at: now)
        guard let length else { return }
        let life = hosts[host].life
        after(length) { world in
            guard world.hosts[host].life == life else { return }
            world.hosts[host].isDead = false
            world.hosts[host].lastStamp = nil
            let memory = world.plan.losesDisks ? StationMemory() : world.hosts[host].part.memory
            world.hosts[host].part = StationHost(
                name: world.hosts[host].name, process: world.random.next(), timing: world.plan.timing,
                memory: memory)
            world.start(host, after: 0)
        }
    }

    /// An operator asks for a move of each channel to another host.
    private mutating func requestMove(_ place: RelayRecord.Place) {
        for channel in plan.channels {
            guard case .air(let air)? = store.value(.air(channel.name))?.value else { continue }
            if case .relay(let relay)? = store.value(.relay(channel.name))?.value, !relay.isOver { continue }
            let others = channel.spec.hosts.filter { $0 != air.host }
            guard !others.isEmpty else { continue }
            relays += 1
            counts.moves += 1
            store.put(
                .relay(channel.name),
                .relay(RelayRecord(id: relays, target: others[random.index(below: others.count)], place: place)))
        }
    }
}
