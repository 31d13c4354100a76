import Dispatch
import Synchronization
import TestSupport
import Testing
import TickLinux
import TickScheduling
import TickTime

/// Writes down what a run tells it, in order.
private final class Recorder: LoopObserver {
    enum Event: Sendable {
        case began([SessionEpoch])
        case delivered(TickRecord)
        case incident(LoopIncident)
        case drained
    }

    private let log = Log<Event>()
    private let onBegan: @Sendable (LoopControl) -> Void
    private let onIncident: @Sendable (LoopIncident) -> Void

    init(
        onBegan: @escaping @Sendable (LoopControl) -> Void = { _ in },
        onIncident: @escaping @Sendable (LoopIncident) -> Void = { _ in }
    ) {
        self.onBegan = onBegan
        self.onIncident = onIncident
    }

    func began(_ beginning: TickRunner.Beginning, control: LoopControl) {
        log.append(.began(beginning.sessions.map(\.epoch)))
        onBegan(control)
    }
    func delivered(_ record: TickRecord) { log.append(.delivered(record)) }
    func incident(_ incident: LoopIncident) {
        log.append(.incident(incident))
        onIncident(incident)
    }
    func drained(at now: MonotonicInstant) { log.append(.drained) }

    var events: [Event] { log.entries }
    var records: [TickRecord] { events.compactMap { if case .delivered(let record) = $0 { record } else { nil } } }
    var incidents: [LoopIncident] { events.compactMap { if case .incident(let what) = $0 { what } else { nil } } }
}

@Suite("Tick runner")
struct TickRunnerTests {
    /// Nothing is asked of the host but the timer slack of the run's own thread.
    private func options(ring: Int = 1 << 12, hangsAfter: Nanoseconds = .seconds(30)) -> TickRunnerOptions {
        TickRunnerOptions(
            loop: TickLoopOptions(wait: .sleep, ringCapacity: ring), thread: ThreadRequest(holdWakeLatency: false),
            hangsAfter: hangsAfter)
    }

    private func waited(for runner: TickRunner) async throws -> TickRunner.Ending {
        try await onOwnThread { runner.wait() }
    }

    @Test("the observer is told of the beginning first, then of every tick once, in order")
    func events() async throws {
        let (recorder, handled) = (Recorder(), Log<Int64>())
        let before = HostClock.monotonic()
        let runner = try TickRunner.start(
            [SessionRequest(.fast(50), handler: TickHandler { handled.append($0.index) })], options: options(),
            observer: recorder)
        let ending = try await waited(for: runner)
        let elapsed = HostClock.monotonic() - before

        guard case .began(let epochs) = recorder.events.first else {
            Issue.record("the first event is \(String(describing: recorder.events.first))")
            return
        }
        #expect(epochs == runner.beginning.sessions.map(\.epoch))
        #expect(recorder.records.map(\.tick.index) == Array(0..<50))
        #expect(handled.entries == Array(0..<50))
        if case .drained = recorder.events.last {} else { Issue.record("the last event is not a drain") }
        #expect(recorder.events.count { if case .began = $0 { true } else { false } } == 1)

        #expect(runner.isFinished)
        #expect(ending.endReasons == [0: .ticksDelivered])
        #expect(ending.clocks.lostRecords == 0)
        // From the beginning to tick 49 at 1000 a second.
        #expect(ending.elapsed >= .milliseconds(49) && ending.elapsed <= elapsed)
        #expect(ending.tickThreadCPU > .zero && ending.tickThreadCPU <= ending.elapsed)
        #expect(ending.processCPU >= ending.tickThreadCPU)
        #expect(ending.clocks.divergence.last != nil)
        #expect(!ending.spin.isUsed)
    }

    @Test("what the host granted and refused stands in the beginning")
    func grants() async throws {
        var options = options()
        options.thread.cpu = 1_023
        let runner = try TickRunner.start([SessionRequest(.fast(2))], options: options, observer: Recorder())
        _ = try await waited(for: runner)
        #expect(runner.beginning.grants.map(\.name) == ["cpu", "timer_slack"])
        #expect(runner.beginning.grants.map(\.isGranted) == [false, true])
    }

    @Test("each session ends for its own reason", .timeLimit(.minutes(1)))
    func endReasons() async throws {
        let recorder = Recorder()
        let runner = try TickRunner.start(
            [SessionRequest(.fast(5)), SessionRequest(SessionPlan(rate: FrameRate(1_000)))], options: options(),
            observer: recorder)
        while recorder.records.count(where: { $0.tick.session.index == 0 }) < 5 {
            try await Task.sleep(for: .milliseconds(1))
        }
        #expect(!runner.isFinished)
        runner.control.requestStop()
        #expect(try await waited(for: runner).endReasons == [0: .ticksDelivered, 1: .stopped])
    }

    @Test("every thread that waits for a runner gets its ending, also if it waits again")
    func severalWaiters() async throws {
        let runner = try TickRunner.start([SessionRequest(.fast(50))], options: options(), observer: Recorder())
        async let first = waited(for: runner)
        async let second = waited(for: runner)
        let endings = try await [first, second, waited(for: runner)]
        #expect(endings.map(\.endReasons) == Array(repeating: [0: .ticksDelivered], count: 3))
        #expect(endings.allSatisfy { $0.elapsed == endings[0].elapsed })
    }

    @Test("the observer may stop the loop from the first it hears of it")
    func stopFromObserver() async throws {
        let recorder = Recorder(onBegan: { $0.requestStop() })
        let runner = try TickRunner.start(
            [SessionRequest(SessionPlan(rate: FrameRate(1, over: 100)))], options: options(), observer: recorder)
        let ending = try await waited(for: runner)
        #expect(ending.endReasons == [0: .stopped])
        #expect(ending.elapsed < .seconds(30))
    }

    @Test("a run without sessions is refused, and its observer hears nothing")
    func noSessions() {
        let recorder = Recorder()
        #expect(throws: LoopError.noSessions) { try TickRunner.start([], options: options(), observer: recorder) }
        #expect(recorder.events.isEmpty)
    }

    @Test("a refused run leaves nothing of its thread behind")
    func refusedRunsLeaveNoThread() throws {
        /// The process's address space in kilobytes.
        func size() throws -> Int {
            let status = try String(decoding: SystemFile.read("/proc/self/status"), as: UTF8.self)
            let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmSize:") })
            return try #require(line.split { !$0.isNumber }.last.flatMap { Int($0) })
        }
        _ = try? TickRunner.start([], options: options(), observer: Recorder())
        // A thread that no one joins keeps its stack, a megabyte. Other tests start threads meanwhile,
        // each of which may reserve a heap of 64 MB.
        let before = try size()
        for _ in 0..<2_000 { _ = try? TickRunner.start([], options: options(), observer: Recorder()) }
        #expect(try size() - before < 1_000_000)
    }

    @Test("records that found the ring full are reported while the run lasts, and add up")
    func lostRecords() async throws {
        let recorder = Recorder()
        let runner = try TickRunner.start([SessionRequest(.fast(200))], options: options(ring: 1), observer: recorder)
        let ending = try await waited(for: runner)
        let said = recorder.incidents.map { if case .recordsLost(let count) = $0 { count } else { 0 } }
        #expect(ending.clocks.lostRecords > 0)
        #expect(said.reduce(0, +) == ending.clocks.lostRecords)
        #expect(recorder.records.count + ending.clocks.lostRecords == 200)
        #expect(said.count > 1)
    }

    @Test("a handler that hangs is reported while it hangs, and again when it returned", .timeLimit(.minutes(1)))
    func hangingHandler() async throws {
        let reported = DispatchSemaphore(value: 0)
        let recorder = Recorder(onIncident: { if case .handlerHangs = $0 { reported.signal() } })
        let outcomes = Log<DispatchTimeoutResult>()
        // Tick 3 hangs until it was reported: were that said only afterwards, it would time out.
        let handler = TickHandler { tick in
            if tick.index == 3 { outcomes.append(reported.wait(timeout: .now() + 20)) }
        }
        let runner = try TickRunner.start(
            [SessionRequest(.fast(6), handler: handler)], options: options(hangsAfter: .milliseconds(50)),
            observer: recorder)
        _ = try await waited(for: runner)
        #expect(outcomes.entries == [.success])

        let said = recorder.incidents.filter {
            switch $0 {
            case .handlerHangs, .handlerReturned: true
            default: false
            }
        }
        #expect(said.count == 2)
        guard case .handlerHangs(let hung, let since) = said.first,
            case .handlerReturned(let returned, let after) = said.last
        else {
            Issue.record("reported: \(said)")
            return
        }
        #expect(hung.tick == 3 && hung.session.index == 0)
        #expect(returned == hung)
        #expect(since >= .milliseconds(50))
        #expect(after >= since)
        #expect(recorder.records.map(\.tick.index) == Array(0..<6))
    }
}
