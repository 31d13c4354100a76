import TestSupport
import TickScheduling
import TickTime
import Testing

@Suite("A lead, and the work budget")
struct LeadTests {
    @Test("the handler is called the lead before the deadline, and its lateness counts from then")
    func calledEarly() throws {
        let plan = try SessionPlan(rate: .fps25, tickCount: 50, lead: .milliseconds(12))
        var script = VirtualScript()
        script.wakeLatency = { _ in .microseconds(30) }
        var loop = VirtualLoop(plan, script: script)
        let epoch = loop.epoch().monotonic
        for (index, tick) in loop.run().map(\.tick).enumerated() {
            #expect(tick.deadline == epoch + .milliseconds(40 * Int64(index)))
            #expect(tick.start == tick.deadline - .milliseconds(12) + .microseconds(30))
            #expect(tick.wanted == tick.deadline - .milliseconds(12) && tick.lead == .milliseconds(12))
            #expect(tick.startLateness == .microseconds(30))
            #expect(tick.deadlineLateness == .microseconds(30) - .milliseconds(12))
            #expect(tick.wakeLatency == .microseconds(30) && tick.lateness == .onTime && !tick.isOverdue)
        }
    }

    @Test("a handler that eats the lead up makes the next tick late by work; overdue only past the deadline")
    func eatenUp() throws {
        let plan = try SessionPlan(rate: .fps25, tickCount: 3, lead: .milliseconds(10))
        for (work, expected, isOverdue) in [
            (Nanoseconds.milliseconds(41), LatenessClass.onTime, false), (Nanoseconds(41_000_001), .late, false),
            (Nanoseconds(49_999_999), .late, false), (.milliseconds(50), .late, true),
            (.milliseconds(80), .overPeriod, true), (.milliseconds(90), .stall, true),
        ] {
            var loop = VirtualLoop(plan, script: .stall(work, at: 0))
            let tick = loop.run()[1].tick
            #expect(tick.isOverdue == isOverdue && tick.lateness == expected && tick.cause == .work)
            #expect(tick.startLateness == work - .milliseconds(40))
            #expect(tick.deadlineLateness == work - .milliseconds(50))
        }
    }

    @Test("classes count from the wanted instant: on time within 1 ms of it, a stall 50 ms after it")
    func classes() throws {
        let plan = try SessionPlan(rate: .fps25, lead: .milliseconds(60))
        for (late, expected) in [
            (Int64(0), LatenessClass.onTime), (1_000_000, .onTime), (1_000_001, .late), (39_999_999, .late),
            (40_000_000, .overPeriod), (49_999_999, .overPeriod), (50_000_000, .stall),
        ] {
            var harness = SessionHarness(plan, beginningAt: .milliseconds(-80))
            let tick = harness.tick(at: Nanoseconds(late) - .milliseconds(60))
            #expect(tick.lateness == expected && tick.cause == .wake && !tick.isOverdue)
        }
    }

    @Test("a neighbour that was running at the wanted instant, or from then on, is the cause; the own handler is none")
    func neighbour() throws {
        let plan = try SessionPlan(rate: .fps25, lead: .milliseconds(10))
        for (neighbourUntil, expected) in [
            (Nanoseconds.milliseconds(-7), LatenessCause.neighbour), (Nanoseconds(-9_999_999), .neighbour),
            (.milliseconds(-10), .wake), (.milliseconds(-12), .wake),
        ] {
            var harness = SessionHarness(plan)
            let tick = harness.tick(at: .milliseconds(-7), neighbourUntil: neighbourUntil)
            #expect(tick.cause == expected && tick.lateness == .late && tick.startLateness == .milliseconds(3))
        }
        // Its own handler came back after the wanted instant, as the loop tells it: no neighbour's.
        var own = SessionHarness(plan)
        own.tick(at: .milliseconds(-10), work: .milliseconds(45))
        let tick = own.tick(at: .milliseconds(35), neighbourUntil: .milliseconds(35))
        #expect(tick.cause == .work && tick.lateness == .late && !tick.isOverdue)
    }

    @Test("a loop that begins after the instant at which tick 0 was wanted is that tick's cause")
    func begin() throws {
        let plan = try SessionPlan(rate: .fps25, lead: .milliseconds(10))
        var harness = SessionHarness(plan, beginningAt: .milliseconds(-4))
        let tick = harness.tick(at: .milliseconds(-4))
        #expect(tick.cause == .begin && tick.lateness == .late && !tick.isOverdue)
        #expect(tick.startLateness == .milliseconds(6) && tick.deadlineLateness == .milliseconds(-4))
    }

    @Test("a tick that its own pace holds past the wanted instant is late for its predecessor's reason")
    func paced() throws {
        let plan = try SessionPlan(
            rate: .fps25, policy: .paced(spacing: .milliseconds(30)), lead: .milliseconds(10))
        var harness = SessionHarness(plan)
        harness.tick(at: .milliseconds(12), neighbourUntil: .milliseconds(12))
        // Wanted at 30 ms, and held until 42 ms: past the wanted instant, and the deadline still holds.
        #expect(harness.session.due == SessionHarness.epoch + .milliseconds(42))
        let held = harness.tick(at: .milliseconds(42), neighbourUntil: .milliseconds(12))
        #expect(held.cause == .neighbour && held.lateness == .late && !held.isOverdue)
        #expect(held.startLateness == .milliseconds(12) && held.deadlineLateness == .milliseconds(2))
    }

    @Test("a tick takes its turn by its deadline, not by when its lead calls for it")
    func order() throws {
        // Both are due at one reading: the first by its lead, with a deadline 3 ms after the second's.
        let (early, punctual) = (
            try SessionPlan(rate: .fps25, tickCount: 1, lead: .milliseconds(5)),
            try SessionPlan(rate: .fps25, tickCount: 1)
        )
        var script = VirtualScript()
        script.wakeLatency = { _ in .milliseconds(4) }
        var loop = VirtualLoop([(early, .milliseconds(28)), (punctual, .milliseconds(25))], script: script)
        #expect(loop.run().map(\.tick.session.index) == [1, 0])
    }

    @Test("a lead longer than the period calls ahead by several ticks, in order, and skips none")
    func long() throws {
        let plan = try SessionPlan(rate: .fps50, tickCount: 200, policy: .skip, lead: .milliseconds(90))
        var script = VirtualScript()
        script.work = { _, tick in .milliseconds(tick % 10 == 0 ? 60 : 3) }
        var loop = VirtualLoop([(plan, .milliseconds(200))], script: script)
        let ticks = loop.run().map(\.tick)
        #expect(ticks.map(\.index) == Array(0..<200))
        #expect(ticks.allSatisfy { !$0.isOverdue && $0.deadlineLateness <= .zero })
        // The 60 ms of every tenth handler are late against the wanted instant all the same.
        #expect(ticks.filter { $0.lateness != .onTime }.allSatisfy { $0.cause == .work && $0.startLateness > .zero })
        #expect(ticks.contains { $0.lateness == .overPeriod })
    }

    @Test("the work budget is what is left until the session wants its next call")
    func budget() throws {
        let period = Nanoseconds.milliseconds(40)
        var plain = VirtualLoop(try SessionPlan(rate: .fps25, tickCount: 4), script: .stall(.milliseconds(55), at: 1))
        #expect(plain.run().map(\.tick.workBudget) == [period, period, .milliseconds(25), period])
        var late = VirtualLoop(try SessionPlan(rate: .fps25, tickCount: 3), script: .stall(.milliseconds(130), at: 0))
        #expect(late.run().map(\.tick.workBudget) == [period, .milliseconds(-50), .milliseconds(-10)])
        let lead = try SessionPlan(rate: .fps25, tickCount: 2, lead: .milliseconds(10))
        var ahead = VirtualLoop(lead)
        #expect(ahead.run().map(\.tick.workBudget) == [period, period])
        let paced = try SessionPlan(rate: .fps25, tickCount: 3, policy: .paced(spacing: .milliseconds(30)))
        var held = VirtualLoop(paced, script: .stall(.milliseconds(75), at: 0))
        #expect(held.run().map(\.tick.workBudget) == [period, .milliseconds(30), .milliseconds(30)])
    }

    @Test("a lead lies in 0 ... 10 s, a priming notice at least one tick before its fence")
    func limits() {
        for lead in [Nanoseconds(-1), .seconds(10) + Nanoseconds(1)] {
            #expect(throws: SessionPlanError.lead(lead)) { _ = try SessionPlan(rate: .fps25, lead: lead) }
        }
        #expect(throws: SessionPlanError.primingTicks(0)) { _ = try SessionPlan(rate: .fps25, primingTicks: 0) }
    }
}
