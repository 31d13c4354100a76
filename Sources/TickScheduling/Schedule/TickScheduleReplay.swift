// A recorded run, recomputed by the code that ran it.
//
// A record does not say what the loop asked at which reading, but that only decides the order of sessions. A tick's
// number, deadline, lateness, cause and block follow from its session, from the instants at which its handler started
// and returned, and from the last return of any handler before it. Those are recorded, so the session's own code can
// compute the tick again.

public import TickTime

extension TickSchedule.ReplayError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .noSession: "the session is not in the schedule"
        case .ended(let reason): "the session had ended (\(reason.rawValue))"
        case .predecessorGoesOn: "the session that it succeeds had ticks left"
        case .startsBeforeDue(let due): "it started before it was due, at \(due.nanoseconds) ns"
        case .clockFell(let latest): "it started before \(latest.nanoseconds) ns, when the handler before it returned"
        case .work(let length): "a handler does not run for \(length.count) ns"
        }
    }
}

extension TickSchedule {
    /// Why a recorded tick is impossible for its session.
    public enum ReplayError: Error, Hashable, Sendable {
        case noSession
        /// It had no tick left.
        case ended(TickSession.EndReason)
        /// The session that it succeeds had ticks left.
        case predecessorGoesOn
        /// It started before its session wanted to be called.
        case startsBeforeDue(MonotonicInstant)
        /// It started before the handler before it returned.
        case clockFell(MonotonicInstant)
        /// The handler returned before it was called, or past the range of the clock.
        case work(Nanoseconds)
    }

    /// Adds a session whose ticks are to be recomputed. It begins with the first of them.
    ///
    /// - Parameters:
    ///   - session: not begun; its number must be new.
    ///   - upcoming: the result of its `join`.
    ///   - predecessor: the session that it takes over from, if any.
    /// - Returns: the seam with its predecessor.
    /// - Throws: as `add` and `succeed`.
    @discardableResult
    public mutating func enterForReplay(
        _ session: TickSession, upcoming: Span<PlacedBlock>, after predecessor: SessionID? = nil
    ) throws(ScheduleError) -> Seam? {
        if let predecessor { return try succeed(predecessor, by: session, upcoming: upcoming, at: latest) }
        _ = try place(session, upcoming)
        return nil
    }

    /// Removes a session at the same point as the loop did.
    public mutating func removeForReplay(_ session: SessionID) { _ = remove(session, at: latest) }

    /// Recomputes a recorded tick: the next one of its session.
    ///
    /// - Parameters:
    ///   - arrival: when the session was ready for it; used for the first of a session without predecessor.
    ///   - start: the recorded start.
    ///   - work: how long its handler ran.
    ///   - wakeLatency: the recorded value; it cannot be recomputed.
    /// - Returns: the tick as the loop must have delivered it.
    /// - Throws: `ReplayError`; nothing has changed.
    public mutating func replay(
        _ session: SessionID, arrival: MonotonicInstant, start: MonotonicInstant, work: Nanoseconds,
        wakeLatency: Nanoseconds?
    ) throws(ReplayError) -> Tick {
        guard let slot = places.slot(of: session) else { throw .noSession }
        var recorded = unsafe sessions[slot]
        if !recorded.hasBegun {
            if case .some = recorded.predecessor { throw .predecessorGoesOn }
            guard arrival <= start else { throw .clockFell(arrival) }
            recorded.begin(at: arrival)
        }
        if let reason = recorded.endReason { throw .ended(reason) }
        guard start >= recorded.due else { throw .startsBeforeDue(recorded.due) }
        guard start >= latest else { throw .clockFell(latest) }
        // A successor receives the instant at which its predecessor was ready, and a record may state any instant.
        guard start >= recorded.readySince else { throw .clockFell(recorded.readySince) }
        let (end, overflow) = start.nanoseconds.addingReportingOverflow(work.count)
        guard work >= .zero, !overflow else { throw .work(work) }
        queue.remove(recorded.id)
        let tick = recorded.start(at: start, wakeLatency: wakeLatency, neighbourUntil: lastReturn)
        let returned = MonotonicInstant(nanoseconds: end)
        advance(to: returned)
        _ = recorded.finish(at: returned)
        unsafe sessions[slot] = recorded
        settle(slot)
        lastReturn = returned
        return tick
    }
}
