// A loop on its own real-time thread, with its drain on another thread.

internal import Synchronization
public import TickScheduling
public import TickTime

/// How a runner runs its loop.
public struct TickRunnerOptions: Sendable {
    public var loop: TickLoopOptions
    /// What the tick thread asks of the host.
    public var thread: ThreadRequest
    /// A handler that has run for this long is reported while it hangs.
    public var hangsAfter: Nanoseconds

    /// The default capacity of the ring. It holds the records of nine minutes at 120 frames a second, if the drain's
    /// reader stalls.
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

/// Runs sessions to their end on its own thread.
public final class TickRunner: Sendable {
    /// What is known after the loop has begun.
    public struct Beginning: Sendable {
        /// The sessions with which the loop began, in their order.
        public let sessions: [SessionAddition]
        /// What the host granted and refused.
        public let grants: [HostGrant]
        /// The anchor with which UTC is compared: the first session's epoch, or a similar one.
        let clockEpoch: SessionEpoch
    }

    /// What is known after the loop has ended.
    public struct Ending: Sendable {
        public let clocks: ClockReport
        public let spin: SpinReport
        /// How all sessions of the loop ended, by number.
        public internal(set) var endReasons: [Int32: TickSession.EndReason]
        /// CPU time of the tick thread, and of the whole process, over `elapsed`.
        public let tickThreadCPU: Nanoseconds
        public let processCPU: Nanoseconds
        /// How long the loop ran, from just before its sessions were anchored.
        public let elapsed: Nanoseconds
    }

    public let beginning: Beginning
    /// Through it, any thread may ask the loop to stop.
    public let control: LoopControl
    private let state: RunState
    private let threads: Mutex<[RealTimeThread.Handle]>

    /// Asks the host for what `options` request, anchors `sessions`, and begins. Returns when the epochs are fixed,
    /// before the first tick.
    ///
    /// - Parameter observer: receives every tick and incident, on the drain thread.
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

    /// Waits until every session has ended and the observer has received everything. Any number of threads may wait,
    /// and may wait again: each gets the ending. A handler or the observer must not wait: it would wait for itself.
    public func wait() -> Ending {
        // Joined under the lock, where a second waiter waits until both threads have ended.
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
        do { try run.loop.run() } catch { preconditionFailure("the loop failed after it had begun: \(error)") }
        run.end()
    }
}
