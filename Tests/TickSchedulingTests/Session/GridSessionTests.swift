import TestSupport
import TickScheduling
import TickTime
import Testing

/// A session that begins at an index continues what a session from tick 0 would have shown.
@Suite("A session that begins at an index of a given grid")
struct GridSessionTests {
    private static func rates() throws -> [FrameRate] {
        [.fps5994, .fps25, .fps24, .fps2997, try FrameRate(1_000), try FrameRate(1, over: 10)]
    }

    /// A grid whose tick 0 is the epoch of a virtual session; what a host's anchor makes of it is tested elsewhere.
    private static func grid(_ rate: FrameRate, tick: Int64 = 0) throws -> GridPhase {
        try GridPhase(tick: tick, tai: TAIInstant(nanoseconds: 1_600_000_000_000_000_000))
    }

    private static func blocks(_ start: UTCInstant, _ random: inout SeededGenerator) throws -> BlockPlan {
        try BlockPlan(
            start: start + .milliseconds(.random(in: -500...500, using: &random)),
            blocks: (Int64(0)..<40).map { index in
                let isShort = Int.random(in: 0..<4, using: &random) == 0
                return Block(
                    id: BlockID(rawValue: index),
                    length: Nanoseconds(.random(in: 1...(isShort ? 900_000 : 1_500_000_000), using: &random)))
            })
    }

    @Test("its ticks, labels, media timestamps and blocks are those of a session from tick 0 that has run until then")
    func continues() throws {
        var random = SeededGenerator()
        print("sessions from an index: seed \(random.seed)")
        var (compared, fences, notices) = (0, 0, 0)
        let rates = try Self.rates().dropLast()
        for run in 0..<60 {
            let rate = rates[run % rates.count]
            let first = Int64.random(in: 1...400, using: &random)
            let lead = Nanoseconds.milliseconds(25)
            let clocks = VirtualClocks()
            let epoch = clocks.epoch(in: lead)
            let blocks = try Self.blocks(epoch.utc, &random)
            let count = Int64.random(in: 1...300, using: &random)
            let whole = try SessionPlan(rate: rate, tickCount: first + count, atPlanEnd: .continue, primingTicks: 9)
            let rest = try SessionPlan(
                rate: rate, grid: try Self.grid(rate), firstTick: first, tickCount: count, atPlanEnd: .continue,
                primingTicks: 9)
            var earlier = VirtualLoop([], clocks: clocks, capacity: 1, blockCapacity: 40)
            try earlier.add(whole, in: lead, blocks: blocks)
            var later = VirtualLoop([], clocks: clocks, capacity: 1, blockCapacity: 40)
            // The same epoch, from an anchor that was read some time before tick `first`.
            later.clocks.monotonic = clocks.monotonic + Nanoseconds(try rate.offset(ofTick: first - 1).count)
            try later.add(rest, in: epoch.monotonic - later.now, blocks: blocks)
            let all = earlier.run().map(\.tick).filter { $0.index >= first }
            let own = later.run().map(\.tick)
            let context: Comment = "seed \(random.seed), run \(run): \(rate) from \(first)"
            try #require(own.map(\.index) == Array(first..<(first + count)), context)
            let house = try TimecodeFormat(rate: rate.nominalFramesPerSecond <= 60 ? rate : .fps25)
            let labels = try SessionTimecode(
                format: house, start: .timeOfDay(offset: .utc, dailyJam: nil), epoch: epoch.utc)
            for (a, b) in zip(all, own) {
                try #require(a.deadline == b.deadline && a.deadlineUTC == b.deadlineUTC, context)
                try #require(a.block == b.block && a.ticksToFence == b.ticksToFence, context)
                try #require(b.skippedBefore == 0 && b.lateness == .onTime && !b.isOverdue, context)
                let stamp = try rate.mediaTimestamp(ofTick: b.index, clockRate: 90_000)
                try #require(stamp == (try rate.mediaTimestamp(ofTick: a.index, clockRate: 90_000)), context)
                try #require(labels.label(ofTick: a.index) == labels.label(ofTick: b.index), context)
                if b.index > first {
                    try #require(a.blockChanged == b.blockChanged && a.blocksPassed == b.blocksPassed, context)
                    if b.blockChanged { fences += 1 }
                } else {
                    // Its first tick shows its program the block that it joins, and passes none.
                    try #require(b.blockChanged == (b.block != nil) && b.blocksPassed == 0, context)
                    try #require(b.isPriming == (b.ticksToFence.map { $0 <= 9 } ?? false), context)
                }
                if b.isPriming { notices += 1 }
                compared += 1
            }
            // The session began late in the notice of a fence, or gave the same notices.
            let fence = own.first.flatMap { tick in tick.ticksToFence.map { tick.index + $0 } } ?? first
            try #require(
                all.filter { $0.index >= fence && $0.isPriming }.map(\.index)
                    == own.filter { $0.index >= fence && $0.isPriming }.map(\.index), context)
        }
        #expect(compared > 4_000 && fences > 100 && notices > 100)
    }

    @Test("decades after tick 0, also before the boot, deadlines and blocks are exact")
    func decades() throws {
        var random = SeededGenerator()
        print("sessions decades after tick 0: seed \(random.seed)")
        let rates = try Self.rates()
        for run in 0..<200 {
            let rate = rates[run % rates.count]
            let clocks = VirtualClocks()
            // Tick 0 lies up to 55 years before now.
            let age = Nanoseconds(.random(in: 1...1_750_000_000_000_000_000, using: &random))
            let epoch = clocks.epoch(in: -age)
            let first = TickGrid(rate: rate, epoch: epoch.monotonic).firstTickDue(notBefore: clocks.monotonic)
            let plan = try SessionPlan(
                rate: rate, grid: try Self.grid(rate), firstTick: first, tickCount: 50, atPlanEnd: .continue)
            var loop = VirtualLoop([], clocks: clocks, capacity: 1, blockCapacity: 8)
            // One block that began with the grid, one that ends soon.
            let blocks = try BlockPlan(
                start: epoch.utc,
                blocks: [
                    Block(id: BlockID(rawValue: 1), length: age + .milliseconds(300)),
                    Block(id: BlockID(rawValue: 2), length: .seconds(5)),
                ])
            try loop.add(plan, in: -age, blocks: blocks)
            var expected = first
            while let tick = loop.next() {
                let context: Comment = "seed \(random.seed), run \(run): \(rate), \(age.count) ns, tick \(tick.index)"
                try #require(tick.index == expected, context)
                expected += 1
                // Twice the distance from the exact instant, in 1/num ns: within one, and halves up.
                let numerator = Int128(rate.numerator)
                let exact = Int128(tick.index) * Int128(rate.denominator) * 1_000_000_000
                let since = Int128(tick.deadline.nanoseconds) - Int128(epoch.monotonic.nanoseconds)
                let twice = 2 * (since * numerator - exact)
                try #require(twice > -numerator && twice <= numerator, context)
                try #require(Int128(tick.deadlineUTC.nanoseconds) - Int128(epoch.utc.nanoseconds) == since, context)
                let isFirst = exact < Int128(age.count + 300_000_000) * numerator
                let isOver = exact >= Int128(age.count + 5_300_000_000) * numerator
                try #require(tick.block?.id.rawValue == (isFirst ? 1 : isOver ? nil : 2), context)
            }
            let reason = loop.session().endReason
            #expect(expected == first + 50 && reason == .ticksDelivered)
        }
    }

    /// A session at 25 fps from tick 100, begun so long after that tick was due.
    private static func late(
        by delay: Nanoseconds, _ policy: OverduePolicy = .everyTick, backlogMax: Nanoseconds = .seconds(10),
        ticks: Int64 = 5
    ) throws -> [Tick] {
        let plan = try SessionPlan(
            rate: .fps25, grid: try grid(.fps25), firstTick: 100, tickCount: ticks, policy: policy,
            backlogMax: backlogMax)
        var loop = VirtualLoop([(plan, .milliseconds(-4_000) - delay)])
        return loop.run().map(\.tick)
    }

    @Test("one that begins late starts at the index given, flagged, and the policy applies to what is due since")
    func overdue() throws {
        let every = try Self.late(by: .milliseconds(90))
        #expect(every.map(\.index) == [100, 101, 102, 103, 104])
        #expect(every.map(\.isOverdue) == [true, true, true, false, false])
        #expect(every.map(\.cause) == [.begin, .begin, .begin, .wake, .wake])
        #expect(every[0].deadlineLateness == .milliseconds(90) && every.allSatisfy { $0.skippedBefore == 0 })

        let skip = try Self.late(by: .milliseconds(90), .skip)
        #expect(skip.map(\.index) == [102, 103, 104])
        #expect(skip[0].skippedBefore == 2 && skip[0].isOverdue && skip[0].cause == .begin && !skip[0].crossedBacklog)
    }

    @Test("a backlog above backlog_max is one recorded skip at its beginning too, under every policy")
    func backlog() throws {
        for policy in [OverduePolicy.everyTick, .skip, .paced(spacing: .milliseconds(20))] {
            let ticks = try Self.late(by: .seconds(3_600), policy, ticks: 100_000)
            #expect(ticks[0].index == 100 + 90_000 && ticks[0].skippedBefore == 90_000 && ticks[0].crossedBacklog)
            #expect(ticks[1].index == 100 + 90_001 && ticks[1].skippedBefore == 0)
        }
        let within = try Self.late(by: .milliseconds(500), backlogMax: .milliseconds(500), ticks: 20)
        #expect(within[0].index == 100)
        let above = try Self.late(by: Nanoseconds(500_000_001), backlogMax: .milliseconds(500), ticks: 20)
        #expect(above[0].index == 112 && above[0].skippedBefore == 12 && above[0].crossedBacklog)
    }

    @Test("its number of ticks counts from the first, and ticks before that are neither skipped nor missed")
    func count() throws {
        let plan = try SessionPlan(rate: .fps25, grid: try Self.grid(.fps25), firstTick: 1_000, tickCount: 3)
        var loop = VirtualLoop([(plan, .seconds(-39))])
        let epoch = loop.epoch()
        var statistics = SessionStatistics(epoch: epoch, rate: .fps25, firstTick: plan.beginTick)
        for record in loop.run() { statistics.record(record) }
        let session = loop.session()
        #expect(statistics.delivered == 3 && statistics.skipped == 0 && statistics.unexplained == 0)
        #expect(statistics.drift == .zero && statistics.early == 0 && statistics.last?.index == 1_002)
        #expect(session.endReason == .ticksDelivered && session.beginUTC == epoch.utc + .seconds(40))
    }

    @Test("a plan that ended before its first tick is refused; one that ends on that tick is over, one later is joined")
    func plans() throws {
        func add(_ length: Nanoseconds) throws -> (Tick?, Int) {
            let plan = try SessionPlan(rate: .fps25, grid: try Self.grid(.fps25), firstTick: 100)
            var loop = VirtualLoop([], capacity: 1, blockCapacity: 4)
            let epoch = loop.clocks.epoch(in: .milliseconds(-3_990))
            try loop.add(
                plan, in: .milliseconds(-3_990),
                blocks: BlockPlan(start: epoch.utc, blocks: [Block(id: BlockID(rawValue: 0), length: length)]))
            let first = loop.next()
            return (first, loop.run().count)
        }
        for length in [Nanoseconds.seconds(1), .seconds(4)] {
            let error = try #require(throws: ScheduleError.self) { try add(length) }
            guard case .blocks(.planIsOver(_, let begin)) = error else { return #expect(Bool(false), "\(error)") }
            #expect(begin == VirtualClocks().epoch(in: .milliseconds(10)).utc)
        }
        let (tick, count) = try add(.seconds(4) + Nanoseconds(1))
        #expect(tick?.index == 100 && tick?.ticksToFence == 1 && tick?.block?.elapsed == .seconds(4) && count == 1)
    }

    @Test("blocks can be appended until its plan's last fence, and not before its first tick")
    func append() throws {
        let plan = try SessionPlan(rate: .fps25, grid: try Self.grid(.fps25), firstTick: 100, atPlanEnd: .continue)
        var loop = VirtualLoop([], capacity: 1, blockCapacity: 4)
        let start = loop.clocks.epoch(in: .milliseconds(-3_990)).utc
        let block = Block(id: BlockID(rawValue: 5), length: .seconds(9))
        let over = try loop.add(plan, in: .milliseconds(-3_990), blocks: BlockPlan(start: start - .seconds(1)))
        #expect(throws: ScheduleError.blocks(.pastFence(block.id, fence: 0, delivered: 99))) {
            try loop.append(block, to: over)
        }
        _ = loop.remove(over)
        let open = try loop.add(plan, in: .milliseconds(-3_990), blocks: BlockPlan(start: start + .seconds(4)))
        #expect(try loop.append(block, to: open).firstTick == 100)
    }

    @Test("a successor takes over from it at the tick of its grid, also before its first tick")
    func succession() throws {
        let plan = try SessionPlan(rate: .fps25, grid: try Self.grid(.fps25), firstTick: 100)
        var loop = VirtualLoop([], capacity: 4)
        let id = try loop.add(plan, in: .milliseconds(-3_990))
        let begin = loop.clocks.utc(at: loop.now)
        let other = try SessionPlan(rate: .fps25)
        let seam = try loop.succeed(id, at: begin + .milliseconds(10 + 400), by: other)
        #expect(seam.predecessorEndTick == 110 && seam.gap == .milliseconds(40))
        var indexes: [Int64] = []
        while indexes.count < 13, let tick = loop.next() { indexes.append(tick.index) }
        #expect(indexes == Array(100..<110) + [0, 1, 2])

        var unborn = VirtualLoop([], capacity: 4)
        let waiting = try unborn.add(plan, in: .milliseconds(-3_000))
        let early = try unborn.succeed(waiting, at: unborn.clocks.utc(at: unborn.now) + .milliseconds(500), by: other)
        #expect(early.predecessorEndTick == 100 && early.gap == nil)
        let first = unborn.next()
        #expect(first?.index == 0 && first?.session == early.successor)
    }

    @Test("a plan names a grid or a first tick that no clock can have")
    func refused() throws {
        #expect(throws: SessionPlanError.firstTickWithoutGrid(5)) { try SessionPlan(rate: .fps25, firstTick: 5) }
        let far = try GridPhase(tick: 1 << 50, tai: TAIInstant(nanoseconds: 0))
        #expect(throws: SessionPlanError.self) { try SessionPlan(rate: .fps25, grid: far) }
        let grid = try Self.grid(.fps25)
        for first in [-1, 1 << 53, .max] as [Int64] {
            let error = try #require(throws: SessionPlanError.self) {
                try SessionPlan(rate: .fps25, grid: grid, firstTick: first)
            }
            #expect(error.description.hasPrefix("the first tick is out of range: "))
        }
        #expect(throws: SessionPlanError.pastClockRange(tickCount: .max, .fps25)) {
            try SessionPlan(rate: .fps25, grid: grid, firstTick: 1, tickCount: .max)
        }
        #expect(throws: SessionPlanError.pastClockRange(tickCount: 230_584_300_921, .fps25)) {
            try SessionPlan(rate: .fps25, grid: grid, firstTick: 1, tickCount: 230_584_300_921)
        }
    }

    @Test("another number of ticks keeps the grid, another grid keeps the rest")
    func copies() throws {
        let grid = try Self.grid(.fps25, tick: 77)
        let plan = try SessionPlan(
            rate: .fps25, grid: grid, firstTick: 80, tickCount: 9, policy: .skip, lead: .milliseconds(3),
            primingTicks: 4)
        let more = try plan.withTickCount(10)
        #expect(more.grid == grid && more.firstTick == 80 && more.tickCount == 10 && more.primingTicks == 4)
        let own = try plan.withGrid(nil)
        #expect(own.grid == nil && own.firstTick == nil && own.beginTick == 0 && own.policy == .skip)
        #expect(try own.withGrid(grid, firstTick: 80) == plan)
    }

    @Test("a first tick beyond this host's clock ends the session before it began, without a trap")
    func clockRange() throws {
        let plan = try SessionPlan(rate: .fps25, grid: try Self.grid(.fps25), firstTick: 25 * 86_400 * 365 * 50)
        let end = MonotonicInstant(nanoseconds: .max - 1_000_000_000_000_000_000)
        let utc = UTCInstant(nanoseconds: 0)
        let epoch = SessionEpoch(utc: utc, utcSource: .system, hostUTC: utc, monotonic: end, uncertainty: .zero)
        var session = TickSession(id: SessionID(index: 0), plan: plan, epoch: epoch)
        session.begin(at: MonotonicInstant(nanoseconds: 0))
        #expect(session.endReason == .clockRange)
    }
}
