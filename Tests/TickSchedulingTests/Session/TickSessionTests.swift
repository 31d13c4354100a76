import TestSupport
import TickScheduling
import TickTime
import Testing

@Suite("A session's life")
struct TickSessionTests {
    private static let epoch = SessionHarness.epoch

    @Test("a session that began waits for its epoch, and starts at it, not a nanosecond before")
    func waitsForItsEpoch() throws {
        let harness = try SessionHarness.pal()
        #expect(harness.session.arrived(at: Self.epoch - Nanoseconds(1)) == .wait(until: Self.epoch))
        #expect(harness.session.arrived(at: Self.epoch) == .start)
        #expect(harness.session.isWaiting && harness.session.endReason == nil)
    }

    @Test("a tick carries its number, its deadline on both clocks and the reading it started at")
    func carriesItsPlace() throws {
        var harness = try SessionHarness.pal()
        harness.tick(at: .zero)
        let tick = harness.tick(at: .milliseconds(43))
        #expect(tick.index == 1 && tick.session == SessionID(index: 0))
        #expect(tick.deadline == Self.epoch + .milliseconds(40))
        #expect(tick.deadlineUTC == harness.session.epoch.utc + .milliseconds(40))
        #expect(tick.start == Self.epoch + .milliseconds(43) && tick.startLateness == .milliseconds(3))
        #expect(tick.skippedBefore == 0 && !tick.crossedBacklog)
    }

    @Test("a tick's work is the time from its start to its handler's return")
    func measuresWork() throws {
        var harness = try SessionHarness.pal()
        let tick = harness.session.start(
            at: Self.epoch + Nanoseconds(5), wakeLatency: Nanoseconds(3), neighbourUntil: nil)
        let work = harness.session.finish(at: Self.epoch + Nanoseconds(12_345))
        #expect(work == Nanoseconds(12_340) && tick.wakeLatency == Nanoseconds(3))
    }

    @Test("a late start moves no deadline after it")
    func keepsTheGrid() throws {
        let plan = try SessionPlan(rate: .fps5994)
        var harness = SessionHarness(plan)
        let grid = GridWalk.deadlines(.fps5994, from: Self.epoch, count: 2_000)
        var random = SeededGenerator()
        for deadline in grid {
            #expect(harness.session.due == deadline, "seed \(random.seed)")
            let late = Nanoseconds(Int64.random(in: 0...16_000_000, using: &random))
            let tick = harness.tick(at: deadline - Self.epoch + late)
            #expect(tick.deadline == deadline, "seed \(random.seed)")
        }
    }

    // MARK: - Overdue

    @Test("a tick reached exactly on its deadline is overdue, and late though it starts at once")
    func reachedOnItsDeadline() throws {
        var harness = try SessionHarness.pal()
        harness.tick(at: .zero, work: .milliseconds(40))
        let tick = harness.tick(at: .milliseconds(40))
        #expect(tick.isOverdue && tick.lateness == .late && tick.startLateness == .zero)
    }

    @Test("a tick reached a nanosecond before its deadline is not overdue")
    func reachedBeforeItsDeadline() throws {
        var harness = try SessionHarness.pal()
        harness.tick(at: .zero, work: Nanoseconds(39_999_999))
        let tick = harness.tick(at: .milliseconds(40))
        #expect(!tick.isOverdue && tick.lateness == .onTime)
    }

    @Test("tick 0 is overdue where the loop begins at the epoch or after it", arguments: [0, 1, 7_000_000])
    func beginsLate(begin: Int64) throws {
        var harness = try SessionHarness.pal(beginningAt: Nanoseconds(begin))
        let tick = harness.tick(at: Nanoseconds(begin))
        #expect(tick.index == 0 && tick.isOverdue && tick.cause == .begin && tick.lateness == .late)
    }

    @Test("tick 0 is on time where the loop begins a nanosecond before the epoch")
    func beginsInTime() throws {
        var harness = try SessionHarness.pal(beginningAt: Nanoseconds(-1))
        let tick = harness.tick(at: .zero)
        #expect(!tick.isOverdue && tick.cause == .wake && tick.lateness == .onTime)
    }

    @Test("ticks that are overdue since the loop began late are so by the begin, until one is not")
    func inheritsTheBegin() throws {
        var harness = try SessionHarness.pal(beginningAt: .milliseconds(100))
        let ticks = (0..<4).map { harness.tick(at: .milliseconds($0 < 3 ? 100 : 120)) }
        #expect(ticks.map(\.isOverdue) == [true, true, true, false])
        #expect(ticks.map(\.cause) == [.begin, .begin, .begin, .wake])
    }

    @Test("under skip, a loop that begins late starts with the tick that the grid says")
    func skipsFromTheBegin() throws {
        var harness = try SessionHarness.pal(.skip, beginningAt: .milliseconds(100))
        let tick = harness.tick(at: .milliseconds(100))
        #expect(tick.index == 2 && tick.skippedBefore == 2 && tick.cause == .begin && tick.isOverdue)
        #expect(tick.startLateness == .milliseconds(20) && !tick.crossedBacklog)
    }
}
