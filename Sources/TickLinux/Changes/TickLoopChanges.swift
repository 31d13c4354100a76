public import TickScheduling
public import TickTime

// The changes of `LoopControl` for a program that pulls ticks, on the loop's own thread. Each ends the work of the
// tick under way, as `next()` does, and is done when it returns.
extension TickLoop {
    /// As `LoopControl.succeed`; also throws `LoopError.notBegun`.
    @discardableResult
    public mutating func succeed(
        _ predecessor: SessionID, atOrAfter utc: UTCInstant, by request: SessionRequest? = nil
    ) throws(LoopError) -> Seam {
        try perform(try control.plan(succeeding: predecessor, atOrAfter: utc, by: request))
    }

    /// As `LoopControl.remove`; also throws `LoopError.notBegun`.
    @discardableResult
    public mutating func remove(_ session: SessionID) throws(LoopError) -> TickSession.EndReason {
        try perform(RemoveSession(session: session))
    }

    /// As `LoopControl.append`; also throws `LoopError.notBegun`.
    @discardableResult
    public mutating func append(_ block: Block, to session: SessionID) throws(LoopError) -> PlacedBlock {
        try perform(AppendBlock(block: block, session: session))
    }

    /// How the sessions ended that were ever in the loop, by their numbers; those that run are left out.
    public var endReasons: [Int32: TickSession.EndReason] {
        var reasons = control.removedSessions
        for id in control.sessions where schedule.contains(id) { reasons[id.index] = schedule.session(id).endReason }
        return reasons
    }
}
