public import TickScheduling
public import TickTime

/// Why a loop could not begin, or did not make a change to its sessions.
public enum LoopError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The wall clock was set during every attempt to read it.
    case wallClockUnsteady(attempts: Int)
    /// The epoch could not be placed.
    case epoch(TickTimeError)
    /// A loop without sessions has nothing to wait for.
    case noSessions
    /// A loop begins once.
    case alreadyBegun
    /// A change of the sessions was asked for before the loop began, where only `add` is possible.
    case notBegun
    /// The sessions could not be changed so.
    case schedule(ScheduleError)
    /// No fence of the plan lies so late that a successor could take over at it.
    case noFence(after: UTCInstant, planEnd: UTCInstant)
    /// Where a successor could take over, the session's number of ticks will have run out.
    case endsBeforeFence(SessionID, fence: UTCInstant, lastTick: UTCInstant)
    /// More changes were asked for at once than the loop has room for.
    case queueFull(capacity: Int)
    /// The loop has ended: its sessions have, or it was stopped.
    case loopEnded
    /// The loop's own thread cannot wait for itself.
    case calledOnTickThread
    /// The host refused a call that the loop cannot do without.
    case system(SystemError)

    public var description: String {
        switch self {
        case .wallClockUnsteady(let attempts):
            "the wall clock was set during each of \(attempts) attempts to read it; "
                + "stop whatever sets it, and let one time daemon slew it"
        case .epoch(let error): "the epoch cannot be placed: \(error)"
        case .noSessions: "the loop has no session; add one before it begins"
        case .alreadyBegun: "the loop has begun; its sessions are anchored once"
        case .notBegun: "the loop has not begun; change its sessions once it has"
        case .schedule(let error): "\(error)"
        case .noFence(let instant, let end):
            "no fence of the plan, which ends at \(end.iso8601), lies at or after \(instant.iso8601); "
                + "append blocks, or add a session"
        case .endsBeforeFence(let session, let fence, let lastTick):
            "the first fence at which a successor could take over lies at \(fence.iso8601), and the last tick of "
                + "session \(session.index) at \(lastTick.iso8601); give it more ticks, or its plan an earlier fence"
        case .queueFull(let capacity):
            "\(capacity) changes wait for the loop already, as many as it has room for; ask again after some are done"
        case .loopEnded: "the loop has ended; nothing can be changed in it"
        case .calledOnTickThread:
            "a handler runs on the loop's own thread, which cannot wait for itself; "
                + "use requestRemoval, or let another thread ask"
        case .system(let error): "\(error)"
        }
    }
}
