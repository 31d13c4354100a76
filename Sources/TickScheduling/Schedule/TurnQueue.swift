// Whose turn it is, and whose it will be: the sessions of a loop in four heaps.
//
// A session that wants to start at its deadline, as nearly all do, stands in `pending`, by deadline. One
// that wants another instant (`paced` holds it back, or a lead calls it early) stands in `held`, by that
// instant. When a pass begins, those of `held` that are due move to `turns`, by deadline; those of
// `pending` stay where they are, and the next turn is the lesser of the two heaps' first. So a pass of
// ten thousand sessions begins as soon as a pass of one. A session that is due again within its own
// pass goes to `nextTurns`, which becomes `turns` when the next pass begins.

import TickTime

@safe struct TurnQueue: ~Copyable {
    private var pending: DeadlineHeap
    private var held: DeadlineHeap
    private var turns: DeadlineHeap
    private var nextTurns: DeadlineHeap
    /// The reading that the pass under way was formed at.
    private(set) var passReading = MonotonicInstant(nanoseconds: .min)

    init(capacity: Int) {
        pending = DeadlineHeap(capacity: capacity)
        held = DeadlineHeap(capacity: capacity)
        turns = DeadlineHeap(capacity: capacity)
        nextTurns = DeadlineHeap(capacity: capacity)
    }

    /// Whose turn it is in the pass under way; `nil` when that is over.
    var turn: SessionID? {
        if isPendingNext { return pending.first?.session }
        return turns.first?.session
    }

    /// When the first of those that wait, outside of the pass under way, wants to start.
    var earliest: MonotonicInstant? {
        // Due again within their pass, they want the next one at once.
        if nextTurns.count > 0 { return passReading }
        guard let a = pending.first?.instant else { return held.first?.instant }
        guard let b = held.first?.instant else { return a }
        return a < b ? a : b
    }

    /// Begins the next pass, or has the pass under way joined by those that have come due since.
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

    /// Takes the session whose turn it is out.
    mutating func takeTurn() -> SessionID {
        isPendingNext ? pending.removeFirst().session : turns.removeFirst().session
    }

    /// Puts in a session that has a tick pending.
    mutating func insert(_ session: SessionID, due: MonotonicInstant, deadline: MonotonicInstant) {
        if due <= passReading {
            nextTurns.insert(.init(instant: deadline, session: session))
        } else if due == deadline {
            pending.insert(.init(instant: deadline, session: session))
        } else {
            held.insert(.init(instant: due, session: session))
        }
    }

    /// Takes out a session, wherever it stands.
    mutating func remove(_ session: SessionID) {
        _ = pending.remove(session) || held.remove(session) || turns.remove(session) || nextTurns.remove(session)
    }

    /// The pass that was prepared for a later instant is not to be at that instant.
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
