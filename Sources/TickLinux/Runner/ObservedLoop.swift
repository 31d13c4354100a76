// A loop on the caller's thread, with its drain on one of the library's: pulled, and all the same told to an
// observer, so that engines that own their loop have statistics, incidents and a journal too.

public import TickScheduling

/// A pulled loop that passes its ticks to an observer.
public struct ObservedLoop: ~Copyable {
    private var run: RunLoop
    private let state: RunState
    private var drain: RealTimeThread.Handle?

    /// The sessions that it began with, and what the host granted.
    public var beginning: TickRunner.Beginning { run.beginning }

    /// The loop, which has begun: for `next()`, and for changes made on this thread.
    public var loop: TickLoop {
        _read { yield run.loop }
        _modify { yield &run.loop }
    }

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

    /// Waits for the next due tick and returns it; `nil` when none follows.
    #if !DEBUG
        @_noAllocation @_noLocks
    #endif
    public mutating func next() -> Tick? { run.loop.next() }

    /// Stops the loop, if it has not ended, and waits until everything has been told to the observer. The second
    /// time it says the same.
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
        // The drain must not wait for a loop that is gone.
        run.end()
        drain.join()
    }
}
