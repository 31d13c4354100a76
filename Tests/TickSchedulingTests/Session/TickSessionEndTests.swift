import TestSupport
import TickScheduling
import TickTime
import Testing

@Suite("How a session ends")
struct TickSessionEndTests {
    @Test("a session ends after the last tick that it owns, and not under its handler")
    func lastTick() throws {
        var harness = SessionHarness(try SessionPlan(rate: .fps25, tickCount: 2))
        harness.tick(at: .zero)
        _ = harness.session.start(
            at: SessionHarness.epoch + .milliseconds(40), wakeLatency: nil, neighbourUntil: nil)
        #expect(harness.session.endReason == nil)
        _ = harness.session.finish(at: SessionHarness.epoch + .milliseconds(41))
        #expect(harness.session.endReason == .ticksDelivered && !harness.session.isWaiting)
        #expect(harness.session.arrived(at: SessionHarness.epoch + .seconds(1)) == .ended)
    }

    @Test(
        "a skip past the end of a session stops at its last tick",
        arguments: [OverduePolicy.skip, .everyTick, .paced(spacing: .milliseconds(5))])
    func skipStopsAtTheLastTick(policy: OverduePolicy) throws {
        // Under skip by the policy, under the others across the backlog.
        let backlogMax = policy == .skip ? Nanoseconds.seconds(10) : .milliseconds(500)
        let plan = try SessionPlan(rate: .fps25, tickCount: 10, policy: policy, backlogMax: backlogMax)
        var loop = VirtualLoop(plan, script: .stall(.seconds(1), at: 2))
        let records = loop.run()
        #expect(records.map(\.tick.index) == [0, 1, 2, 9])
        #expect(records.last?.tick.skippedBefore == 6)
        let reason = loop.session().endReason
        #expect(reason == .ticksDelivered)
    }

    @Test("stop() ends a session that waits, and one that never began")
    func stops() throws {
        var waiting = try SessionHarness.pal()
        waiting.session.stop()
        #expect(waiting.session.endReason == .stopped)
        #expect(waiting.session.arrived(at: SessionHarness.epoch) == .ended)
        var fresh = TickSession(
            id: SessionID(index: 0), plan: try SessionPlan(rate: .fps25), epoch: waiting.session.epoch)
        fresh.stop()
        #expect(fresh.endReason == .stopped)
    }

    @Test("stop() does not rewrite how a session ended")
    func stopAfterTheEnd() throws {
        var harness = SessionHarness(try SessionPlan(rate: .fps25, tickCount: 1))
        harness.tick(at: .zero)
        harness.session.stop()
        #expect(harness.session.endReason == .ticksDelivered)
    }

    // MARK: - The end of the clocks

    private static let clockEnd = MonotonicInstant(nanoseconds: .max)

    @Test(
        "an endless session ends with the monotonic clock's range, without a trap",
        arguments: [OverduePolicy.everyTick, .skip, .paced(spacing: .milliseconds(39))], [0, 30_000_000])
    func monotonicRange(policy: OverduePolicy, late: Int64) throws {
        // Tick 0 lies 100 ms before the end, so ticks 1 and 2 (80 ms) are the last with a deadline.
        let clocks = VirtualClocks(
            monotonic: Self.clockEnd - .milliseconds(125), utcLead: Nanoseconds(-4_000_000_000_000_000_000))
        var script = VirtualScript()
        script.wakeLatency = { _ in Nanoseconds(late) }
        var loop = VirtualLoop(try SessionPlan(rate: .fps25, policy: policy), clocks: clocks, script: script)
        let records = loop.run(limit: 10)
        #expect(records.map(\.tick.index) == [0, 1, 2])
        let reason = loop.session().endReason
        #expect(reason == .clockRange)
    }

    @Test("a session whose UTC comes to the end of its range ends there, without a trap")
    func utcRange() throws {
        let clocks = VirtualClocks(
            monotonic: MonotonicInstant(nanoseconds: 1_000), utcLead: Nanoseconds(.max) - .milliseconds(90))
        var loop = VirtualLoop([(try SessionPlan(rate: .fps25), .zero)], clocks: clocks)
        let records = loop.run(limit: 10)
        #expect(records.map(\.tick.index) == [0, 1, 2])
        let reason = loop.session().endReason
        #expect(reason == .clockRange)
    }

    @Test("a pace that reaches past the end of the clock's range holds a tick to that end, without a trap")
    func paceAtTheEnd() throws {
        let end = Self.clockEnd
        let epoch = VirtualClocks(
            monotonic: end - .milliseconds(45), utcLead: Nanoseconds(-4_000_000_000_000_000_000)
        ).epoch(in: .zero)
        let plan = try SessionPlan(rate: .fps25, policy: .paced(spacing: .milliseconds(39)))
        var session = TickSession(id: SessionID(index: 0), plan: plan, epoch: epoch)
        session.begin(at: epoch.monotonic - .milliseconds(1))
        _ = session.start(at: end - .milliseconds(20), wakeLatency: nil, neighbourUntil: nil)
        _ = session.finish(at: end - .milliseconds(19))
        #expect(session.due == end)
        #expect(session.arrived(at: end - Nanoseconds(1)) == .wait(until: end))
        #expect(session.start(at: end, wakeLatency: nil, neighbourUntil: nil).index == 1)
        _ = session.finish(at: end)
        #expect(session.endReason == .clockRange)
    }
}
