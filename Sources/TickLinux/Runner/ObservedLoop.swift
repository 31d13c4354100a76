// A pulled loop on the caller's thread, with its drain on a thread of the library. Its observer receives everything,
// so engines that own their loop also have statistics, incidents and a journal.

public import TickScheduling

/// A pulled loop that passes its ticks to an observer.
public struct ObservedLoop: ~Copyable {
    private var run: RunLoop
    private let state: RunState
    private var drain: RealTimeThread.Handle?

    /// The sessions with which it began, and what the host granted.
    public var beginning: TickRunner.Beginning { run.beginning }

    /// The running loop, for `next()` and for changes on this thread.
    public var loop: TickLoop {
        _read { yield run.loop }
        _modify { yield &run.loop }
    }

    /// Asks the host for what `options` request for the calling thread, anchors `sessions`, and begins.
    ///
    /// - Parameter observer: receives every tick and incident, on the drain thread.
    /// - Throws: `LoopError`.
    public static func begin(
        _ sessions: [SessionRequest], options: TickRunnerOptions = TickRunnerOptions(), observer: some LoopObserver
    ) throws(LoopError) -> ObservedLoop {
        let state = RunState()
        let drain: RealTimeThread.Handle
        do {
            // Before any request to the host, so that the drain runs on the CPUs that this thread had until now.
            drain = try RealTimeThread.start(named: "tick-drain") {
                guard case .success(let begun) = state.waitUntilBegun() else { return }
                state.drain(begun, hangsAfter: options.hangsAfter, observer)
            }
        } catch {
            throw .system(error)
        }
        do {
            return ObservedLoop(try RunLoop.begin(sessions, options, state), state, drain)
        } catch {
            state.begin(.failure(error))
            drain.join()
            throw error
        }
    }

    private init(_ run: consuming RunLoop, _ state: RunState, _ drain: RealTimeThread.Handle) {
        self.run = run
        self.state = state
        self.drain = drain
    }

    /// Waits for the next due tick and returns it; `nil` if no more follow.
    #if !DEBUG
        @_noAllocation @_noLocks
    #endif
    public mutating func next() -> Tick? { run.loop.next() }

    /// Stops the loop if it has not ended, and waits until the observer has received everything. A second call
    /// returns the same result.
    public mutating func finish() -> TickRunner.Ending {
        if let drain {
            run.loop.control.requestStop()
            while run.loop.next() != nil {}
            run.end()
            drain.join()
            self.drain = nil
        }
        guard let ending = state.ending(run.loop.control) else {
            preconditionFailure("a drain that was waited for has ended")
        }
        return ending
    }

    deinit {
        guard let drain else { return }
        // The drain must not wait for a loop that no longer exists.
        run.end()
        drain.join()
    }
}
