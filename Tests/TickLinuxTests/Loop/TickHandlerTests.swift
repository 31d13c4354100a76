import TestSupport
import Testing
import TickLinux
import TickScheduling
import TickTime

@Suite("Tick loop, pushing to handlers")
struct TickHandlerTests {
    @Test("closures get the ticks of their own session, every one and in order", arguments: WaitStrategy.allCases)
    func closures(strategy: WaitStrategy) throws {
        var loop = TickLoop(TickLoopOptions(wait: strategy))
        let logs = [Log<Tick>(), Log<Tick>()]
        for log in logs {
            // A tick that is lent to a handler may be copied to be kept.
            try loop.add(SessionRequest(.fast(20), handler: TickHandler { log.append(copy $0) }))
        }
        try loop.run()
        for (index, log) in logs.enumerated() {
            #expect(log.entries.map(\.index) == Array(0..<20))
            #expect(log.entries.allSatisfy { Int($0.session.index) == index && $0.start >= $0.deadline })
        }
    }

    @Test("a C function gets its context and the tick")
    func cFunction() throws {
        var loop = TickLoop(TickLoopOptions(wait: .sleep))
        let sums = UnsafeMutablePointer<Int64>.allocate(capacity: 2)
        unsafe sums.initialize(repeating: 0, count: 2)
        defer { unsafe sums.deallocate() }
        for index in 0..<2 {
            let handler = unsafe TickHandler(
                function: { context, tick in
                    guard let context = unsafe context, let tick = unsafe tick else { return }
                    unsafe context.assumingMemoryBound(to: Int64.self).pointee +=
                        tick.assumingMemoryBound(to: Tick.self).pointee.index
                }, context: sums + index)
            try loop.add(SessionRequest(.fast(index == 0 ? 5 : 11), handler: handler))
        }
        try loop.run()
        #expect(unsafe sums[0] == 0 + 1 + 2 + 3 + 4)
        #expect(unsafe sums[1] == 55)
    }

    @Test("a session without a handler passes in silence beside one with")
    func noHandler() throws {
        var loop = TickLoop(TickLoopOptions(wait: .sleep))
        let log = Log<Int64>()
        let silent = try loop.add(SessionRequest(.fast(5)))
        try loop.add(SessionRequest(.fast(5), handler: TickHandler { log.append($0.index) }))
        try loop.run()
        #expect(log.entries == [0, 1, 2, 3, 4])
        #expect(loop.endReason(of: silent) == .ticksDelivered)
    }

    @Test("running begins a loop that has not begun, and refuses one without sessions")
    func runBegins() throws {
        var empty = TickLoop()
        do throws(LoopError) {
            try empty.run()
            Issue.record("a loop without sessions ran")
        } catch { #expect(error == .noSessions) }
    }

    @Test("a handler's closure lives as long as its loop and no longer")
    func closureIsReleased() throws {
        final class Probe: Sendable {}
        weak var released: Probe?
        let alive = Log<Bool>()
        func run() throws {
            let probe = Probe()
            released = probe
            var loop = TickLoop(TickLoopOptions(wait: .sleep))
            let weakProbe = WeakReference(probe)
            // The one strong reference is the closure's.
            let handler = TickHandler { _ in
                _ = probe
                alive.append(weakProbe.isAlive)
            }
            try loop.add(SessionRequest(.fast(3), handler: handler))
            try loop.run()
        }
        try run()
        #expect(alive.entries == [true, true, true])
        #expect(released == nil)
    }

    private struct WeakReference: Sendable {
        private weak let object: (any AnyObject & Sendable)?
        init(_ object: any AnyObject & Sendable) { self.object = object }
        var isAlive: Bool { object != nil }
    }
}
