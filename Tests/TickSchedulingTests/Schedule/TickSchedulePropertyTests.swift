import TestSupport
import TickScheduling
import TickTime
import Testing

// A second account of what a loop may do, kept from the outside: for each session the tick that it
// owes, when that is due by the walked grid, and when its last handler returned. Random loops are
// held to it tick by tick.

@Suite("Random loops")
struct TickSchedulePropertyTests {
    private static let runs = 150

    @Test("random rates, policies, stalls and wakes keep every rule of a loop")
    func rules() throws {
        let seeds = SeededGenerator()
        print("random loops: seed \(seeds.seed)")
        for run in 0..<UInt64(Self.runs) {
            let seed = seeds.seed &+ run
            var account = try Account(Scenario(seed: seed))
            while let tick = account.loop.next() { account.take(tick) }
            account.close()
            let broken = account.broken.first
            try #require(broken == nil, "seed \(seed), \(account.scenario.plans)")
        }
    }

    @Test("to make ticks ready before their deadlines changes nothing that happens at them")
    func preparation() throws {
        let seeds = SeededGenerator()
        print("prepared loops: seed \(seeds.seed)")
        for run in 0..<UInt64(50) {
            let seed = seeds.seed &+ run
            let events = try [true, false].map { prepares in
                var loop = try Scenario(seed: seed).loop(prepares: prepares)
                _ = loop.run()
                return loop.events
            }
            let isSame = events[0] == events[1]
            #expect(isSame, "seed \(seed)")
        }
    }

    @Test("the same seed gives the same records twice, and another seed others")
    func repeatable() throws {
        let seeds = SeededGenerator()
        print("repeated loops: seed \(seeds.seed)")
        for run in 0..<UInt64(20) {
            let seed = seeds.seed &+ run
            let records = try [seed, seed, seed &+ 1].map { seed in
                var loop = try Scenario(seed: seed).loop
                return loop.run()
            }
            let (isRepeated, isOther) = (records[0] == records[1], records[0] != records[2])
            #expect(isRepeated && isOther, "seed \(seed)")
        }
    }
}

/// A random loop, wholly drawn from its seed.
private struct Scenario {
    let seed: UInt64
    var plans: [SessionPlan] = []
    var leads: [Nanoseconds] = []

    init(seed: UInt64) throws {
        self.seed = seed
        var random = SeededGenerator(seed: seed)
        for _ in 0..<Int.random(in: 1...6, using: &random) {
            let rates = FrameRate.listed.filter { $0.nominalFramesPerSecond <= 120 }
            let rate = try #require(rates.randomElement(using: &random))
            let spacing = Nanoseconds(Int64.random(in: 1...8_000_000, using: &random))
            let policy = try #require(
                [OverduePolicy.everyTick, .skip, .paced(spacing: spacing)].randomElement(using: &random))
            let backlogMax = Bool.random(using: &random) ? Nanoseconds.seconds(1_000) : .milliseconds(150)
            plans.append(
                try SessionPlan(
                    rate: rate, tickCount: Int64.random(in: 1...200, using: &random), policy: policy,
                    backlogMax: backlogMax))
            // Some share an epoch, some begin late.
            let lead = try #require(([25, 25, 25, 31, 26, -40] as [Int64]).randomElement(using: &random))
            leads.append(.milliseconds(lead))
        }
    }

    var loop: VirtualLoop { loop(prepares: true) }

    func loop(prepares: Bool) -> VirtualLoop {
        var script = VirtualScript()
        let seed = seed
        script.work = { session, tick in
            var random = SeededGenerator(seed: seed &+ UInt64(session.index) &* 1_000_003 &+ UInt64(tick) &* 7_919)
            let isStall = Int.random(in: 0..<40, using: &random) == 0
            return Nanoseconds(Int64.random(in: 0...(isStall ? 400_000_000 : 2_000_000), using: &random))
        }
        script.wakeLatency = { wait in
            var random = SeededGenerator(seed: ~seed &+ UInt64(wait))
            switch Int.random(in: 0..<50, using: &random) {
            case 0: return Nanoseconds(Int64.random(in: 0...90_000_000, using: &random))
            case 1...3: return Nanoseconds(Int64.random(in: -3_000_000 ... -1, using: &random))
            default: return Nanoseconds(Int64.random(in: 0...150_000, using: &random))
            }
        }
        return VirtualLoop(Array(zip(plans, leads)), script: script, prepares: prepares)
    }
}

/// What the sessions owe, told from what was delivered and from the walked grid alone.
private struct Account: ~Copyable {
    struct Session {
        let id: SessionID
        let plan: SessionPlan
        let grid: [MonotonicInstant]
        var owed = 0
        var arrival: MonotonicInstant
        var lastStart: MonotonicInstant?

        var isOver: Bool { owed >= grid.count }
        var deadline: MonotonicInstant { grid[owed] }
        var due: MonotonicInstant {
            guard case .paced(let spacing) = plan.policy, let lastStart else { return deadline }
            return max(deadline, lastStart + spacing)
        }
    }

    let scenario: Scenario
    var loop: VirtualLoop
    var sessions: [Session] = []
    /// The rules that were broken, each with the tick that broke it.
    var broken: [String] = []
    /// Whose turns are still to come in the pass under way.
    private var pass: [SessionID] = []
    private var statistics: [SessionStatistics] = []

    init(_ scenario: Scenario) throws {
        self.scenario = scenario
        loop = scenario.loop
        for (index, plan) in scenario.plans.enumerated() {
            let (id, epoch) = (SessionID(index: Int32(index)), loop.epoch(Int32(index)))
            let count = try #require(plan.tickCount)
            let grid = GridWalk.deadlines(plan.rate, from: epoch.monotonic, count: Int(count))
            sessions.append(Session(id: id, plan: plan, grid: grid, arrival: loop.now))
            statistics.append(SessionStatistics(epoch: epoch, rate: plan.rate))
        }
    }

    mutating func take(_ tick: Tick) {
        settleLast()
        if pass.isEmpty {
            // The loop read the clock at the instant at which the first of a pass starts.
            pass = sessions.filter { !$0.isOver && $0.due <= tick.start }
                .sorted { ($0.deadline, $0.id) < ($1.deadline, $1.id) }.map(\.id)
        }
        expect(pass.first == tick.session, "turns by (deadline, session), one a pass", tick)
        if !pass.isEmpty { pass.removeFirst() }

        let session = sessions[Int(tick.session.index)]
        let index = Int(tick.index)
        guard !session.isOver, session.grid.indices.contains(index) else {
            return broken.append("a tick that the session does not own: \(tick)")
        }
        let isOverdue = session.arrival >= session.deadline
        let crosses = tick.start - session.deadline > session.plan.backlogMax
        let lastDue = session.grid.lastIndex { $0 <= tick.start } ?? 0
        let expected = crosses || (isOverdue && session.plan.policy == .skip) ? lastDue : session.owed
        expect(index == expected, "the index that policy and grid say, \(expected)", tick)
        expect(tick.skippedBefore == Int64(index - session.owed) && index >= session.owed, "indices rise", tick)
        expect(tick.deadline == session.grid[index], "the grid", tick)
        expect(tick.start >= tick.deadline && tick.start >= session.due, "no start before its time", tick)
        expect(tick.isOverdue == isOverdue, "overdue exactly when reached at the deadline or after", tick)
        expect(tick.crossedBacklog == (crosses && index > session.owed), "a recorded crossing", tick)
        expect(tick.wakeLatency == latencyOfLastWait, "the wake just before it, if there was one", tick)
        sessions[Int(tick.session.index)].owed = index + 1
        sessions[Int(tick.session.index)].lastStart = tick.start
    }

    /// After the end: everything was delivered or passed over.
    mutating func close() {
        settleLast()
        for (session, statistics) in zip(sessions, statistics) {
            let count = Int64(session.grid.count)
            let sum = statistics.delivered + statistics.skipped
            if !session.isOver || sum != count { broken.append("session \(session.id.index) ended early") }
            if session.plan.policy == .everyTick, session.plan.backlogMax > .seconds(100), statistics.delivered != count
            {
                broken.append("everyTick lost ticks of session \(session.id.index)")
            }
            if statistics.drift != .zero || statistics.early != 0 || statistics.unexplained != 0 {
                broken.append("session \(session.id.index) adds up to \(statistics)")
            }
        }
    }

    /// How late the loop woke, if the last thing it did before this start was to wait.
    private var latencyOfLastWait: Nanoseconds? {
        guard case .waited(let wait) = loop.events.dropLast().last else { return nil }
        return wait.woke - wait.until
    }

    /// The last handler has returned: the arrival of its session's next tick.
    private mutating func settleLast() {
        guard let record = loop.records.last else { return }
        let index = Int(record.tick.session.index)
        sessions[index].arrival = record.tick.start + record.work
        if statistics[index].last != record.tick { statistics[index].record(record) }
    }

    private mutating func expect(_ holds: Bool, _ rule: String, _ tick: Tick) {
        if !holds { broken.append("\(rule): \(tick)") }
    }
}
