import TestSupport
import TickScheduling
import TickTime
import Testing

@Suite("A lead, and the work budget")
struct LeadTests {
    @Test("the handler is called the lead before the deadline, and its lateness counts from the deadline")
    func calledEarly() throws {
        let plan = try SessionPlan(rate: .fps25, tickCount: 50, lead: .milliseconds(12))
        var script = VirtualScript()
        script.wakeLatency = { _ in .microseconds(30) }
        var loop = VirtualLoop(plan, script: script)
        let epoch = loop.epoch().monotonic
        for (index, tick) in loop.run().map(\.tick).enumerated() {
            #expect(tick.deadline == epoch + .milliseconds(40 * Int64(index)))
            #expect(tick.start == tick.deadline - .milliseconds(12) + .microseconds(30))
            #expect(tick.startLateness == .microseconds(30) - .milliseconds(12) && tick.lead == .milliseconds(12))
            #expect(tick.wakeLatency == .microseconds(30) && tick.lateness == .onTime && !tick.isOverdue)
        }
    }

    @Test("a handler that eats the lead up is not late; one that passes the deadline is overdue")
    func eatenUp() throws {
        let plan = try SessionPlan(rate: .fps25, tickCount: 3, lead: .milliseconds(10))
        for (work, isOverdue) in [(Nanoseconds(49_999_999), false), (.milliseconds(50), true)] {
            var loop = VirtualLoop(plan, script: .stall(work, at: 0))
            let tick = loop.run()[1].tick
            #expect(tick.isOverdue == isOverdue && (tick.lateness == .onTime) == !isOverdue)
            #expect(tick.startLateness == work - .milliseconds(50))
        }
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
        #expect(ticks.allSatisfy { !$0.isOverdue && $0.startLateness <= .zero })
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
