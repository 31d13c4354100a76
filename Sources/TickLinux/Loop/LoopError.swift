public import TickScheduling
public import TickTime

/// Why a loop could not begin or be changed.
public enum LoopError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The wall clock was set during every attempt to read it.
    case wallClockUnsteady(attempts: Int)
    /// The epoch could not be placed.
    case epoch(TickTimeError)
    /// The loop's choice of the first tick on a given grid does not fit the plan.
    case plan(SessionPlanError)
    /// An alignment was requested for a session on a given grid.
    case alignedGrid(Alignment)
    /// A given grid was requested for a successor.
    case gridOfSuccessor
    /// A loop without sessions has nothing to wait for.
    case noSessions
    /// The loop has already begun.
    case alreadyBegun
    /// A change of the sessions was asked for before the loop began, where only `add` is possible.
    case notBegun
    /// The schedule does not allow this change of the sessions.
    case schedule(ScheduleError)
    /// No fence of the plan is late enough for a successor to take over.
    case noFence(after: UTCInstant, planEnd: UTCInstant)
    /// The session's ticks run out before the first fence at which a successor could take over.
    case endsBeforeFence(SessionID, fence: UTCInstant, lastTick: UTCInstant)
    /// More changes are waiting than the loop has room for.
    case queueFull(capacity: Int)
    /// The loop has ended, because its sessions ended or it was stopped.
    case loopEnded
    /// The call came from the loop's own thread, which must not wait for itself.
    case calledOnTickThread
    /// The host refused a call that the loop needs.
    case system(SystemError)

    public var description: String {
        switch self {
        case .wallClockUnsteady(let attempts):
            "the wall clock was set during each of \(attempts) attempts to read it; "
                + "stop the program that sets it, and let one time daemon slew it"
        case .epoch(let error): "the epoch cannot be placed: \(error)"
        case .plan(let error): "the session cannot begin on its grid: \(error)"
        case .alignedGrid(let alignment):
            "a session on a given grid is not aligned, because the grid says where its ticks lie; "
                + "use alignment none instead of \(alignment), or leave the grid out"
        case .gridOfSuccessor:
            "a successor begins at a fence with tick 0, on a grid of its own; leave its grid out, "
                + "or remove the session and add one on the grid"
        case .noSessions: "the loop has no session; add one before it begins"
        case .alreadyBegun: "the loop has already begun; make another loop"
        case .notBegun: "the loop has not begun; begin it before you change its sessions"
        case .schedule(let error): "\(error)"
        case .noFence(let instant, let end):
            "no fence of the plan, which ends at \(end.iso8601), lies at or after \(instant.iso8601); "
                + "append blocks, or add a session"
        case .endsBeforeFence(let session, let fence, let lastTick):
            "the first fence at which a successor could take over lies at \(fence.iso8601), and the last tick of "
                + "session \(session.index) at \(lastTick.iso8601); add ticks, or an earlier fence to the plan"
        case .queueFull(let capacity):
            "\(capacity) changes are waiting, which fills the loop's queue; try again after some are done"
        case .loopEnded: "the loop has ended and takes no more changes; begin another loop"
        case .calledOnTickThread:
            "a handler runs on the loop's own thread, which cannot wait for itself; "
                + "use requestRemoval, or let another thread ask"
        case .system(let error): "\(error)"
        }
    }
}
