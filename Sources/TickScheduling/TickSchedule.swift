// Several sessions in one loop.
//
// A pass takes every session that is due at one reading of the clock, in the order of (deadline,
// session), and delivers at most one tick of each; then the clock is read again. So one session's
// backlog cannot starve the punctual ones, and sessions that share a deadline cost one wake.
//
// Two heaps hold the sessions: until they are due, by the instant at which they want to start; in
// a pass, by the deadline of the tick that they owe. The two instants differ where `paced` holds a
// tick back.
//
// The caller owns the clock. It alternates:
//
//     next(at:)  ─▶ .wait(until:)  ─▶ (prepare)   ─▶ next(at:) …
//                ─▶ .start         ─▶ start(at:)  ─▶ the handler ─▶ finish(at:) ─▶ next(at:) …
//                ─▶ .ended

public import TickTime

/// The sessions of one loop, and whose turn it is.
@safe public struct TickSchedule: ~Copyable {
    /// What the loop is to do now.
    public enum Action: Hashable, Sendable {
        /// Nothing is due before `until`: wait, then ask again with the reading that ended the wait.
        case wait(until: MonotonicInstant)
        /// This session's tick is due: read the clock, call `start(at:)`, run the handler.
        case start(SessionID)
        /// No session has a tick left.
        case ended
    }

    /// How many sessions fit.
    public let capacity: Int
    /// How many there are, ended ones included.
    public private(set) var count = 0

    /// Changed through `pointee`: the compiler's thread sanitizer crashes on a mutating call through a
    /// pointer's subscript in a type that cannot be copied (6.3.1).
    private let sessions: UnsafeMutablePointer<TickSession>
    /// The sessions that wait, by when they want to start.
    private var pending: DeadlineHeap
    /// The sessions of the pass under way whose turn is still to come, by deadline.
    private var pass: DeadlineHeap
    private var delivering: SessionID?
    /// The latest reading of the clock.
    private var latest = MonotonicInstant(nanoseconds: .min)

    /// What the last rehearsal came to.
    private var rehearsal: MonotonicInstant?
    /// What the next wait is for, and how late it ended.
    private var waitingFor: MonotonicInstant?
    private var wakeLatency: Nanoseconds?
    /// When a handler last returned, whosever it was.
    private var lastReturn: MonotonicInstant?

    /// - Precondition: `capacity` is at least 1.
    public init(capacity: Int) {
        precondition(capacity > 0, "a loop has room for at least one session")
        self.capacity = capacity
        unsafe sessions = .allocate(capacity: capacity)
        pending = DeadlineHeap(capacity: capacity)
        pass = DeadlineHeap(capacity: capacity)
    }

    deinit { unsafe sessions.deallocate() }

    /// Adds a session, which begins at `now`.
    ///
    /// - Returns: its id; `nil` if the schedule is full.
    public mutating func add(_ plan: SessionPlan, epoch: SessionEpoch, beginningAt now: MonotonicInstant) -> SessionID?
    {
        guard count < capacity else { return nil }
        advance(to: now)
        let id = SessionID(index: Int32(count))
        var session = TickSession(id: id, plan: plan, epoch: epoch)
        session.begin(at: now)
        unsafe sessions.advanced(by: count).initialize(to: session)
        count += 1
        pending.insert(.init(instant: session.due, session: id))
        if let asked = waitingFor, session.due < asked { giveUpWait() }
        return id
    }

    /// The session with this id.
    public func session(_ id: SessionID) -> TickSession {
        precondition(id.index >= 0 && Int(id.index) < count, "no session has this id")
        return unsafe sessions[Int(id.index)]
    }

    /// Decides what to do at the clock reading `now`. After `.wait` that is the reading that ended the
    /// wait: at or after its instant it is the wake of the next tick; before it, the wait was
    /// interrupted, and is to be taken up again.
    ///
    /// - Complexity: O(log `count`) a tick; no allocation.
    #if !DEBUG
        @_noAllocation @_noLocks
    #endif
    @inline(never)  // so that a rehearsal runs the very code of the decision
    public mutating func next(at now: MonotonicInstant) -> Action {
        precondition(!isDelivering, "the handler returns before the next decision")
        advance(to: now)
        if let asked = waitingFor {
            guard now >= asked else { return .wait(until: asked) }
            wakeLatency = now - asked
            waitingFor = nil
            // A pass that was prepared is joined by those that have come due since.
            formPass(at: now)
        } else if pass.count == 0 {
            formPass(at: now)
        }
        if let turn = pass.first { return .start(turn.session) }
        guard let first = pending.first else { return .ended }
        waitingFor = first.instant
        return .wait(until: first.instant)
    }

    /// Uses the time that is left before `deadline`, the instant that `next` said to wait for, to
    /// make its tick ready: forms the pass, and rehearses the first start on a copy.
    ///
    /// After a sleep the code and data of a start have left the processor's caches, and fetching
    /// them takes longer than running them. A rehearsal decides nothing: whatever the start's true
    /// reading shows is decided then. Best called a few microseconds before the deadline.
    #if !DEBUG
        @_noAllocation @_noLocks
    #endif
    public mutating func prepare(for deadline: MonotonicInstant) {
        precondition(isWaiting(for: deadline), "a tick is made ready while the schedule waits for it")
        // A wait that was interrupted is taken up again, prepared as it was.
        guard pass.count == 0 else { return }
        formPass(at: deadline)
        rehearse(at: deadline)
    }

    /// Starts the tick that `next` named; `now` is the clock read just before its handler.
    #if !DEBUG
        @_noAllocation @_noLocks
    #endif
    public mutating func start(at now: MonotonicInstant) -> Tick {
        precondition(!isDelivering && pass.count > 0, "a tick starts only when it is its turn")
        advance(to: now)
        let id = pass.removeFirst().session
        delivering = id
        // If the last return was the session's own, it came before the deadline or made the tick
        // overdue; only a neighbour's can come after it and be asked for.
        let tick = unsafe sessions.advanced(by: Int(id.index)).pointee
            .start(at: now, wakeLatency: wakeLatency, neighbourUntil: lastReturn)
        wakeLatency = nil
        return tick
    }

    /// The handler of the tick last started returned at `now`.
    #if !DEBUG
        @_noAllocation @_noLocks
    #endif
    public mutating func finish(at now: MonotonicInstant) -> TickRecord {
        guard let id = delivering else { preconditionFailure("no handler runs") }
        advance(to: now)
        delivering = nil
        let record = unsafe sessions.advanced(by: Int(id.index)).pointee.finish(at: now)
        if unsafe sessions[Int(id.index)].isWaiting {
            pending.insert(.init(instant: unsafe sessions[Int(id.index)].due, session: id))
        }
        lastReturn = now
        return record
    }

    /// Ends every session, between ticks.
    #if !DEBUG
        @_noAllocation @_noLocks
    #endif
    public mutating func stop() {
        precondition(!isDelivering, "a schedule stops between ticks")
        for index in 0..<count { unsafe sessions.advanced(by: index).pointee.stop() }
        pending.removeAll()
        pass.removeAll()
        waitingFor = nil
    }

    private var isDelivering: Bool { if case .some = delivering { true } else { false } }

    private func isWaiting(for deadline: MonotonicInstant) -> Bool {
        if let asked = waitingFor { asked == deadline } else { false }
    }

    /// Takes the way of the decision and of the start, as it will be taken at `deadline`, and undoes
    /// what the decision noted.
    private mutating func rehearse(at deadline: MonotonicInstant) {
        let reading = latest
        guard case .start(let id) = next(at: deadline) else { return }
        (waitingFor, wakeLatency, latest) = (deadline, nil, reading)
        var session = unsafe sessions[Int(id.index)]
        // Kept, so that no optimizer drops what nothing else would look at.
        rehearsal = session.start(at: deadline, wakeLatency: nil, neighbourUntil: lastReturn).start
    }

    /// The wait under way is no longer for the first of those that are pending.
    private mutating func giveUpWait() {
        while pass.count > 0 {
            let id = pass.removeFirst().session
            pending.insert(.init(instant: unsafe sessions[Int(id.index)].due, session: id))
        }
        waitingFor = nil
    }

    private mutating func formPass(at now: MonotonicInstant) {
        while let first = pending.first, first.instant <= now {
            let id = pending.removeFirst().session
            pass.insert(.init(instant: unsafe sessions[Int(id.index)].deadline, session: id))
        }
    }

    private mutating func advance(to now: MonotonicInstant) {
        precondition(now >= latest, "the monotonic clock fell")
        latest = now
    }
}
