import TestSupport
import TickScheduling
import TickTime
import Testing

@Suite("Several sessions in one loop")
struct TickScheduleTests {
    private static let lead = Nanoseconds.milliseconds(25)

    private static func ids(_ indices: Int32...) -> [SessionID] { indices.map { SessionID(index: $0) } }

    // MARK: - Order and neighbours

    @Test("two sessions that share a deadline do not make each other overdue")
    func sharedDeadlines() throws {
        let plan = try SessionPlan(rate: .fps5994, tickCount: 500)
        var script = VirtualScript()
        script.work = { _, _ in .milliseconds(4) }
        var loop = VirtualLoop([(plan, Self.lead), (plan, Self.lead)], script: script)
        let records = loop.run()
        try #require(records.count == 1_000)
        #expect(records.allSatisfy { !$0.tick.isOverdue })
        // One wake serves both; the second starts when the first one's handler returns, by 4 ms.
        #expect(loop.waits.count == 500)
        for pair in 0..<500 {
            let (first, second) = (records[2 * pair].tick, records[2 * pair + 1].tick)
            #expect([first.session, second.session] == Self.ids(0, 1))
            #expect(first.lateness == .onTime && first.cause == .wake)
            #expect(second.startLateness == .milliseconds(4))
            #expect(second.lateness == .late && second.cause == .neighbour)
        }
    }

    @Test("a neighbour that began after the deadline but before the start is the cause as well")
    func neighbourAfterALateWake() throws {
        let plan = try SessionPlan(rate: .fps25, tickCount: 1)
        var script = VirtualScript()
        script.wakeLatency = { _ in .milliseconds(2) }
        script.work = { _, _ in .milliseconds(1) }
        var loop = VirtualLoop([(plan, Self.lead), (plan, Self.lead)], script: script)
        #expect(loop.run().map(\.tick.cause) == [.wake, .neighbour])
    }

    @Test("of three sessions, a session's own handler is not its neighbour; the others' handlers are")
    func ownHandlerIsNoNeighbour() throws {
        // Session 0 runs at 50 fps; session 1, at 25, shares every second deadline. Alone at odd ticks,
        // session 0 wakes late, with its own handler the last that returned.
        let (fast, slow) = (try SessionPlan(rate: .fps50, tickCount: 4), try SessionPlan(rate: .fps25, tickCount: 2))
        var script = VirtualScript()
        script.work = { _, _ in .milliseconds(3) }
        script.wakeLatency = { _ in .milliseconds(5) }
        var loop = VirtualLoop([(fast, Self.lead), (slow, Self.lead)], script: script)
        let records = loop.run()
        #expect(records.map(\.tick.session.index) == [0, 1, 0, 0, 1, 0])
        #expect(records.map(\.tick.cause) == [.wake, .neighbour, .wake, .wake, .neighbour, .wake])
    }

    @Test("sessions due at one reading of the clock start by deadline, then in the order they were added")
    func order() throws {
        let plan = try SessionPlan(rate: .fps25, tickCount: 1)
        var script = VirtualScript()
        script.wakeLatency = { _ in .milliseconds(5) }
        let leads: [Int64] = [28, 26, 27, 26, 25]
        var loop = VirtualLoop(leads.map { (plan, .milliseconds($0)) }, script: script)
        #expect(loop.run().map(\.tick.session) == Self.ids(4, 1, 3, 2, 0))
    }

    @Test("a tick that its pace delayed has its turn by its deadline, not by the start that the pace allows")
    func orderOfPaced() throws {
        let punctual = try SessionPlan(rate: .fps25, tickCount: 4)
        let paced = try SessionPlan(rate: .fps25, tickCount: 3, policy: .paced(spacing: .milliseconds(30)))
        // At 100 ms both are behind. Tick 2 of the paced session, due at 80 ms, waits until 130 ms;
        // tick 3 of the punctual one is due at 120 ms, and the loop wakes at 131 ms.
        var loop = VirtualLoop(
            [(punctual, Self.lead), (paced, Self.lead)], script: .stall(.milliseconds(100), at: 0, of: 1))
        loop.script.wakeLatency = { $0 == 1 ? .milliseconds(11) : .zero }
        let last = loop.run().suffix(2).map(\.tick)
        let epoch = loop.epoch().monotonic
        #expect(last.map(\.session) == Self.ids(1, 0) && last.map(\.index) == [2, 3])
        #expect(last.allSatisfy { $0.start == epoch + .milliseconds(131) })
    }

    @Test("one session's backlog does not block a punctual one: their ticks interleave")
    func backlogDoesNotStarve() throws {
        let behind = try SessionPlan(rate: .fps50, tickCount: 400)
        let punctual = try SessionPlan(rate: .fps50, tickCount: 400, policy: .skip)
        var script = VirtualScript()
        script.work = { $0.index == 0 ? ($1 == 10 ? .seconds(1) : .milliseconds(9)) : .milliseconds(1) }
        var loop = VirtualLoop([(behind, Self.lead), (punctual, Self.lead)], script: script)
        let records = loop.run()
        let stall = try #require(records.first { $0.tick.session.index == 0 && $0.tick.index == 10 })
        let end = stall.tick.start + .seconds(1)
        let backlog = records.filter { $0.tick.session.index == 0 && $0.tick.isOverdue }
        #expect(backlog.count > 90)
        let caughtUp = try #require(backlog.last).tick.start
        let during = records.filter { $0.tick.start > end && $0.tick.start <= caughtUp }
        // Never later than two of the other's handlers, the one that was running at its deadline and
        // the one ahead of it in the next pass; and never skipped, once past the stall itself.
        let others = during.filter { $0.tick.session.index == 1 }.map(\.tick).dropFirst()
        #expect(others.allSatisfy { $0.startLateness <= .milliseconds(18) && $0.skippedBefore == 0 })
        let runs = during.map(\.tick.session.index).split { $0 == 1 }.map(\.count)
        #expect(runs.count > 40 && runs.allSatisfy { $0 <= 3 })
    }

    // MARK: - Waking

    @Test("only the first tick after a sleep has a wake latency")
    func wakeLatency() throws {
        let plan = try SessionPlan(rate: .fps25, tickCount: 5)
        // Tick 1 of session 0 outlasts its period, so both sessions' tick 2 needs no sleep.
        var script = VirtualScript.stall(.milliseconds(45), at: 1)
        script.wakeLatency = { .microseconds(Int64($0) + 7) }
        var loop = VirtualLoop([(plan, Self.lead), (plan, Self.lead)], script: script)
        _ = loop.run()
        var woken: Nanoseconds?
        for event in loop.events {
            switch event {
            case .waited(let wait): woken = wait.woke - wait.until
            case .started(let tick):
                #expect(tick.wakeLatency == woken, "session \(tick.session.index), tick \(tick.index)")
                woken = nil
            }
        }
        #expect(loop.waits.count == 4)
    }

    @Test("the wake latency comes only from the host: it does not grow with the time between wake and start")
    func wakeLatencyBeforeDispatch() throws {
        var script = VirtualScript()
        script.wakeLatency = { _ in .microseconds(50) }
        script.dispatch = .microseconds(3)
        var loop = VirtualLoop(try SessionPlan(rate: .fps25, tickCount: 1), script: script)
        let tick = try #require(loop.run().first).tick
        #expect(tick.wakeLatency == .microseconds(50) && tick.startLateness == .microseconds(53))
    }

    @Test("a wait that is interrupted early does not count as a wake, and is repeated")
    func interruptedWait() throws {
        var script = VirtualScript()
        script.wakeLatency = { [0: .milliseconds(-10), 1: Nanoseconds(-1), 2: Nanoseconds(900)][$0] ?? .zero }
        var loop = VirtualLoop(try SessionPlan(rate: .fps25, tickCount: 2), script: script)
        let ticks = loop.run().map(\.tick)
        #expect(ticks.map(\.wakeLatency) == [Nanoseconds(900), .zero])
        #expect(ticks.map(\.startLateness) == [Nanoseconds(900), .zero])
        let until = loop.waits.map(\.until)
        let grid = GridWalk.deadlines(.fps25, from: loop.epoch().monotonic, count: 2)
        #expect(until == [grid[0], grid[0], grid[0], grid[1]])
    }

    @Test("a session that is added during a wait and is due earlier replaces the target of the wait")
    func addedDuringWait() throws {
        let clocks = VirtualClocks()
        var schedule = TickSchedule(capacity: 2)
        let slow = try schedule.add(
            try SessionPlan(rate: .fps25), epoch: clocks.epoch(in: .milliseconds(50)), beginningAt: clocks.monotonic)
        guard case .wait(let first) = schedule.next(at: clocks.monotonic) else {
            Issue.record("nothing is due yet")
            return
        }
        schedule.prepare(for: first)
        let soon = clocks.epoch(in: .milliseconds(30))
        let added = try schedule.add(try SessionPlan(rate: .fps25), epoch: soon, beginningAt: clocks.monotonic)
        let wait = schedule.next(at: clocks.monotonic)
        let turn = schedule.next(at: soon.monotonic)
        let tick = schedule.start(at: soon.monotonic)
        schedule.finish(at: soon.monotonic)
        let after = schedule.next(at: soon.monotonic)
        let isAdded = turn == .start(added)
        #expect(wait == .wait(until: soon.monotonic) && isAdded)
        #expect(tick.wakeLatency == .zero && after == .wait(until: first) && slow.index == 0)
    }

    // MARK: - Capacity, stop and end

    @Test("a full schedule accepts no further session, and continues unchanged")
    func capacity() throws {
        let plan = try SessionPlan(rate: .fps25, tickCount: 1)
        let clocks = VirtualClocks()
        var schedule = TickSchedule(capacity: 2)
        let ids = try (0..<2).map { _ in
            try schedule.add(plan, epoch: clocks.epoch(), beginningAt: clocks.monotonic)
        }
        #expect(ids == [SessionID(index: 0), SessionID(index: 1)])
        let refusal: ScheduleError?
        do {
            _ = try schedule.add(plan, epoch: clocks.epoch(), beginningAt: clocks.monotonic)
            refusal = nil
        } catch { refusal = error }
        #expect(refusal == .full(capacity: 2))
        let (count, action) = (schedule.count, schedule.next(at: clocks.monotonic))
        #expect(count == 2 && action == .wait(until: clocks.epoch().monotonic))
    }

    @Test("a schedule without sessions has ended")
    func empty() {
        var schedule = TickSchedule(capacity: 1)
        let action = schedule.next(at: MonotonicInstant(nanoseconds: 0))
        #expect(action == .ended)
    }

    @Test("a schedule ends when its longest session does, each session at its own last tick")
    func endsWithTheLast() throws {
        let plans = try [2, 5, 1].map { try SessionPlan(rate: .fps25, tickCount: $0) }
        var loop = VirtualLoop(plans.map { ($0, Self.lead) })
        let indices = loop.run().map(\.tick.session.index)
        #expect(indices == [0, 1, 2, 0, 1, 1, 1, 1])
        let (action, now) = (loop.next(), loop.now)
        #expect(action == nil && now == loop.epoch().monotonic + .milliseconds(160))
    }

    @Test("a stop between the ticks of a pass ends every session: those before and after their turn")
    func stopInAPass() throws {
        let plan = try SessionPlan(rate: .fps25)
        var loop = VirtualLoop([(plan, Self.lead), (plan, Self.lead), (plan, Self.lead)])
        let first = loop.next()
        loop.requestStop()
        let second = loop.next()
        #expect(first?.session.index == 0 && second == nil)
        #expect(loop.records.map(\.tick.session.index) == [0])
        let reasons = (Int32(0)..<3).map { loop.session($0).endReason }
        #expect(reasons == [.stopped, .stopped, .stopped])
    }

    @Test("a schedule that is stopped in a pass gives no more turns")
    func noTurnAfterAStop() throws {
        let (plan, clocks) = (try SessionPlan(rate: .fps25), VirtualClocks())
        let now = clocks.epoch().monotonic
        var schedule = TickSchedule(capacity: 2)
        for _ in 0..<2 { _ = try schedule.add(plan, epoch: clocks.epoch(), beginningAt: clocks.monotonic) }
        _ = schedule.next(at: now)
        _ = schedule.start(at: now)
        schedule.finish(at: now)
        schedule.stop()
        let action = schedule.next(at: now)
        #expect(action == .ended)
    }

    @Test("a stopped schedule has ended, at any later time")
    func stopped() throws {
        let clocks = VirtualClocks()
        var schedule = TickSchedule(capacity: 1)
        _ = try schedule.add(try SessionPlan(rate: .fps25), epoch: clocks.epoch(), beginningAt: clocks.monotonic)
        schedule.stop()
        let actions = [Int64(0), 10].map { schedule.next(at: clocks.monotonic + .seconds($0)) }
        #expect(actions == [.ended, .ended])
    }
}
