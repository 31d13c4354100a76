import Dispatch
import Foundation
import TestSupport
import Testing
import TickLinux
import TickScheduling
import TickTime

// Real clocks and real threads: what is tested is what was delivered, never when.

@Suite("Sessions that come and go while the loop runs", .serialized)
struct LiveChangesTests {
    // MARK: - From other threads

    @Test("a thousand sessions added and removed at random: none misses a tick, no handler runs after its removal")
    func thousand() async throws {
        let seed = SeededGenerator().seed
        print("live changes: seed \(seed)")
        var process = RunProcess.built("liveprobe", ["1000", "\(seed)"])
        // Ten seconds under the thread sanitizer where nothing else runs.
        process.timeout = 120
        let result = try await process.run()
        #expect(result.exitCode == 0, "seed \(seed): \(result.standardOutput)\(result.standardError)")
        #expect(result.standardOutput.contains("sessions 1000"))
    }

    /// The thread sanitizer brings an allocator of its own, which the counting library cannot see.
    private static let isSanitized = unsafe dlsym(nil, "__tsan_init") != nil

    @Test(
        "to add and remove sessions allocates nothing on the tick thread, and frees nothing",
        .disabled(if: isSanitized), .requires(.cc))
    func allocations() async throws {
        // As in a run of ticks: repeated until a short and a long one agree, for what the runtime sets up
        // at its first use of a type may fall on this thread or on another.
        var (short, long) = (Set<[Int]>(), Set<[Int]>())
        for _ in 0..<8 where short.isDisjoint(with: long) {
            short.insert(try await tickThreadCounts(sessions: 40))
            long.insert(try await tickThreadCounts(sessions: 800))
        }
        #expect(!short.isDisjoint(with: long), "40 sessions: \(short), 800 sessions: \(long)")
    }

    private func tickThreadCounts(sessions: Int) async throws -> [Int] {
        let folder = try TemporaryFolder(), file = folder.url.appending(path: "allocations")
        var process = RunProcess.built("liveprobe", ["\(sessions)", "7"])
        process.environment["LD_PRELOAD"] = .some(try await RunShims.library("count_allocations"))
        process.environment["ALLOCATIONS_FILE"] = .some(file.path)
        let result = try await process.run()
        #expect(result.exitCode == 0, "\(result.standardOutput)\(result.standardError)")
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map {
            $0.split(separator: " ")
        }
        let own = try #require(lines.first { $0.count == 3 && $0[0] == "tick" })
        return own.dropFirst().compactMap { Int($0) }
    }

    @Test(
        "a loop that sleeps for ten minutes takes a session at once, ticks it, and takes its removal",
        arguments: [WaitStrategy.sleep, .hybrid])
    func interruptsSleep(wait: WaitStrategy) async throws {
        let rare = try FrameRate(1, over: 600)
        let runner = try TickRunner.start(
            [SessionRequest(try SessionPlan(rate: rare))],
            options: TickRunnerOptions(
                loop: TickLoopOptions(wait: wait), thread: ThreadRequest(holdWakeLatency: false)),
            observer: Silent())
        // A loop that sleeps on is ended, and its changes are refused.
        let watchdog = DispatchSource.makeTimerSource()
        watchdog.schedule(deadline: .now() + 20)
        watchdog.setEventHandler { runner.control.requestStop() }
        watchdog.resume()
        defer { watchdog.cancel() }
        let (ticks, reasons) = try await onOwnThread {
            let ticks = Log<Int64>()
            let id = try runner.control.add(SessionRequest(.fast(5), handler: TickHandler { ticks.append($0.index) }))
            while ticks.entries.count < 5 && !runner.isFinished { Thread.sleep(forTimeInterval: 0.001) }
            let reasons = [try runner.control.remove(id), try runner.control.remove(SessionID(index: 0))]
            _ = runner.wait()
            return (ticks.entries, reasons)
        }
        #expect(ticks == [0, 1, 2, 3, 4] && reasons == [.ticksDelivered, .removed])
    }

    // MARK: - On the loop's own thread

    private static func request(
        _ rate: UInt32, ticks: Int64? = nil, blocks: SessionBlocks? = nil
    ) throws -> SessionRequest {
        SessionRequest(
            try SessionPlan(rate: FrameRate(rate), tickCount: ticks, atPlanEnd: .continue), blocks: blocks)
    }

    @Test("who pulls ticks adds, appends, succeeds and removes between two of them")
    func pulled() throws {
        var loop = TickLoop(TickLoopOptions(wait: .sleep))
        let block = { Block(id: BlockID(rawValue: $0), length: .milliseconds(20)) }
        let first = try loop.add(Self.request(200, blocks: SessionBlocks(blocks: [block(0), block(1)])))
        let epoch = try loop.begin()[0].epoch
        var added: SessionID?
        var seam: Seam?
        var ticks: [Tick] = []
        while let tick = loop.next() {
            ticks.append(tick)
            if tick.session == first, tick.index == 2 {
                added = try loop.add(Self.request(100, ticks: 3))
                let placed = try loop.append(block(2), to: first)
                #expect(placed.firstTick == 8 && placed.fence == 12 && placed.index == 2)
                // A host that is late by then finds a fence ahead all the same.
                for more in Int64(3)..<40 { try loop.append(block(more), to: first) }
                seam = try loop.succeed(first, atOrAfter: epoch.utc + .milliseconds(30))
            }
            if tick.session == seam?.successor, tick.index == 2 { try loop.remove(tick.session) }
        }
        // The seam is the first fence from 30 ms on that is far enough ahead: the second or the third, unless
        // the host stalls.
        let end = try #require(seam).predecessorEndTick
        #expect(end >= 8 && end % 4 == 0)
        let own = ticks.filter { $0.session == first }
        #expect(own.map(\.index) == Array(0..<end))
        let successor = ticks.filter { $0.session == seam?.successor }
        #expect(successor.map(\.index) == [0, 1, 2])
        #expect(successor.first?.deadlineUTC == epoch.utc + .milliseconds(5 * end))
        #expect(ticks.filter { $0.session == added }.map(\.index) == [0, 1, 2])
        #expect(loop.endReasons == [0: .succeeded, 1: .ticksDelivered, 2: .removed])
    }

    @Test("a session removed in its own tick has no other; removed twice, it is not there")
    func removedInItsTick() throws {
        var loop = TickLoop(TickLoopOptions(wait: .sleep))
        let id = try loop.add(Self.request(1_000))
        try loop.begin()
        _ = loop.next()
        let reason = try loop.remove(id)
        #expect(reason == .removed)
        var refusal: LoopError?
        do { try loop.remove(id) } catch { refusal = error }
        #expect(refusal == .schedule(.noSession(id)))
        let next = loop.next()
        #expect(next == nil)
    }

    // MARK: - What is refused

    @Test("a loop that is full, or has ended, says so; and a handler cannot wait for its own thread")
    func refusals() async throws {
        let seen = Log<LoopError?>()
        let controls = Log<LoopControl>()
        let ready = Log<Bool>()
        let handler = TickHandler { tick in
            // Not before the others are in: the loop ends with its last session.
            guard !ready.entries.isEmpty, let control = controls.entries.first else { return }
            do throws(LoopError) {
                try control.remove(tick.session)
                seen.append(nil)
            } catch { seen.append(error) }
            // This one does not wait.
            try? control.requestRemoval(of: tick.session)
        }
        let runner = try TickRunner.start(
            [SessionRequest(.fast(1_000_000), handler: handler)],
            options: TickRunnerOptions(
                loop: TickLoopOptions(wait: .sleep, spareSessions: 1), thread: ThreadRequest(holdWakeLatency: false)),
            observer: Silent())
        controls.append(runner.control)
        let (control, ending): (LoopControl, TickRunner.Ending) = try await onOwnThread {
            let control = runner.control
            var second: SessionID?
            second = try control.add(Self.request(100))
            do { try control.add(Self.request(100)) } catch { seen.append(error as? LoopError) }
            do {
                try control.append(Block(id: BlockID(rawValue: 0), length: .seconds(1)), to: SessionID(index: 9))
            } catch {
                seen.append(error as? LoopError)
            }
            ready.append(true)
            // The handler's own session goes by its own wish; the loop ends with the last.
            while control.sessions.contains(SessionID(index: 0)) {
                Thread.sleep(forTimeInterval: 0.002)
                _ = control.hasEnded
                if seen.entries.contains(.calledOnTickThread) { break }
            }
            if let second { try control.remove(second) }
            return (control, runner.wait())
        }
        #expect(
            Set(seen.entries) == [
                .schedule(.full(capacity: 2)), .schedule(.noSession(SessionID(index: 9))), .calledOnTickThread,
            ])
        #expect(ending.endReasons == [0: .removed, 1: .removed])
        var refusal: LoopError?
        do { try control.add(Self.request(100)) } catch { refusal = error as? LoopError }
        #expect(refusal == .loopEnded && control.hasEnded)
    }

    @Test("a loop that does not end when idle waits for its first session, and ticks at once")
    func idle() async throws {
        let runner = try TickRunner.start(
            [],
            options: TickRunnerOptions(
                loop: TickLoopOptions(wait: .sleep, endsWhenIdle: false), thread: ThreadRequest(holdWakeLatency: false)),
            observer: Silent())
        let reasons = try await onOwnThread {
            let ticks = Log<Int64>()
            let id = try runner.control.add(SessionRequest(.fast(5), handler: TickHandler { ticks.append($0.index) }))
            while ticks.entries.count < 5 { Thread.sleep(forTimeInterval: 0.001) }
            #expect(runner.isFinished == false)
            let reason = try runner.control.remove(id)
            runner.control.requestStop()
            return (reason, runner.wait().endReasons, ticks.entries)
        }
        #expect(reasons.0 == .ticksDelivered && reasons.1 == [0: .ticksDelivered] && reasons.2 == [0, 1, 2, 3, 4])
    }
}

private final class Silent: LoopObserver {}
