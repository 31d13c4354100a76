import Testing
import TickLinux
import TickScheduling
import TickTime

@Suite("Sessions on a given grid, in a loop")
struct GridLoopTests {
    /// A grid whose tick 0 lay half a year ago, off every whole unit.
    private static func grid() throws -> GridPhase {
        let now = try HostTAIOffset.tai(from: HostClock.utc())
        return try GridPhase(tick: 0, tai: TAIInstant(nanoseconds: now.nanoseconds - 15_552_000_123_456_789))
    }

    private static func plan(_ grid: GridPhase, firstTick: Int64? = nil, _ count: Int64 = 5) throws -> SessionPlan {
        try SessionPlan(rate: try FrameRate(1_000), grid: grid, firstTick: firstTick, tickCount: count)
    }

    /// The epoch is tick 0 of the grid by a fresh anchor.
    private static func check(_ addition: SessionAddition, _ grid: GridPhase) throws {
        let offset = try #require(addition.epoch.taiOffset)
        #expect(addition.epoch.utc.nanoseconds == grid.tai.nanoseconds - offset.seconds * 1_000_000_000)
        #expect(addition.epoch.alignment == .none && addition.epoch.hostUTC == addition.epoch.utc)
        // By a reading of both clocks now, to within what a busy machine does to one reading.
        let (monotonic, utc) = (HostClock.monotonic(), HostClock.utc())
        let elapsed = Int128(monotonic.nanoseconds) - Int128(addition.epoch.monotonic.nanoseconds)
        let difference = elapsed - (Int128(utc.nanoseconds) - Int128(addition.epoch.utc.nanoseconds))
        #expect(difference.magnitude < 2_000_000_000)
    }

    @Test("without a first tick it begins with the first one due at least 20 ms ahead, and ticks on the grid")
    func chosen() throws {
        let grid = try Self.grid()
        var loop = TickLoop(TickLoopOptions(wait: .sleep))
        try loop.add(SessionRequest(try Self.plan(grid)))
        let before = HostClock.monotonic()
        let addition = try loop.begin()[0]
        try Self.check(addition, grid)
        let first = try #require(addition.plan.firstTick)
        let steps = TickGrid(rate: addition.plan.rate, epoch: addition.epoch.monotonic)
        #expect(try steps.deadline(of: first) - before >= .milliseconds(20))
        var ticks: [Tick] = []
        while let tick = loop.next() { ticks.append(tick) }
        #expect(ticks.map(\.index) == Array(first..<(first + 5)))
        for tick in ticks {
            #expect(try tick.deadline == steps.deadline(of: tick.index) && tick.start >= tick.deadline)
        }
        #expect(loop.endReason(of: addition.id) == .ticksDelivered)
    }

    @Test("with a first tick it begins there, also if that is due; a session added while the loop runs does too")
    func stated() throws {
        let grid = try Self.grid()
        var loop = TickLoop(TickLoopOptions(wait: .sleep, spareSessions: 2))
        let rate = try FrameRate(1_000)
        let now = try HostTAIOffset.tai(from: HostClock.utc())
        let overdue = try grid.firstTickDue(notBefore: now, at: rate) - 5
        try loop.add(SessionRequest(try Self.plan(grid, firstTick: overdue)))
        let addition = try loop.begin()[0]
        #expect(addition.plan.firstTick == overdue)
        let first = loop.next()
        #expect(first?.index == overdue && first?.isOverdue == true && first?.cause == .begin)
        let ahead = overdue + 200
        let id = try loop.add(SessionRequest(try Self.plan(grid, firstTick: ahead)))
        var own: [Tick] = []
        while let tick = loop.next() { if tick.session == id { own.append(tick) } }
        #expect(own.map(\.index) == Array(ahead..<(ahead + 5)))
        let epoch = try #require(loop.control.epoch(of: id))
        // Two anchors of one host name the grid alike, to within what they could not know.
        #expect(epoch.utc == addition.epoch.utc)
    }

    @Test("sessions of one loop on one grid share its epoch, and so tick together")
    func shared() throws {
        let grid = try Self.grid()
        var loop = TickLoop(TickLoopOptions(wait: .sleep))
        try loop.add(SessionRequest(try Self.plan(grid)))
        try loop.add(SessionRequest(try Self.plan(grid)))
        try loop.add(SessionRequest(try SessionPlan(rate: try FrameRate(1_000), tickCount: 1)))
        let additions = try loop.begin()
        #expect(additions[0].epoch == additions[1].epoch && additions[0].plan == additions[1].plan)
        #expect(additions[2].plan.grid == nil && additions[2].epoch.isExactInMilliseconds)
    }

    @Test("an alignment contradicts a grid, and a successor has a grid of its own")
    func refused() throws {
        let grid = try Self.grid()
        var aligned = TickLoop()
        try aligned.add(SessionRequest(try Self.plan(grid), alignment: .second))
        let error = #expect(throws: LoopError.alignedGrid(.second)) { try aligned.begin() }
        #expect(error?.description.contains("use alignment none instead of second") == true)

        var loop = TickLoop(TickLoopOptions(wait: .sleep, spareSessions: 2))
        let id = try loop.add(SessionRequest(try Self.plan(grid, 60_000)))
        let addition = try loop.begin()[0]
        _ = loop.next()
        let soon = HostClock.utc() + .milliseconds(60)
        #expect(throws: LoopError.gridOfSuccessor) {
            try loop.succeed(id, atOrAfter: soon, by: SessionRequest(try Self.plan(grid)))
        }
        let seam = try loop.succeed(id, atOrAfter: soon)
        #expect(seam.predecessorEndTick > addition.plan.beginTick)
        let successor = try #require(loop.control.epoch(of: seam.successor))
        #expect(successor.monotonic == seam.monotonic && successor.isExactInMilliseconds)
        var last: Tick?
        while let tick = loop.next(), last?.session != seam.successor { last = tick }
        #expect(last?.session == seam.successor && last?.index == 0)
    }

    @Test("of a grid that begins in the far future, the loop chooses tick 0")
    func future() throws {
        let now = try HostTAIOffset.tai(from: HostClock.utc())
        let far = try GridPhase(tick: 0, tai: TAIInstant(nanoseconds: now.nanoseconds + 3_000_000_000_000_000_000))
        var loop = TickLoop()
        try loop.add(SessionRequest(try SessionPlan(rate: .fps25, grid: far)))
        let addition = try loop.begin()[0]
        #expect(addition.plan.firstTick == 0)
        #expect(addition.epoch.monotonic - HostClock.monotonic() > .seconds(2_999_999_000))
    }
}
