// The order of the sessions of a loop, now and later, in four heaps.
//
// A session that wants to start at its deadline, as nearly all do, is in `pending`, by deadline. A session that wants
// another instant (`paced` delays it, or a lead calls it early) is in `held`, by that instant. When a pass begins,
// the due sessions of `held` move to `turns`, by deadline. Those of `pending` stay, and the next turn is the lesser
// of the two heaps' first. So a pass of ten thousand sessions begins as fast as a pass of one. A session that is due
// again within its own pass goes to `nextTurns`, which becomes `turns` when the next pass begins.

import TickTime

@safe struct TurnQueue: ~Copyable {
    private var pending: DeadlineHeap
    private var held: DeadlineHeap
    private var turns: DeadlineHeap
    private var nextTurns: DeadlineHeap
    /// The reading at which the present pass was formed.
    private(set) var passReading = MonotonicInstant(nanoseconds: .min)

    init(capacity: Int) {
        pending = DeadlineHeap(capacity: capacity)
        held = DeadlineHeap(capacity: capacity)
        turns = DeadlineHeap(capacity: capacity)
        nextTurns = DeadlineHeap(capacity: capacity)
    }

    /// The session whose turn it is in the present pass; `nil` when the pass is over.
    var turn: SessionID? {
        if isPendingNext { return pending.first?.session }
        return turns.first?.session
    }

    /// When the first of the sessions outside the present pass wants to start.
    var earliest: MonotonicInstant? {
        // Sessions that are due again within their pass want the next pass at once.
        if nextTurns.count > 0 { return passReading }
        guard let a = pending.first?.instant else { return held.first?.instant }
        guard let b = held.first?.instant else { return a }
        return a < b ? a : b
    }

    /// Begins the next pass, or adds sessions that have become due to the present pass.
    ///
    /// - Complexity: O(m log n) for the m sessions of `held` that are due.
    mutating func beginPass(at now: MonotonicInstant, _ sessions: UnsafeMutablePointer<TickSession>) {
        passReading = now
        if turns.count == 0, nextTurns.count > 0 { swap(&turns, &nextTurns) }
        while let first = held.first, first.instant <= now {
            let id = held.removeFirst().session
            turns.insert(.init(instant: unsafe sessions[Int(id.slot)].deadline, session: id))
        }
    }

    /// Removes the session whose turn it is.
    mutating func takeTurn() -> SessionID {
        isPendingNext ? pending.removeFirst().session : turns.removeFirst().session
    }

    /// Adds a session that has a pending tick.
    mutating func insert(_ session: SessionID, due: MonotonicInstant, deadline: MonotonicInstant) {
        if due <= passReading {
            nextTurns.insert(.init(instant: deadline, session: session))
        } else if due == deadline {
            pending.insert(.init(instant: deadline, session: session))
        } else {
            held.insert(.init(instant: due, session: session))
        }
    }

    /// Removes a session, wherever it is.
    mutating func remove(_ session: SessionID) {
        _ = pending.remove(session) || held.remove(session) || turns.remove(session) || nextTurns.remove(session)
    }

    /// The prepared pass will not happen at its instant.
    mutating func giveUpPass(at now: MonotonicInstant, _ sessions: UnsafeMutablePointer<TickSession>) {
        passReading = now
        while turns.count > 0 {
            let id = turns.removeFirst().session
            held.insert(.init(instant: unsafe sessions[Int(id.slot)].due, session: id))
        }
    }

    mutating func removeAll() {
        pending.removeAll()
        held.removeAll()
        turns.removeAll()
        nextTurns.removeAll()
    }

    /// Whether the next turn of the pass is that of the first in `pending`.
    private var isPendingNext: Bool {
        guard let first = pending.first, first.instant <= passReading else { return false }
        guard let other = turns.first else { return true }
        return first < other
    }
}
