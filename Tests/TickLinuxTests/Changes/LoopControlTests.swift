import Dispatch
import TestSupport
import Testing
import TickLinux
import TickScheduling
import TickTime

@Suite("Control of a running loop")
struct LoopControlTests {
    @Test("a stop ends a loop that waits for a distant tick at once", arguments: WaitStrategy.allCases)
    func stopsAtOnce(strategy: WaitStrategy) async throws {
        let (controls, threads) = (Log<LoopControl>(), Log<String>())
        async let ran = onOwnThread {
            // Tick 0 comes at once, tick 1 ten minutes after it: a busy machine takes seconds to get here.
            var loop = TickLoop(TickLoopOptions(wait: strategy))
            let session = try loop.add(SessionRequest(SessionPlan(rate: FrameRate(1, over: 600))))
            try loop.begin()
            let first = loop.next()
            threads.append(try currentThread())
            controls.append(loop.control)
            let second = loop.next()
            return (first?.index, second?.index, loop.endReason(of: session), HostClock.monotonic())
        }
        while controls.entries.isEmpty { try await Task.sleep(for: .milliseconds(1)) }
        let thread = try #require(threads.entries.first)
        if strategy != .spin {
            while let state = threadState(thread), state != "S" { try await Task.sleep(for: .milliseconds(1)) }
        }
        let asked = HostClock.monotonic()
        let control = try #require(controls.entries.first)
        control.requestStop()
        let (first, second, reason, ended) = try await ran
        #expect(first == 0)
        #expect(second == nil)
        #expect(reason == .stopped)
        #expect(ended - asked < .seconds(300))
        #expect(control.isStopRequested)
    }

    @Test("a stop from a handler ends the loop after its tick")
    func stopFromHandler() throws {
        var loop = TickLoop(TickLoopOptions(wait: .sleep))
        let (control, seen) = (loop.control, Log<Int64>())
        let session = try loop.add(
            SessionRequest(
                SessionPlan(rate: FrameRate(1_000)),
                handler: TickHandler { tick in
                    seen.append(tick.index)
                    if tick.index == 4 { control.requestStop() }
                }))
        try loop.run()
        #expect(seen.entries == [0, 1, 2, 3, 4])
        #expect(loop.endReason(of: session) == .stopped)
    }

    @Test("after a stop before the loop begins, there is no tick")
    func stopBeforeBegin() throws {
        var loop = TickLoop()
        try loop.add(SessionRequest(.fast(3)))
        #expect(!loop.control.isStopRequested)
        loop.control.requestStop()
        try loop.begin()
        let ticks = [loop.next(), loop.next()]
        #expect(ticks == [nil, nil])
    }

    @Test("the running handler is shown between its start and its return, and not otherwise")
    func runningHandler() throws {
        var loop = TickLoop(TickLoopOptions(wait: .sleep))
        let control = loop.control
        try loop.add(SessionRequest(.fast(3)))
        let last = try loop.add(SessionRequest(.fast(3)))
        try loop.begin()
        #expect(control.runningHandler == nil)
        var shown = 0
        while let tick = loop.next() {
            let running = try #require(control.runningHandler)
            #expect(running.session == tick.session)
            #expect(running.tick == tick.index)
            #expect(running.start == tick.start)
            if running.session == last { shown += 1 }
        }
        #expect(shown == 3)
        #expect(control.runningHandler == nil)
    }
}

@Suite("A successor that finds no fence")
struct SuccessorRefusalTests {
    private final class Silent: LoopObserver {}

    @Test("if the plan has no fence ahead, or the session ends before it, the error names the fence and the tick")
    func refusals() async throws {
        let hour = Block(id: BlockID(rawValue: 0), length: .seconds(3_600))
        let runner = try TickRunner.start(
            [
                SessionRequest(
                    try SessionPlan(rate: .fps25, tickCount: 100), blocks: SessionBlocks(start: .epoch, blocks: [hour]))
            ],
            options: TickRunnerOptions(
                loop: TickLoopOptions(wait: .sleep), thread: ThreadRequest(holdWakeLatency: false)), observer: Silent())
        let begun = runner.beginning.sessions[0]
        let end = begun.epoch.utc + .seconds(3_600)
        let errors = try await onOwnThread {
            let errors = [begun.epoch.utc, end + Nanoseconds(1)].map { instant -> LoopError? in
                do throws(LoopError) {
                    try runner.control.succeed(begun.id, atOrAfter: instant)
                    return nil
                } catch { return error }
            }
            runner.control.requestStop()
            _ = runner.wait()
            return errors
        }
        // The first fence would be the plan's start, but that is past.
        let last = begun.epoch.utc + .milliseconds(99 * 40)
        #expect(
            errors == [
                .endsBeforeFence(begun.id, fence: end, lastTick: last),
                .noFence(after: end + Nanoseconds(1), planEnd: end),
            ])
        for error in errors { #expect(error?.description.contains(end.iso8601) == true) }
        #expect(errors[0]?.description.contains(last.iso8601) == true)
    }
}
