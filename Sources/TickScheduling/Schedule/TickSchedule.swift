// Several sessions in one loop.
//
// A pass takes every session that is due at one reading of the clock, in the order of (deadline, session), and
// delivers at most one tick of each; then the clock is read again. So one session's backlog cannot starve the
// punctual sessions, and sessions that share a deadline need only one wake.
//
// The caller owns the clock. It alternates:
//
//     next(at:)  ─▶ .wait(until:)  ─▶ (prepare)   ─▶ next(at:) …
//                ─▶ .start         ─▶ start(at:)  ─▶ the handler ─▶ finish(at:) ─▶ next(at:) …
//                ─▶ .ended
//
// Sessions are added and removed between two of these calls (`TickScheduleChanges.swift`).

public import TickTime

/// The sessions of one loop, and the order of their ticks.
@safe public struct TickSchedule: ~Copyable {
    /// What the loop does now.
    public enum Action: Hashable, Sendable {
        /// Nothing is due before `until`: wait, then ask again with the reading that ended the wait.
        case wait(until: MonotonicInstant)
        /// This session's tick is due: read the clock, call `start(at:)`, run the handler.
        case start(SessionID)
        /// No session has a tick left.
        case ended
    }

    /// How many sessions the schedule can hold.
    public let capacity: Int
    /// How many there are, including ended ones.
    public var count: Int { places.count }
    /// The number of the next session that is added without one: above all numbers so far.
    public internal(set) var addedCount: Int32 = 0

    /// How many passes there have been.
    public private(set) var passCount: Int64 = 0

    /// Changed through `pointee`: the compiler's thread sanitizer crashes on a mutating call through a
    /// pointer's subscript in a type that cannot be copied (6.3.1).
    let sessions: UnsafeMutablePointer<TickSession>
    var places: SlotTable
    var blocks: BlockPool
    var queue: TurnQueue
    /// The tick last started; its handler runs while `isDelivering`. It has its own memory, so that it is written
    /// only once.
    private let started: UnsafeMutablePointer<Tick>
    private var isDelivering = false
    /// The latest reading of the clock.
    private(set) var latest = MonotonicInstant(nanoseconds: .min)

    /// The result of the last rehearsal.
    private var rehearsal: MonotonicInstant?
    /// The deadline of the next wait, and how late the wait ended.
    private(set) var waitingFor: MonotonicInstant?
    private var wakeLatency: Nanoseconds?
    /// When a handler of any session last returned.
    var lastReturn: MonotonicInstant?

    /// - Parameters:
    ///   - capacity: sessions that fit at one time; at least 1.
    ///   - blockCapacity: blocks of all sessions' plans that may be ahead at one time.
    public init(capacity: Int, blockCapacity: Int = 0) {
        precondition(capacity > 0, "a loop has room for at least one session")
        self.capacity = capacity
        unsafe sessions = .allocate(capacity: capacity)
        // Touched now, so that no page of it faults while the loop runs.
        unsafe UnsafeMutableRawPointer(sessions).initializeMemory(
            as: UInt8.self, repeating: 0, count: capacity * MemoryLayout<TickSession>.stride)
        unsafe started = .allocate(capacity: 1)
        places = SlotTable(capacity: capacity)
        blocks = BlockPool(capacity: blockCapacity)
        queue = TurnQueue(capacity: capacity)
    }

    deinit {
        unsafe sessions.deallocate()
        unsafe started.deallocate()
    }

    /// How many more blocks the plans can take now.
    public var freeBlocks: Int { blocks.freeCount }

    /// The present state of the session with this id.
    ///
    /// - Precondition: it was not removed.
    public func session(_ id: SessionID) -> TickSession {
        guard let slot = places.slot(of: id) else { preconditionFailure("no session has this id") }
        var session = unsafe sessions[slot]
        session.track = session.track.detached
        return session
    }

    /// Whether a session has this id: it was added and not removed.
    public func contains(_ id: SessionID) -> Bool { if case .some = places.slot(of: id) { true } else { false } }

    /// Decides what to do at the clock reading `now`. After `.wait`, pass the reading that ended the wait: at or
    /// after its instant it counts as the wake of the next tick; before it, the wait was interrupted and continues.
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
            // Sessions that have become due since the pass was prepared join it.
            unsafe queue.beginPass(at: now, sessions)
            passCount &+= 1
        } else {
            if let turn = queue.turn { return .start(turn) }
            guard let until = queue.earliest else { return .ended }
            if until > now {
                waitingFor = until
                return .wait(until: until)
            }
            unsafe queue.beginPass(at: now, sessions)
            passCount &+= 1
        }
        guard let turn = queue.turn else { preconditionFailure("a pass begins with a turn") }
        return .start(turn)
    }

    /// Uses the time before `deadline`, the instant that `next` returned to wait for, to prepare its tick: forms the
    /// pass, and rehearses the first start on a copy.
    ///
    /// After a sleep the code and data of a start have left the processor's caches, and fetching them takes longer
    /// than running them. A rehearsal decides nothing: the start decides from its own reading of the clock. Best
    /// called a few microseconds before the deadline.
    #if !DEBUG
        @_noAllocation @_noLocks
    #endif
    public mutating func prepare(for deadline: MonotonicInstant) {
        precondition(isWaiting(for: deadline), "a tick is made ready while the schedule waits for it")
        // A wait that was interrupted continues; it is already prepared.
        guard queue.passReading < deadline else { return }
        unsafe queue.beginPass(at: deadline, sessions)
        rehearse(at: deadline)
    }

    /// Starts the tick that `next` named; `now` is the clock read just before its handler.
    #if !DEBUG
        @_noAllocation @_noLocks
    #endif
    public mutating func start(at now: MonotonicInstant) -> Tick {
        precondition(!isDelivering && hasTurn, "a tick starts only when it is its turn")
        advance(to: now)
        let id = queue.takeTurn()
        // If the last return was the session's own, it is the session's arrival, which `start` checks first; a
        // neighbour's return can matter only after that.
        unsafe started.initialize(
            to: sessions.advanced(by: Int(id.slot)).pointee
                .start(at: now, wakeLatency: wakeLatency, neighbourUntil: lastReturn))
        wakeLatency = nil
        isDelivering = true
        return unsafe started.pointee
    }

    /// The tick last started.
    ///
    /// - Precondition: there was one.
    public var lastTick: Tick { unsafe started.pointee }

    /// Sets the stamp of the tick last started.
    #if !DEBUG
        @_noAllocation @_noLocks
    #endif
    public mutating func stamp(_ timestamp: StampedTime) {
        precondition(isDelivering, "a tick is stamped before its handler")
        unsafe started.pointee.timestamp = timestamp
    }

    /// Sets whether the tick last started is on air.
    #if !DEBUG
        @_noAllocation @_noLocks
    #endif
    public mutating func mark(_ air: AirState) {
        precondition(isDelivering, "a tick is judged before its handler")
        // Its stored parts: the compiler of Swift 6.3 crashes on the computed property under the thread sanitizer.
        unsafe started.pointee.airNumber = air.fencingNumber ?? 0
        unsafe started.pointee.airKind = AirKind(air)
    }

    /// The session whose tick the present pass delivers next; after `prepare`, the one that was rehearsed.
    #if !DEBUG
        @_noAllocation @_noLocks
    #endif
    package func nextTurn() -> SessionID? { queue.turn }

    /// The place of a session in the loop's memory, also if its id does not contain it; `nil` without such a session.
    #if !DEBUG
        @_noAllocation @_noLocks
    #endif
    package func slot(of id: SessionID) -> Int? { places.slot(of: id) }

    /// The handler of the tick last started returned at `now`.
    ///
    /// - Returns: how long it ran.
    #if !DEBUG
        @_noAllocation @_noLocks
    #endif
    @discardableResult
    public mutating func finish(at now: MonotonicInstant) -> Nanoseconds {
        precondition(isDelivering, "no handler runs")
        advance(to: now)
        isDelivering = false
        let slot = unsafe Int(started.pointee.session.slot)
        let work = unsafe sessions.advanced(by: slot).pointee.finish(at: now)
        settle(slot)
        lastReturn = now
        return work
    }

    /// Ends every session, between ticks.
    #if !DEBUG
        @_noAllocation @_noLocks
    #endif
    public mutating func stop() {
        precondition(!isDelivering, "a schedule stops between ticks")
        for slot in 0..<capacity where places.isTaken(slot) { unsafe sessions.advanced(by: slot).pointee.stop() }
        queue.removeAll()
        waitingFor = nil
    }

    private var hasTurn: Bool { if case .some = queue.turn { true } else { false } }

    func isDelivering(_ id: SessionID) -> Bool { unsafe isDelivering && started.pointee.session == id }

    private func isWaiting(for deadline: MonotonicInstant) -> Bool {
        if let asked = waitingFor { asked == deadline } else { false }
    }

    /// Runs the code of the decision and of the start as it will run at `deadline`, and undoes the notes of the
    /// decision.
    private mutating func rehearse(at deadline: MonotonicInstant) {
        let reading = latest
        guard case .start(let id) = next(at: deadline) else { return }
        (waitingFor, wakeLatency, latest) = (deadline, nil, reading)
        var session = unsafe sessions[Int(id.slot)]
        // Kept, so that the optimizer does not remove the rehearsal.
        rehearsal = session.start(at: deadline, wakeLatency: nil, neighbourUntil: lastReturn).start
    }

    /// The present wait is no longer for the first of the waiting sessions.
    mutating func giveUpWait(_ now: MonotonicInstant) {
        guard case .some = waitingFor else { return }
        waitingFor = nil
        unsafe queue.giveUpPass(at: now, sessions)
    }

    mutating func advance(to now: MonotonicInstant) {
        precondition(now >= latest, "the monotonic clock fell")
        latest = now
    }
}
