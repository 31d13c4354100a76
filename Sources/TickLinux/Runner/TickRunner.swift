// A loop on a real-time thread of its own, with its drain on another.

internal import Synchronization
public import TickScheduling
public import TickTime

/// How a runner runs its loop.
public struct TickRunnerOptions: Sendable {
    public var loop: TickLoopOptions
    /// What the tick thread asks of the host.
    public var thread: ThreadRequest
    /// A handler that has not returned for so long is reported while it hangs.
    public var hangsAfter: Nanoseconds

    /// The records a ring holds unless said otherwise: nine minutes at 120 frames a second, should
    /// the drain's reader stall.
    public static let defaultRingCapacity = 1 << 16

    public init(
        loop: TickLoopOptions = TickLoopOptions(ringCapacity: defaultRingCapacity),
        thread: ThreadRequest = ThreadRequest(), hangsAfter: Nanoseconds = .seconds(1)
    ) {
        self.loop = loop
        self.thread = thread
        self.hangsAfter = hangsAfter
    }
}

/// Runs sessions to their end on a thread of its own.
public final class TickRunner: Sendable {
    /// What is known once the loop has begun.
    public struct Beginning: Sendable {
        /// The sessions that the loop began with, in their order.
        public let sessions: [SessionAddition]
        /// What the host granted and refused.
        public let grants: [HostGrant]
        /// What UTC is compared with: the first session's epoch, or one like it.
        let clockEpoch: SessionEpoch
    }

    /// What is known once it has ended.
    public struct Ending: Sendable {
        public let clocks: ClockReport
        public let spin: SpinReport
        /// How the sessions ended that were ever in the loop, by their numbers.
        public internal(set) var endReasons: [Int32: TickSession.EndReason]
        /// CPU time of the tick thread, and of the whole process, over `elapsed`.
        public let tickThreadCPU: Nanoseconds
        public let processCPU: Nanoseconds
        /// How long the loop ran, from just before it was anchored.
        public let elapsed: Nanoseconds
    }

    public let beginning: Beginning
    /// Any thread may ask the loop to stop through it.
    public let control: LoopControl
    private let state: RunState
    private let threads: Mutex<[RealTimeThread.Handle]>

    /// Asks the host for what `options` say, anchors `sessions` and begins. Returns when the
    /// epochs are fixed, before the first tick.
    ///
    /// - Parameter observer: told of every tick and incident, from the drain thread.
    /// - Throws: `LoopError`.
    public static func start(
        _ sessions: [SessionRequest], options: TickRunnerOptions = TickRunnerOptions(),
        observer: some LoopObserver
    ) throws(LoopError) -> TickRunner {
        let state = RunState()
        var threads: [RealTimeThread.Handle] = []
        do {
            threads.append(try RealTimeThread.start(named: "tick") { tickThread(sessions, options, state) })
        } catch {
            throw .system(error)
        }
        let begun: RunState.Begun
        do {
            begun = try state.waitUntilBegun().get()
        } catch {
            threads[0].join()
            throw error
        }
        do {
            threads.append(
                try RealTimeThread.start(named: "tick-drain") {
                    state.drain(begun, hangsAfter: options.hangsAfter, observer)
                })
        } catch {
            begun.control.requestStop()
            threads[0].join()
            throw .system(error)
        }
        return TickRunner(begun, state, threads)
    }

    private init(_ begun: RunState.Begun, _ state: RunState, _ threads: [RealTimeThread.Handle]) {
        beginning = begun.beginning
        control = begun.control
        self.state = state
        self.threads = Mutex(threads)
    }

    /// Whether the loop and its drain have ended: `wait()` would return at once.
    public var isFinished: Bool { state.ending(control) != nil }

    /// Waits until every session has ended and everything has been told to the observer. Several threads may wait,
    /// and may wait again: each gets the ending. Not for a handler or the observer, which would wait for themselves.
    public func wait() -> Ending {
        // Joined under the lock: a second waiter waits there until the first has seen both threads end.
        threads.withLock { threads in
            for thread in threads { thread.join() }
            threads = []
        }
        guard let ending = state.ending(control) else {
            preconditionFailure("the ending is known once both threads have ended")
        }
        return ending
    }

    private static func tickThread(_ sessions: [SessionRequest], _ options: TickRunnerOptions, _ state: RunState) {
        let begun: RunLoop
        do { begun = try RunLoop.begin(sessions, options, state) } catch {
            state.begin(.failure(error))
            return
        }
        var run = begun
        do { try run.loop.run() } catch { preconditionFailure("a loop that has begun runs: \(error)") }
        run.end()
    }
}
