// The state that a run's loop and its drain share across two threads. The loop runs on a thread of the library
// (TickRunner) or on the caller's thread (ObservedLoop), and the drain on another thread.

internal import Dispatch
internal import Synchronization
internal import TickScheduling
internal import TickTime

/// What the threads of a run share.
final class RunState: Sendable {
    struct Begun: Sendable {
        let beginning: TickRunner.Beginning
        let control: LoopControl
        let ring: RecordRing
    }

    struct TickThreadEnd: Sendable {
        let spin: SpinReport
        let endReasons: [Int32: TickSession.EndReason]
        let threadCPU: Nanoseconds
        let processCPU: Nanoseconds
        let elapsed: Nanoseconds
    }

    private struct Ends: Sendable {
        var tickThread: TickThreadEnd?
        var clocks: ClockReport?
    }

    private let begun = Mutex<Result<Begun, LoopError>?>(nil)
    private let hasBegun = DispatchSemaphore(value: 0)
    private let ends = Mutex(Ends())

    func begin(_ result: Result<Begun, LoopError>) {
        begun.withLock { $0 = result }
        hasBegun.signal()
    }

    func waitUntilBegun() -> Result<Begun, LoopError> {
        hasBegun.wait()
        guard let result = begun.withLock({ $0 }) else { preconditionFailure("a loop reports whether it has begun") }
        return result
    }

    func tickThreadEnded(_ end: TickThreadEnd) { ends.withLock { $0.tickThread = end } }
    func drainEnded(_ report: ClockReport) { ends.withLock { $0.clocks = report } }

    var isTickThreadFinished: Bool { ends.withLock { $0.tickThread != nil } }

    /// The result after both threads have ended; `nil` before.
    func ending(_ control: LoopControl) -> TickRunner.Ending? {
        let (thread, clocks) = ends.withLock { ($0.tickThread, $0.clocks) }
        guard let thread, let clocks else { return nil }
        // The thread that asked for the loop's last change may record it after the loop has ended.
        let reasons = thread.endReasons.merging(control.removedSessions) { _, removed in removed }
        return TickRunner.Ending(
            clocks: clocks, spin: thread.spin, endReasons: reasons, tickThreadCPU: thread.threadCPU,
            processCPU: thread.processCPU, elapsed: thread.elapsed)
    }

    /// Drains a loop on the calling thread until the loop's thread has ended.
    func drain(_ begun: Begun, hangsAfter: Nanoseconds, _ observer: some LoopObserver) {
        let drain = LoopDrain(
            ring: begun.ring, control: begun.control, beginning: begun.beginning, hangsAfter: hangsAfter,
            observer: observer)
        drainEnded(drain.run { isTickThreadFinished })
    }
}

/// A loop that has begun on the calling thread, with a run's state. A runner and an observed loop use it.
struct RunLoop: ~Copyable {
    let beginning: TickRunner.Beginning
    var loop: TickLoop
    private let state: RunState
    private let thread: PreparedThread
    private let start: MonotonicInstant
    private let threadCPU: Nanoseconds
    private let processCPU: Nanoseconds

    /// Asks the host for what `options` request for the calling thread, anchors `sessions`, and begins.
    ///
    /// - Throws: `LoopError`; pass it to the thread that waits for the beginning.
    static func begin(
        _ sessions: [SessionRequest], _ options: TickRunnerOptions, _ state: RunState
    ) throws(LoopError) -> RunLoop {
        var loopOptions = options.loop
        loopOptions.ringCapacity = max(loopOptions.ringCapacity, 1)
        let prepared = RealTimeThread.prepare(options.thread)
        var loop = TickLoop(loopOptions)
        guard let ring = loop.ring else { preconditionFailure("a loop with room for a record has a ring") }
        let (start, threadCPU, processCPU) = (HostClock.monotonic(), HostClock.threadCPU(), HostClock.processCPU())
        for session in sessions { try loop.add(session) }
        let added = try loop.begin()
        let clockEpoch =
            if let session = added.first { session.epoch } else { try LoopBeginning.clockEpoch(options.loop.time) }
        let beginning = TickRunner.Beginning(sessions: added, grants: prepared.grants, clockEpoch: clockEpoch)
        state.begin(.success(.init(beginning: beginning, control: loop.control, ring: ring)))
        return RunLoop(
            beginning: beginning, loop: loop, state: state, thread: prepared, start: start, threadCPU: threadCPU,
            processCPU: processCPU)
    }

    private init(
        beginning: TickRunner.Beginning, loop: consuming TickLoop, state: RunState, thread: PreparedThread,
        start: MonotonicInstant, threadCPU: Nanoseconds, processCPU: Nanoseconds
    ) {
        (self.beginning, self.state, self.thread) = (beginning, state, thread)
        self.loop = loop
        (self.start, self.threadCPU, self.processCPU) = (start, threadCPU, processCPU)
    }

    /// Records the loop's result and gives back what the host granted. Called on the loop's thread, after its last
    /// tick.
    borrowing func end() {
        thread.giveBack()
        state.tickThreadEnded(
            .init(
                spin: loop.spinReport, endReasons: loop.endReasons,
                threadCPU: HostClock.threadCPU() - threadCPU, processCPU: HostClock.processCPU() - processCPU,
                elapsed: HostClock.monotonic() - start))
    }
}
