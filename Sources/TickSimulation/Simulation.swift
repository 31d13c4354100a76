// A cluster of simulated hosts: seeded clocks, a seeded network, and the cluster clock that a real host runs.
// Everything happens in one queue of events in true time. No code here reads a clock or draws a number that the seed
// does not give, so a seed determines a run.

import ClusterClock
import TickTime

/// A run of one scenario.
struct Simulation: ~Copyable {
    let scenario: Scenario
    let seed: UInt64
    let plan: SimulationPlan
    var random: SimulationRandom
    var events = EventQueue()
    var hosts: [SimulatedHost] = []
    var counts = SimulationCounts()
    /// The events of the run, if they are recorded.
    var trace: [String]?

    var now: Int64 = 0
    var leapSeconds: Int64 = 0
    /// By receiver: bit f means that nothing from host f arrives.
    var cut: [UInt64] = []
    var loss: Int64
    var view: UInt64 = 0
    var primary = -1
    /// The highest stamp that was committed.
    var committed: UTCInstant?
    var hasFoundDrift = false
    private var messages: [Message] = []
    private var free: [Int] = []

    /// A message between two hosts.
    private struct Message: Sendable {
        var from: Int
        var to: Int
        var nonce: UInt64
        /// When the request was sent.
        var sent: Int64
        /// While a request is held: the receiver's boot, and its monotonic clock as it came.
        var boots = 0
        var received: Int64 = 0
        var reply: PeerReply?
        /// Whether what the reply states of UTC is true.
        var isTrue = true
    }

    init(_ scenario: Scenario, seed: UInt64, traces: Bool = false) {
        self.scenario = scenario
        self.seed = seed
        var random = SimulationRandom(seed: seed &* 1_000_003 &+ scenario.number)
        plan = scenario.plan(&random)
        self.random = random
        loss = plan.network.loss
        cut = Array(repeating: 0, count: plan.hosts.count)
        if traces { trace = [] }
    }

    var trueUTC: UTCInstant { UTCInstant(nanoseconds: HostClocks.utcOrigin + now - leapSeconds * 1_000_000_000) }

    /// Runs to its end.
    ///
    /// - Throws: the first violation.
    mutating func run() throws(SimulationViolation) {
        begin()
        while counts.events < plan.eventLimit, let event = events.next(), event.time <= plan.length {
            counts.events += 1
            now = event.time
            let a = Int(event.a)
            switch event.kind {
            case .poll: if isCurrent(a, event.b) { try poll(hosts[a]) }
            case .read:
                if isCurrent(a, event.b) {
                    try read(hosts[a])
                    events.plan(.read, at: now + 1_000_000_000 / plan.reads, a, hosts[a].boots)
                }
            case .message: try arrive(a)
            case .answer: try answer(take(a))
            case .fault: try happen(plan.faults[a].fault)
            }
        }
        now = min(now, plan.length)
        try finish()
    }

    private func isCurrent(_ host: Int, _ boots: Int32) -> Bool {
        hosts[host].isUp && hosts[host].boots == Int(boots)
    }

    private mutating func begin() {
        let ids = plan.hosts.indices.map { NodeID(rawValue: UInt64($0 + 1)) }
        for (index, host) in plan.hosts.enumerated() {
            let clocks = HostClocks(
                now: 0, uptime: random.integer(60_000_000_000...9_000_000_000_000), offset: host.offset,
                drift: host.drift, trueUTC: HostClocks.utcOrigin)
            let configuration = ClusterConfiguration(node: ids[index], peers: ids.filter { $0 != ids[index] })
            do {
                let made = try SimulatedHost(index, clocks, configuration, now: 0)
                made.statedError = host.statedError
                if abs(host.drift) > configuration.driftBound {
                    (made.lastOutOfRate, made.lastDishonest) = (.max, .max)
                }
                hosts.append(made)
            } catch { preconditionFailure("the standard configuration is valid: \(error)") }
            planHost(index, from: 0)
        }
        for (index, fault) in plan.faults.enumerated() { events.plan(.fault, at: fault.time, index) }
    }

    mutating func planHost(_ index: Int, from time: Int64) {
        events.plan(.poll, at: time + random.integer(1...500_000_000), index, hosts[index].boots)
        events.plan(
            .read, at: time + random.integer(1...(1_000_000_000 / plan.reads)), index, hosts[index].boots)
    }

    mutating func note(_ text: @autoclosure () -> String) {
        guard trace != nil else { return }
        trace?.append("\(now) \(text())")
    }

    func violation(_ text: String) -> SimulationViolation {
        SimulationViolation(scenario: scenario, seed: seed, time: now, text: text)
    }

    // MARK: - Exchanges

    private mutating func poll(_ host: SimulatedHost) throws(SimulationViolation) {
        events.plan(.poll, at: now + 500_000_000, host.index, host.boots)
        guard host.isRunning else { return }
        try read(host)
        let boot = BootInstant(nanoseconds: host.clocks.boot(now))
        if var error = host.statedError {
            // The truth may be as close to the edge of the stated interval as possible.
            if plan.hosts[host.index].statesExactly { error = (host.clocks.utc(now) - trueUTC).magnitude.count + 1_000 }
            host.isOwnErrorFalse = (host.clocks.utc(now) - trueUTC).magnitude.count > error
            if host.isOwnErrorFalse { host.liars |= 1 }
            _ = try? host.drive(now) { clock in
                clock.stateOwnError(StatedError(operatorError: Nanoseconds(error), read: boot))
                return []
            }
        }
        for peer in hosts.indices where peer != host.index {
            let nonce = random.next()
            _ = try? host.drive(now) { (clock) throws(ClusterClockError) in
                try clock.ping(NodeID(rawValue: UInt64(peer + 1)), nonce: nonce, at: boot)
                return []
            }
            send(Message(from: host.index, to: peer, nonce: nonce, sent: now))
        }
    }

    private mutating func send(_ message: Message) {
        let network = plan.network
        if cut[message.to] >> UInt64(message.from) & 1 == 1 || random.chance(loss) { return }
        var time = now + random.integer(network.delay)
        if message.from % 2 == 0, message.to % 2 == 1 { time += network.asymmetry }
        if random.chance(network.clogging) { time += random.integer(0...1_500_000_000) }
        events.plan(.message, at: time, put(message))
        if random.chance(network.duplication) {
            events.plan(.message, at: time + random.integer(0...20_000_000), put(message))
        }
        if random.chance(network.replay) {
            events.plan(.message, at: time + random.integer(1_000_000...10_000_000_000), put(message))
        }
    }

    private mutating func put(_ message: Message) -> Int {
        if let place = free.popLast() {
            messages[place] = message
            return place
        }
        messages.append(message)
        return messages.count - 1
    }

    private mutating func take(_ place: Int) -> Message {
        free.append(place)
        return messages[place]
    }

    private mutating func arrive(_ place: Int) throws(SimulationViolation) {
        var message = take(place)
        let host = hosts[message.to]
        guard host.isRunning else { return }
        if case .some = message.reply { return try receive(message, host) }
        message.boots = host.boots
        message.received = host.clocks.monotonicTime(now)
        if random.chance(plan.network.held) {
            events.plan(.answer, at: now + random.integer(0...plan.network.heldFor), put(message))
        } else {
            try answer(message)
        }
    }

    private mutating func answer(_ request: Message) throws(SimulationViolation) {
        let host = hosts[request.to]
        guard host.isRunning, host.boots == request.boots else { return }
        let reading = reading(of: host)
        try took(host.advance(to: reading, now), host)
        let own = host.clock.answer(at: reading)
        let held = host.clocks.monotonicTime(now) - request.received
        var reply = PeerReply(
            peer: NodeID(rawValue: UInt64(host.index + 1)), nonce: request.nonce,
            bootID: UInt64(host.index * 1_000 + host.boots), hold: Nanoseconds(held), utc: own.utc,
            statedError: own.statedError, isDisrupted: own.isDisrupted)
        var isTrue = true
        if let lie = host.lie {
            reply.utc = reply.utc +| Nanoseconds(request.from % 2 == 0 ? lie.even : lie.odd)
            if let utc = lie.utc { reply.utc = UTCInstant(nanoseconds: utc) }
            if let error = lie.statedError { reply.statedError = Nanoseconds(error) }
            if lie.hold > 0 {
                reply.hold = Nanoseconds(held + (now - request.sent) * 2 * lie.hold / 100)
                isTrue = false
            }
        }
        if let length = host.lie?.holdLength {
            reply.hold = Nanoseconds(length)
            isTrue = false
        }
        if let error = reply.statedError, (reply.utc -| trueUTC).magnitude > error { isTrue = false }
        send(
            Message(
                from: host.index, to: request.from, nonce: request.nonce, sent: request.sent, reply: reply,
                isTrue: isTrue))
    }

    private mutating func receive(_ message: Message, _ host: SimulatedHost) throws(SimulationViolation) {
        guard let reply = message.reply else { return }
        let reading = reading(of: host)
        let before = host.liars
        if !message.isTrue { host.liars |= host.bit(of: message.from) }
        let notices: [ClusterNotice]
        do throws(ClusterClockError) {
            notices = try host.drive(now) { (clock) throws(ClusterClockError) in try clock.receive(reply, at: reading) }
        } catch {
            // Refused, so nothing changed.
            host.liars = before
            note("host \(host.index) refuses a reply of host \(message.from): \(error)")
            return
        }
        try took(notices, host)
    }

    mutating func reading(of host: SimulatedHost) -> HostReading {
        host.clocks.reading(now, halfBracket: 20 + Int64(random.next() & 127))
    }
}

extension SimulatedHost {
    /// Takes a reading, which cannot be refused.
    func advance(to reading: HostReading, _ now: Int64) -> [ClusterNotice] {
        (try? drive(now) { clock in clock.advance(to: reading) }) ?? []
    }
}
