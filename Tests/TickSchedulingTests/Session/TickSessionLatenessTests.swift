import TestSupport
import TickScheduling
import TickTime
import Testing

@Suite("How late a tick is, and why")
struct TickSessionLatenessTests {
    // MARK: - Classes

    @Test(
        "at 25 fps a tick is on time within 1 ms, over a period from 40 ms, a stall from 50 ms",
        arguments: [
            (0, LatenessClass.onTime), (1_000_000, .onTime), (1_000_001, .late), (39_999_999, .late),
            (40_000_000, .overPeriod), (49_999_999, .overPeriod), (50_000_000, .stall), (5_000_000_000, .stall),
        ] as [(Int64, LatenessClass)])
    func classes(late: Int64, expected: LatenessClass) throws {
        var harness = try SessionHarness.pal()
        let tick = harness.tick(at: Nanoseconds(late))
        #expect(tick.lateness == expected && tick.cause == .wake && !tick.isOverdue)
    }

    @Test("a period is the one that the tick has: at 59.94 some are a nanosecond longer than others")
    func classesAtRoundedPeriods() throws {
        let epoch = SessionHarness.epoch
        let grid = GridWalk.deadlines(.fps5994, from: epoch, count: 4)
        let periods = zip(grid, grid.dropFirst()).map { $1 - $0 }
        #expect(Set(periods) == [Nanoseconds(16_683_333), Nanoseconds(16_683_334)])
        for (tick, period) in periods.enumerated() {
            for (late, expected) in [(period - Nanoseconds(1), LatenessClass.late), (period, .overPeriod)] {
                var harness = SessionHarness(try SessionPlan(rate: .fps5994))
                for deadline in grid.prefix(tick) { harness.tick(at: deadline - epoch) }
                #expect(harness.tick(at: grid[tick] - epoch + late).lateness == expected, "tick \(tick)")
            }
        }
    }

    @Test("where a period is longer than 50 ms, a stall comes before the period is over")
    func stallWithinAPeriod() throws {
        var harness = SessionHarness(try SessionPlan(rate: FrameRate(10)))
        #expect(harness.tick(at: Nanoseconds(49_999_999)).lateness == .late)
        #expect(harness.tick(at: .milliseconds(150)).lateness == .stall)
    }

    @Test("on_time_within is the session's own", arguments: [0, 250_000])
    func onTimeWithin(limit: Int64) throws {
        let plan = try SessionPlan(rate: .fps25, onTimeWithin: Nanoseconds(limit))
        var harness = SessionHarness(plan)
        #expect(harness.tick(at: Nanoseconds(limit)).lateness == .onTime)
        #expect(harness.tick(at: .milliseconds(40) + Nanoseconds(limit + 1)).lateness == .late)
    }

    // MARK: - Causes

    @Test("a late tick that its session was ready for is late by the wake")
    func wake() throws {
        var harness = try SessionHarness.pal()
        #expect(harness.tick(at: .milliseconds(3)).cause == .wake)
    }

    @Test("a neighbour's handler that was running at the deadline is the cause; one that had returned is not")
    func neighbour() throws {
        var running = try SessionHarness.pal()
        #expect(running.tick(at: .milliseconds(3), neighbourUntil: .milliseconds(3)).cause == .neighbour)
        var justOver = try SessionHarness.pal()
        #expect(justOver.tick(at: .milliseconds(3), neighbourUntil: Nanoseconds(1)).cause == .neighbour)
        var returned = try SessionHarness.pal()
        #expect(returned.tick(at: .milliseconds(3), neighbourUntil: .zero).cause == .wake)
    }

    @Test("a handler that outlasts its period makes the next tick overdue by work, and those after it")
    func work() throws {
        var harness = try SessionHarness.pal()
        harness.tick(at: .zero, work: .milliseconds(130))
        let ticks = [130, 130, 130, 160].map { harness.tick(at: .milliseconds($0)) }
        #expect(ticks.map(\.isOverdue) == [true, true, true, false])
        #expect(ticks.map(\.cause) == [.work, .work, .work, .wake])
        #expect(ticks.map(\.lateness) == [.stall, .stall, .late, .onTime])
    }

    @Test("a handler that takes its period to the nanosecond has not outlasted it")
    func workOfOnePeriod() throws {
        var harness = try SessionHarness.pal()
        harness.tick(at: .milliseconds(2), work: .milliseconds(40))
        let tick = harness.tick(at: .milliseconds(42), work: Nanoseconds(40_000_001))
        #expect(tick.isOverdue && tick.cause == .wake)
        #expect(harness.tick(at: Nanoseconds(82_000_001)).cause == .work)
    }

    @Test("a tick that is overdue only since the one before woke late is late by that wake")
    func inheritedWake() throws {
        var harness = try SessionHarness.pal()
        harness.tick(at: .milliseconds(30), work: .milliseconds(15))
        let second = harness.tick(at: .milliseconds(45), work: .milliseconds(36))
        let third = harness.tick(at: .milliseconds(81))
        #expect(second.isOverdue && second.cause == .wake)
        #expect(third.isOverdue && third.cause == .wake)
    }

    @Test("a tick that is overdue only since a neighbour held the one before is late by that neighbour")
    func inheritedNeighbour() throws {
        var harness = try SessionHarness.pal()
        harness.tick(at: .milliseconds(35), work: .milliseconds(10), neighbourUntil: .milliseconds(35))
        let second = harness.tick(at: .milliseconds(45))
        #expect(second.isOverdue && second.cause == .neighbour)
    }

    @Test("a tick that its own pace holds past its deadline is late for its predecessor's reason")
    func heldByItsPace() throws {
        var harness = try SessionHarness.pal(.paced(spacing: .milliseconds(30)))
        harness.tick(at: .zero, work: .milliseconds(70))
        let late = harness.tick(at: .milliseconds(70))
        // Its handler returned before 80 ms, but the pace lets it start only at 100 ms.
        #expect(harness.session.due == SessionHarness.epoch + .milliseconds(100))
        let held = harness.tick(at: .milliseconds(100))
        let free = harness.tick(at: .milliseconds(130))
        #expect(late.isOverdue && late.cause == .work)
        #expect(!held.isOverdue && held.cause == .work && held.lateness == .late)
        #expect(!free.isOverdue && free.cause == .work && free.startLateness == .milliseconds(10))
        #expect(harness.tick(at: .milliseconds(160)).cause == .wake)
    }

    @Test("every class and every cause has a name of its own")
    func names() {
        #expect(LatenessClass.allCases.map(\.name) == ["onTime", "late", "overPeriod", "stall"])
        #expect(LatenessCause.allCases.map(\.name) == ["wake", "neighbour", "work", "begin"])
    }
}
