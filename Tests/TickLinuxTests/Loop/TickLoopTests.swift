import Testing
import TickLinux
import TickScheduling
import TickTime

@Suite("Tick loop, pulled")
struct TickLoopTests {
    @Test(
        "ticks come in order, each on the grid of its epoch and never before its deadline",
        arguments: WaitStrategy.allCases)
    func pull(strategy: WaitStrategy) throws {
        var loop = TickLoop(TickLoopOptions(wait: strategy))
        let session = try loop.add(SessionRequest(.fast(20)))
        let epoch = try loop.begin()[0].epoch
        #expect(loop.endReason(of: session) == nil)

        var ticks: [Tick] = []
        while let tick = loop.next() { ticks.append(tick) }
        #expect(ticks.map(\.index) == Array(0..<20))
        #expect(ticks.allSatisfy { $0.session == session })
        #expect(ticks.allSatisfy { $0.start >= $0.deadline })
        // At 1000 a second a tick lies every millisecond.
        #expect(ticks.map(\.deadline) == (0..<20).map { epoch.monotonic + .milliseconds($0) })
        #expect(ticks.map(\.deadlineUTC) == (0..<20).map { epoch.utc + .milliseconds($0) })
        #expect(zip(ticks, ticks.dropFirst()).allSatisfy { $0.start <= $1.start })
        #expect(ticks.allSatisfy { ($0.wakeLatency ?? .zero) <= $0.startLateness })
        #expect(loop.endReason(of: session) == .ticksDelivered)
        let beyond = loop.next()
        #expect(beyond == nil)
    }

    @Test("a tick for which the loop waited has a wake latency; an overdue one has none")
    func wakeLatency() throws {
        for _ in 0..<100 {
            var loop = TickLoop(TickLoopOptions(wait: .sleep))
            try loop.add(SessionRequest(.fast(4)))
            try loop.begin()
            let first = loop.next()
            // A thread that lost its CPU until tick 0 was due does not wait for it. Then another loop begins.
            guard first?.wakeLatency != nil else { continue }
            // At least past the deadlines of ticks 1 and 2.
            HostClock.spin(for: .milliseconds(3))
            let second = loop.next()
            #expect(second?.isOverdue == true)
            #expect(second?.cause == .work)
            #expect(second?.wakeLatency == nil)
            return
        }
        Issue.record("no loop of a hundred waited for its first tick")
    }

    @Test("the time between two pulls is the first tick's work, and its record goes into the ring")
    func records() throws {
        var loop = TickLoop(TickLoopOptions(wait: .sleep, ringCapacity: 8))
        try loop.add(SessionRequest(.fast(3)))
        try loop.begin()
        var pulled: [Tick] = []
        while let tick = loop.next() {
            pulled.append(tick)
            HostClock.spin(for: .milliseconds(1))
        }
        var records: [TickRecord] = []
        loop.ring?.drain { records.append($0) }
        #expect(records.map(\.tick) == pulled)
        #expect(records.allSatisfy { $0.work >= .milliseconds(1) })
    }

    @Test("a loop without a drain has no ring")
    func noRing() { #expect(TickLoop().ring == nil) }

    @Test("the epoch is at least 20 ms ahead on a whole millisecond, and known on both clocks")
    func epoch() throws {
        var loop = TickLoop()
        try loop.add(SessionRequest(.fast(1)))
        let before = HostClock.monotonic()
        let epoch = try loop.begin()[0].epoch
        #expect(epoch.monotonic - before >= .milliseconds(20))
        #expect(epoch.monotonic - before < .seconds(5))
        #expect(epoch.isExactInMilliseconds)
        #expect(epoch.hostUTC == epoch.utc)
        #expect(epoch.uncertainty >= .zero)
        #expect(epoch.taiOffset != nil)
    }

    @Test("each session has its own alignment, all from one reading of the clocks")
    func alignment() throws {
        var loop = TickLoop()
        for alignment in [Alignment.second, .st2059, .none, .none] {
            try loop.add(SessionRequest(SessionPlan(rate: .fps5994), alignment: alignment))
        }
        let epochs = try loop.begin().map(\.epoch)
        #expect(epochs.map(\.alignment) == [.second, .st2059, .none, .none])
        #expect(epochs[0].utc.nanoseconds % 1_000_000_000 == 0)
        #expect(epochs[1].alignmentIndex != nil)
        #expect(epochs[2] == epochs[3])
        // One reading: UTC − monotonic is the same in all.
        #expect(Set(epochs.map { $0.hostUTC.nanoseconds - $0.monotonic.nanoseconds }).count == 1)
    }

    @Test("sessions of one rate take turns, in the order in which they were added")
    func turns() throws {
        var loop = TickLoop(TickLoopOptions(wait: .sleep))
        let sessions = try (0..<3).map { _ in try loop.add(SessionRequest(.fast(5))) }
        try loop.begin()
        var order: [SessionID] = []
        var indices: [Int64] = []
        while let tick = loop.next() {
            order.append(tick.session)
            indices.append(tick.index)
        }
        #expect(order == (0..<5).flatMap { _ in sessions })
        #expect(indices == (0..<5).flatMap { [$0, $0, $0] })
    }

    @Test("sessions of different rates each get all their ticks")
    func differentRates() throws {
        var loop = TickLoop(TickLoopOptions(wait: .hybrid))
        let slow = try loop.add(SessionRequest(SessionPlan(rate: FrameRate(200), tickCount: 4)))
        let fast = try loop.add(SessionRequest(.fast(15)))
        try loop.begin()
        var indices: [SessionID: [Int64]] = [:]
        while let tick = loop.next() { indices[tick.session, default: []].append(tick.index) }
        #expect(indices == [slow: [0, 1, 2, 3], fast: Array(0..<15)])
    }

    @Test("a loop begins once")
    func begunOnce() throws {
        var loop = TickLoop()
        try loop.add(SessionRequest(.fast(1)))
        try loop.begin()
        var refused: LoopError?
        do { try loop.begin() } catch { refused = error }
        #expect(refused == .alreadyBegun)
    }

    @Test("a loop without sessions does not begin, and the error names the remedy")
    func noSessions() {
        var loop = TickLoop()
        do throws(LoopError) {
            try loop.begin()
            Issue.record("a loop without sessions began")
        } catch {
            #expect(error == .noSessions)
            #expect(error.description.contains("add one"))
        }
    }
}
