// A loop on the caller's thread, with its drain on one of the library's: pulled, and all the same told to an
// observer, so that engines that own their loop have statistics, incidents and a journal too.

internal import TickTime
public import TickScheduling

/// A pulled loop whose ticks an observer is told of.
public struct ObservedLoop: ~Copyable {
    /// The sessions that it began with, and what the host granted.
    public let beginning: TickRunner.Beginning
    /// The loop, which has begun: for `next()`, and for changes made on this thread.
    public var loop: TickLoop

    private let state: RunState
    private var drain: RealTimeThread.Handle?
    private let start: MonotonicInstant
    private let threadCPU: Nanoseconds
    private let processCPU: Nanoseconds

    /// Asks the host for what `options` say, for the calling thread, anchors `sessions`, and begins.
    ///
    /// - Parameter observer: told of every tick and incident, from the drain thread.
    /// - Throws: `LoopError`.
    public static func begin(
        _ sessions: [SessionRequest], options: TickRunnerOptions = TickRunnerOptions(), observer: some LoopObserver
    ) throws(LoopError) -> ObservedLoop {
        let state = RunState()
        let drain: RealTimeThread.Handle
        do {
            // Before the host is asked anything: the drain is to run where this thread did until now.
            drain = try RealTimeThread.start(named: "tick-drain") {
                guard case .success(let begun) = state.waitUntilBegun() else { return }
                let drain = LoopDrain(
                    ring: begun.ring, control: begun.control, beginning: begun.beginning,
                    hangsAfter: options.hangsAfter, observer: observer)
                state.drainEnded(drain.run { state.isTickThreadFinished })
            }
        } catch {
            throw .system(error)
        }
        do {
            return try begin(sessions, options, state, drain)
        } catch {
            state.begin(.failure(error))
            drain.join()
            throw error
        }
    }

    private static func begin(
        _ sessions: [SessionRequest], _ options: TickRunnerOptions, _ state: RunState, _ drain: RealTimeThread.Handle
    ) throws(LoopError) -> ObservedLoop {
        var loopOptions = options.loop
        loopOptions.ringCapacity = max(loopOptions.ringCapacity, 1)
        let grants = RealTimeThread.prepareCurrent(options.thread)
        var loop = TickLoop(loopOptions)
        guard let ring = loop.ring else { preconditionFailure("an observed loop has a ring") }
        let (start, thread, process) = (HostClock.monotonic(), HostClock.threadCPU(), HostClock.processCPU())
        for session in sessions { try loop.add(session) }
        let added = try loop.begin()
        let clockEpoch =
            if let session = added.first { session.epoch } else { try LoopBeginning.clockEpoch(options.loop.time) }
        let beginning = TickRunner.Beginning(sessions: added, grants: grants, clockEpoch: clockEpoch)
        state.begin(.success(.init(beginning: beginning, control: loop.control, ring: ring)))
        return ObservedLoop(
            beginning: beginning, loop: loop, state: state, drain: drain, start: start, threadCPU: thread,
            processCPU: process)
    }

    private init(
        beginning: TickRunner.Beginning, loop: consuming TickLoop, state: RunState, drain: RealTimeThread.Handle,
        start: MonotonicInstant, threadCPU: Nanoseconds, processCPU: Nanoseconds
    ) {
        self.beginning = beginning
        self.loop = loop
        self.state = state
        self.drain = drain
        self.start = start
        self.threadCPU = threadCPU
        self.processCPU = processCPU
    }

    /// Waits for the next due tick and returns it; `nil` when none follows.
    #if !DEBUG
        @_noAllocation @_noLocks
    #endif
    public mutating func next() -> Tick? { loop.next() }

    /// Stops the loop, if it has not ended, and waits until everything has been told to the observer. The second
    /// time it says the same.
    public mutating func finish() -> TickRunner.Ending {
        if let drain {
            loop.control.requestStop()
            while loop.next() != nil {}
            state.tickThreadEnded(
                .init(
                    spin: loop.spinReport, endReasons: loop.endReasons,
                    threadCPU: HostClock.threadCPU() - threadCPU, processCPU: HostClock.processCPU() - processCPU,
                    elapsed: HostClock.monotonic() - start))
            drain.join()
            self.drain = nil
        }
        guard var ending = state.ending else { preconditionFailure("a drain that was waited for has ended") }
        ending.endReasons.merge(loop.control.removedSessions) { _, removed in removed }
        return ending
    }

    deinit {
        guard let drain else { return }
        // The drain must not wait for a loop that is gone.
        loop.control.requestStop()
        state.tickThreadEnded(
            .init(spin: loop.spinReport, endReasons: [:], threadCPU: .zero, processCPU: .zero, elapsed: .zero))
        drain.join()
    }
}
