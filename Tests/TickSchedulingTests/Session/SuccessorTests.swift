import TestSupport
import TickScheduling
import TickTime
import Testing

@Suite("A successor at a fence")
struct SuccessorTests {
    private static let lead = Nanoseconds.milliseconds(25)

    /// A loop with room for successors, and one session at `rate`.
    private static func loop(
        _ plan: SessionPlan, steps: [VirtualClocks.Step] = [], script: VirtualScript = VirtualScript()
    ) throws -> VirtualLoop {
        var clocks = VirtualClocks()
        clocks.steps = steps
        var loop = VirtualLoop([], clocks: clocks, script: script, capacity: 4, blockCapacity: 32)
        try loop.add(plan, in: lead)
        return loop
    }

    /// Delivers every tick up to the monotonic instant `end`.
    private static func run(_ loop: inout VirtualLoop, until end: MonotonicInstant) {
        while loop.now < end, loop.next() != nil {}
    }

    @Test("without a step, the two together tick as one session would have: no gap, no phase jump")
    func seamless() throws {
        let plan = try SessionPlan(rate: .fps25)
        var loop = try Self.loop(plan)
        let epoch = loop.epoch()
        Self.run(&loop, until: epoch.monotonic + .seconds(2))
        let seam = try loop.succeed(SessionID(index: 0), at: epoch.utc + .seconds(4))
        Self.run(&loop, until: epoch.monotonic + .seconds(6))
        #expect(seam.phaseJump == .zero && seam.gap == .milliseconds(40) && seam.utcJump == .zero)
        #expect(seam.predecessorEndTick == 100 && seam.utc == epoch.utc + .seconds(4))
        let deadlines = loop.records.map(\.tick.deadline)
        let walked = GridWalk.deadlines(.fps25, from: epoch.monotonic, count: deadlines.count)
        #expect(deadlines == walked)
        #expect(loop.records.prefix(100).allSatisfy { $0.tick.session.index == 0 })
        #expect(loop.records.dropFirst(100).allSatisfy { $0.tick.session.index == 1 })
        #expect(loop.records[100].tick.index == 0 && loop.session().endReason == .succeeded)
        #expect(loop.records.allSatisfy { $0.tick.lateness == .onTime })
    }

    @Test(
        "after a step of UTC the successor has the new UTC, and exactly one of the two delivers every instant",
        arguments: [-7_200_000, -1_000, -13, 7, 1_000, 3_600_000] as [Int64], [FrameRate.fps25, .fps2997, .fps5994])
    func step(milliseconds: Int64, rate: FrameRate) throws {
        let at = MonotonicInstant(nanoseconds: 8_000_000_000)
        let size = Nanoseconds.milliseconds(milliseconds)
        var loop = try Self.loop(SessionPlan(rate: rate), steps: [.init(at: at, size: size)])
        Self.run(&loop, until: at + .seconds(1))
        // The next fence as the new UTC tells it: one and a half seconds from now.
        let fence = loop.clocks.utc(at: loop.now) + .milliseconds(1_500)
        let seam = try loop.succeed(SessionID(index: 0), at: fence)
        Self.run(&loop, until: at + .seconds(5))
        #expect(seam.utcJump == size && seam.utc == fence)
        let first = loop.records.filter { $0.tick.session.index == 0 }.map(\.tick.deadline)
        let second = loop.records.filter { $0.tick.session.index == 1 }.map(\.tick)
        // Two anchors, read to 50 ns each, and a nanosecond of rounding.
        let tolerance = Nanoseconds(101)
        let isApart = first.allSatisfy { $0 < seam.monotonic - tolerance }
        #expect(isApart && second.allSatisfy { $0.deadline >= seam.monotonic })
        // Neither stops short: the first would tick next at or after the seam, the second ticks on it.
        let walk = GridWalk.deadlines(rate, from: loop.epoch(0).monotonic, count: first.count + 1)
        #expect(Array(walk.dropLast()) == first && walk[first.count] >= seam.monotonic - tolerance)
        #expect(second.first?.deadline == seam.monotonic && second.first?.deadlineUTC == fence)
        #expect(seam.phaseJump == seam.monotonic - walk[first.count])
        #expect(seam.gap == first.last.map { seam.monotonic - $0 })
        #expect(seam.phaseJump <= tolerance && seam.phaseJump.magnitude < .milliseconds(42))
    }

    @Test("a seam that the anchors' uncertainty puts just behind a tick is that tick: no frame is shown twice")
    func withinUncertainty() throws {
        for (noise, owned) in [
            (Nanoseconds(-101), 100), (.zero, 100), (Nanoseconds(101), 100), (Nanoseconds(102), 101),
        ] {
            var loop = try Self.loop(SessionPlan(rate: .fps25))
            let epoch = loop.epoch()
            // The second anchor, read anew, names the fence so much later on the monotonic clock.
            let seam = try loop.succeed(SessionID(index: 0), at: epoch.utc + .seconds(4) + noise)
            Self.run(&loop, until: epoch.monotonic + .seconds(5))
            let count = loop.records.count { $0.tick.session.index == 0 }
            #expect(count == owned && seam.predecessorEndTick == Int64(owned))
            let start = loop.records.first { $0.tick.session.index == 1 }.map { $0.tick.deadline - epoch.monotonic }
            #expect(start == .seconds(4) + noise)
        }
    }

    @Test("the plan goes on in the successor's UTC, from the block of the fence")
    func plan() throws {
        let plan = try SessionPlan(rate: .fps50, atPlanEnd: .end)
        var loop = VirtualLoop([], capacity: 2, blockCapacity: 32)
        let start = loop.clocks.utc(at: loop.now) + Self.lead
        let blocks = try BlockPlan(
            start: start, blocks: (0..<6).map { Block(id: BlockID(rawValue: $0), length: .seconds(2)) })
        let id = try loop.add(plan, in: Self.lead, blocks: blocks)
        Self.run(&loop, until: loop.now + .seconds(3))
        let seam = try loop.succeed(id, at: start + .seconds(6), blocks: blocks)
        _ = loop.run()
        #expect(seam.predecessorEndTick == 300)
        let ticks = loop.records.map(\.tick)
        #expect(ticks.count == 600)
        for (number, tick) in ticks.enumerated() {
            #expect(tick.block?.id.rawValue == Int64(number / 100))
            #expect(tick.block?.elapsed == .milliseconds(Int64(number % 100 * 20)))
            #expect(tick.blockChanged == (number % 100 == 0))
            #expect(tick.ticksToFence == Int64(100 - number % 100))
        }
        let reasons = [loop.session(0).endReason, loop.session(1).endReason]
        #expect(reasons == [.succeeded, .planEnded])
    }

    @Test("a successor waits for its predecessor's last tick, inherits its lateness, and no tick is out of order")
    func behind() throws {
        // The handler of tick 40 runs for 1.5 s, past the seam at 2 s.
        let stall = VirtualScript.stall(.milliseconds(1_500), at: 40)
        var loop = try Self.loop(SessionPlan(rate: .fps25), script: stall)
        let epoch = loop.epoch()
        Self.run(&loop, until: epoch.monotonic + .milliseconds(400))
        _ = try loop.succeed(SessionID(index: 0), at: epoch.utc + .seconds(2))
        Self.run(&loop, until: epoch.monotonic + .seconds(5))
        let ticks = loop.records.map(\.tick)
        #expect(ticks.map(\.deadline) == GridWalk.deadlines(.fps25, from: epoch.monotonic, count: ticks.count))
        let first = try #require(ticks.first { $0.session.index == 1 })
        #expect(first.index == 0 && first.isOverdue && first.cause == .work)
        #expect(first.startLateness == .milliseconds(1_100))
    }

    // MARK: - What is refused, and taken back

    @Test("a seam that the predecessor has ticked past is refused, and nothing changes")
    func past() throws {
        var loop = try Self.loop(SessionPlan(rate: .fps25, tickCount: 100))
        let epoch = loop.epoch()
        Self.run(&loop, until: epoch.monotonic + .seconds(1))
        let now = loop.now
        #expect(throws: ScheduleError.pastSeam(SessionID(index: 0), endTick: 25, delivered: 25)) {
            _ = try loop.succeed(SessionID(index: 0), at: epoch.utc + .seconds(1))
        }
        #expect(loop.now == now)
        let (count, reason) = (loop.run().count, loop.session().endReason)
        #expect(count == 100 && reason == .ticksDelivered)
    }

    @Test("a session is succeeded once, while it runs, by one session")
    func once() throws {
        var loop = try Self.loop(SessionPlan(rate: .fps25, tickCount: 200))
        let (first, utc) = (SessionID(index: 0), loop.epoch().utc)
        let seam = try loop.succeed(first, at: utc + .seconds(1))
        #expect(throws: ScheduleError.hasSuccessor(first, successor: seam.successor)) {
            _ = try loop.succeed(first, at: utc + .seconds(2))
        }
        // The successor may have one of its own before it has begun.
        let next = try loop.succeed(seam.successor, at: utc + .seconds(3))
        _ = loop.run()
        let counts = [0, 1, 2].map { index in loop.records.count { $0.tick.session.index == Int32(index) } }
        #expect(counts == [25, 50, 200] && next.predecessorEndTick == 50)
        #expect(throws: ScheduleError.predecessorEnded(first)) { _ = try loop.succeed(first, at: utc + .seconds(20)) }
        #expect(throws: ScheduleError.noSession(SessionID(index: 9))) {
            _ = try loop.succeed(SessionID(index: 9), at: utc + .seconds(20), by: SessionPlan(rate: .fps25))
        }
    }

    @Test("a successor that is removed before the seam leaves its predecessor as it was")
    func takenBack() throws {
        var loop = try Self.loop(SessionPlan(rate: .fps25, tickCount: 100))
        let seam = try loop.succeed(SessionID(index: 0), at: loop.epoch().utc + .seconds(1))
        let reason = loop.remove(seam.successor)
        _ = loop.run()
        #expect(reason == .removed && loop.records.count == 100 && loop.session().endReason == .ticksDelivered)
    }

    @Test("a predecessor that ended at the seam can be removed while its successor runs on, and so day after day")
    func removedAfter() throws {
        var loop = try Self.loop(SessionPlan(rate: .fps25))
        let epoch = loop.epoch()
        for day in 1...5 as ClosedRange<Int64> {
            let seam = epoch.monotonic + .seconds(2 * day)
            Self.run(&loop, until: seam - .seconds(1))
            _ = try loop.succeed(SessionID(index: Int32(day - 1)), at: epoch.utc + .seconds(2 * day))
            Self.run(&loop, until: seam + .milliseconds(200))
            #expect(loop.remove(SessionID(index: Int32(day - 1))) == .succeeded)
        }
        Self.run(&loop, until: epoch.monotonic + .seconds(12))
        let deadlines = loop.records.map(\.tick.deadline)
        #expect(deadlines == GridWalk.deadlines(.fps25, from: epoch.monotonic, count: deadlines.count))
        #expect(deadlines.count > 299 && loop.count == 1)
    }

    @Test("a predecessor that is removed before the seam leaves its successor to begin at it")
    func predecessorRemoved() throws {
        var loop = try Self.loop(SessionPlan(rate: .fps25, tickCount: 100))
        let epoch = loop.epoch()
        _ = try loop.succeed(SessionID(index: 0), at: epoch.utc + .seconds(1))
        Self.run(&loop, until: epoch.monotonic + .milliseconds(200))
        _ = loop.remove(SessionID(index: 0))
        let next = loop.next()
        let first = try #require(next)
        #expect(first.session.index == 1 && first.index == 0 && first.start == epoch.monotonic + .seconds(1))
        let isThere = loop.contains(SessionID(index: 0))
        #expect(!isThere)
    }
}
