import TestSupport
import TickScheduling
import TickTime
import Testing

/// A handler that takes 250 ms at 59.94, under each policy; and backlogs that are too long for any.
@Suite("Policies for overdue ticks")
struct OverduePolicyTests {
    private static let stalled = 10
    private static let count = 120

    /// One session of 120 ticks at 59.94 whose tick 10 takes 250 ms and every other `work`.
    private static func stall(
        _ policy: OverduePolicy, work: Nanoseconds = .zero
    ) throws -> (records: [TickRecord], grid: [MonotonicInstant], end: MonotonicInstant, waits: [VirtualLoop.Wait]) {
        var script = VirtualScript()
        script.work = { $1 == stalled ? .milliseconds(250) : work }
        let plan = try SessionPlan(rate: .fps5994, tickCount: Int64(count), policy: policy)
        var loop = VirtualLoop(plan, script: script)
        let records = loop.run()
        let grid = GridWalk.deadlines(.fps5994, from: loop.epoch().monotonic, count: count)
        return (records, grid, grid[stalled] + .milliseconds(250), loop.waits)
    }

    @Test("everyTick, after a stall of 250 ms at 59.94: nothing is skipped or repeated", arguments: [0, 3_000_000])
    func everyTick(work: Int64) throws {
        let (records, grid, _, _) = try Self.stall(.everyTick, work: Nanoseconds(work))
        #expect(records.map(\.tick.index) == Array(0..<Int64(Self.count)))
        #expect(records.map(\.tick.deadline) == grid)
        #expect(records.allSatisfy { $0.tick.skippedBefore == 0 && !$0.tick.crossedBacklog })
    }

    @Test("everyTick, after a stall: overdue ticks start at once, flagged, one after another; then the grid again")
    func everyTickCatchesUp() throws {
        let (records, grid, end, _) = try Self.stall(.everyTick, work: .milliseconds(3))
        var free = end
        var overdue: [Int64] = []
        for record in records.dropFirst(Self.stalled + 1) {
            let tick = record.tick
            if tick.isOverdue {
                overdue.append(tick.index)
                #expect(tick.start == free && tick.cause == .work)
            } else {
                #expect(tick.start == tick.deadline && tick.lateness == .onTime && tick.cause == .wake)
            }
            free = tick.start + record.work
        }
        // A tick is overdue while its turn, 3 ms after the one before, comes no earlier than it is due.
        let turns = (Self.stalled + 1..<Self.count).prefix {
            end + .milliseconds(Int64(3 * ($0 - Self.stalled - 1))) >= grid[$0]
        }
        #expect(overdue == turns.map(Int64.init) && overdue.count == 18)
    }

    @Test("everyTick, after a stall: 11 stalls, 2 over a period and 1 late tick, as the grid says")
    func everyTickClasses() throws {
        let (records, _, _, _) = try Self.stall(.everyTick)
        let after = records.dropFirst(Self.stalled + 1).map(\.tick.lateness)
        let expected =
            Array(repeating: LatenessClass.stall, count: 11) + [.overPeriod, .overPeriod, .late]
            + Array(repeating: .onTime, count: Self.count - 25)
        #expect(after == expected)
    }

    @Test("skip, after a stall of 250 ms at 59.94: the next index is the one that the grid says, with the right count")
    func skip() throws {
        let (records, grid, end, _) = try Self.stall(.skip)
        let lastDue = try #require(grid.lastIndex { $0 <= end })
        #expect(lastDue == 24)
        #expect(records.map(\.tick.index) == (Array(0...Self.stalled) + Array(lastDue..<Self.count)).map(Int64.init))
        let tick = try #require(records.dropFirst(Self.stalled + 1).first).tick
        #expect(tick.index == Int64(lastDue) && tick.skippedBefore == Int64(lastDue - Self.stalled - 1))
        #expect(tick.isOverdue && tick.start == end && tick.cause == .work && !tick.crossedBacklog)
        #expect(records.filter { $0.tick.skippedBefore > 0 }.count == 1)
        let after = records.dropFirst(Self.stalled + 2).map(\.tick)
        #expect(after.allSatisfy { !$0.isOverdue && $0.start == $0.deadline && grid[Int($0.index)] == $0.deadline })
    }

    @Test("skip delivers an overdue tick that is the last due without skipping any")
    func skipOfNone() throws {
        var harness = try SessionHarness.pal(.skip)
        harness.tick(at: .zero, work: .milliseconds(60))
        let tick = harness.tick(at: .milliseconds(79))
        #expect(tick.index == 1 && tick.isOverdue && tick.skippedBefore == 0)
    }

    @Test(
        "skip counts a tick as due on its deadline, not a nanosecond before",
        arguments: [(79_999_999, 1), (80_000_000, 2)] as [(Int64, Int64)])
    func skipOnADeadline(now: Int64, index: Int64) throws {
        var harness = try SessionHarness.pal(.skip)
        harness.tick(at: .zero, work: .milliseconds(60))
        #expect(harness.tick(at: Nanoseconds(now)).index == index)
    }

    @Test("skip does not skip after a late wake: a tick that was not overdue is delivered, the next skips")
    func skipAfterALateWake() throws {
        var harness = try SessionHarness.pal(.skip)
        let woken = harness.tick(at: .milliseconds(130))
        try #require(woken.index == 0)
        let next = harness.tick(at: .milliseconds(130))
        #expect(woken.skippedBefore == 0 && !woken.isOverdue && woken.lateness == .stall)
        #expect(next.index == 3 && next.skippedBefore == 2 && next.isOverdue && next.cause == .wake)
    }

    @Test("paced, after a stall of 250 ms at 59.94: starts lie the spacing apart, none is early, none is lost")
    func paced() throws {
        let spacing = Nanoseconds.milliseconds(10)
        let (records, grid, end, waits) = try Self.stall(.paced(spacing: spacing))
        try #require(records.map(\.tick.index) == Array(0..<Int64(Self.count)))
        #expect(records.allSatisfy { $0.tick.start >= $0.tick.deadline && $0.tick.skippedBefore == 0 })
        for (before, after) in zip(records, records.dropFirst()) {
            #expect(after.tick.start - before.tick.start >= spacing, "tick \(after.tick.index)")
        }
        // Walked by hand: the first overdue tick at once, then one each 10 ms until the grid is met.
        var start = end
        for index in Self.stalled + 1..<Self.count {
            #expect(records[index].tick.start == start, "tick \(index)")
            if index + 1 < Self.count { start = max(grid[index + 1], start + spacing) }
        }
        let caughtUp = try #require(records.first { $0.tick.index > 10 && $0.tick.start == $0.tick.deadline })
        #expect(caughtUp.tick.index == 46)
        #expect(records.dropFirst(47).allSatisfy { $0.tick.lateness == .onTime })
        // It waits for its pace instead of holding the loop: 1 wait a tick, but for tick 11.
        #expect(waits.count == Self.count - 1)
    }

    // MARK: - A backlog too long to catch up with

    private static let policies: [OverduePolicy] = [.everyTick, .skip, .paced(spacing: .milliseconds(10))]

    @Test("a backlog of backlog_max is not crossed; a nanosecond more is, by one skip", arguments: policies)
    func backlog(policy: OverduePolicy) throws {
        for (over, crossed) in [(Int64(0), false), (1, true)] {
            var harness = try SessionHarness.pal(policy, backlogMax: .milliseconds(100))
            harness.tick(at: .zero, work: .milliseconds(140) + Nanoseconds(over))
            // Tick 1 was due at 40 ms; at 140 ms ticks 1, 2 and 3 are.
            let tick = harness.tick(at: .milliseconds(140) + Nanoseconds(over))
            let skips = crossed || policy == .skip
            #expect(tick.index == (skips ? 3 : 1) && tick.skippedBefore == (skips ? 2 : 0), "\(over) ns over")
            #expect(tick.crossedBacklog == crossed && tick.isOverdue && tick.cause == .work)
        }
    }

    @Test("the default backlog_max is 10 s: a stall of 11 s is crossed once, then the grid again", arguments: policies)
    func defaultBacklog(policy: OverduePolicy) throws {
        let plan = try SessionPlan(rate: .fps5994, tickCount: 1_000, policy: policy)
        var loop = VirtualLoop(plan, script: .stall(.seconds(11), at: 100))
        let records = loop.run()
        try #require(records.count > 101)
        let end = records[100].tick.start + .seconds(11)
        let grid = GridWalk.deadlines(.fps5994, from: loop.epoch().monotonic, count: 1_000)
        let lastDue = try #require(grid.lastIndex { $0 <= end })
        let tick = records[101].tick
        #expect(tick.index == Int64(lastDue) && tick.skippedBefore == Int64(lastDue - 101) && tick.crossedBacklog)
        #expect(records.filter { $0.tick.skippedBefore > 0 || $0.tick.crossedBacklog }.count == 1)
        #expect(records.dropFirst(101).map(\.tick.index) == Array(Int64(lastDue)..<1_000))
    }

    @Test("a host that sleeps past backlog_max has its backlog crossed too", arguments: policies)
    func sleptBacklog(policy: OverduePolicy) throws {
        var harness = try SessionHarness.pal(policy)
        let tick = harness.tick(at: .seconds(11) + .milliseconds(10))
        #expect(tick.index == 275 && tick.skippedBefore == 275 && tick.crossedBacklog)
        #expect(!tick.isOverdue && tick.cause == .wake && tick.startLateness == .milliseconds(10))
    }

    @Test("late by more than backlog_max with no later tick due, nothing is crossed")
    func nothingToCross() throws {
        var harness = try SessionHarness.pal(backlogMax: .zero)
        let tick = harness.tick(at: .milliseconds(39))
        #expect(tick.index == 0 && tick.skippedBefore == 0 && !tick.crossedBacklog)
    }

    @Test("policies bear the names that profiles use")
    func names() {
        #expect(Self.policies.map(\.name) == ["everyTick", "skip", "paced"])
    }
}
