// A successor takes over from a running session at a fence.
//
// Nothing re-anchors a session: after a step of UTC, a suspend or a leap second, its plan differs from real UTC for
// as long as it runs. The only remedy is another session with a fresh anchor, whose tick 0 is the seam:
//
//     predecessor  ──┴──┴──┴──┴──┤                     its ticks with deadlines before the seam
//     successor                   ├──┴──┴──┴──┴──      all of its own
//                                 seam = successor.epoch
//
// So every instant on the monotonic clock, which both sessions share, belongs to exactly one of the two. But two
// anchors name one instant only as exactly as they were read. A tick of the predecessor that lies before the seam by
// at most the sum of both uncertainties *is* the seam, and belongs to the successor. Otherwise a channel without any
// step would show that frame twice, some nanoseconds apart. The successor's first tick waits for the predecessor's
// last, so that a channel's frames stay in order even if the predecessor is behind.

public import TickTime

/// Where one session took over from another, and the effect on the grid.
public struct Seam: Hashable, Sendable, BitwiseCopyable {
    public let predecessor: SessionID
    public let successor: SessionID
    /// The successor's epoch: tick 0, on its UTC and on the monotonic clock.
    public let utc: UTCInstant
    public let monotonic: MonotonicInstant
    /// The predecessor owns its ticks below this one.
    public let predecessorEndTick: Int64
    /// The successor's tick 0 − the deadline of the tick that the predecessor would have had next: the shift of the
    /// grid. If it is negative, the next picture comes sooner, by less than a period. A positive shift is at most the
    /// sum of both anchors' uncertainties plus a nanosecond.
    public let phaseJump: Nanoseconds
    /// From the predecessor's last deadline to the successor's first: a period plus the (negative) phase jump; `nil`
    /// if the predecessor owns no tick.
    public let gap: Nanoseconds?
    /// The successor's UTC at the seam − the predecessor's: the step that the new anchor includes.
    public let utcJump: Nanoseconds

    public init(
        predecessor: SessionID, successor: SessionID, utc: UTCInstant, monotonic: MonotonicInstant,
        predecessorEndTick: Int64, phaseJump: Nanoseconds, gap: Nanoseconds?, utcJump: Nanoseconds
    ) {
        self.predecessor = predecessor
        self.successor = successor
        self.utc = utc
        self.monotonic = monotonic
        self.predecessorEndTick = predecessorEndTick
        self.phaseJump = phaseJump
        self.gap = gap
        self.utcJump = utcJump
    }

    /// The seam between a session of one rate and epoch and its successor with another.
    public init(
        from predecessor: SessionID, rate: FrameRate, epoch: SessionEpoch, to successor: SessionID,
        epoch successorEpoch: SessionEpoch
    ) throws(SessionPlanError) {
        self.init(
            from: predecessor, plan: try SessionPlan(rate: rate), epoch: epoch, to: successor, epoch: successorEpoch)
    }

    /// The seam between a session of one plan and epoch and its successor with another epoch.
    public init(
        from predecessor: SessionID, plan: SessionPlan, epoch: SessionEpoch, to successor: SessionID,
        epoch successorEpoch: SessionEpoch
    ) {
        let session = TickSession(id: predecessor, plan: plan, epoch: epoch)
        self.init(session, successor, successorEpoch)
    }

    /// The seam of `predecessor` and a successor with this id and epoch.
    init(_ predecessor: TickSession, _ successor: SessionID, _ epoch: SessionEpoch) {
        let seam = epoch.monotonic
        // A nanosecond for the rounding of each grid.
        let tolerance = predecessor.epoch.uncertainty + epoch.uncertainty + Nanoseconds(1)
        // The first tick whose deadline is not before the seam.
        let first = predecessor.plan.beginTick
        let endTick = max(first, (predecessor.grid.lastTickDue(at: seam - tolerance - Nanoseconds(1)) ?? -1) + 1)
        let next = predecessor.deadline(of: endTick)
        let utcThen = predecessor.epoch.utc + (seam - predecessor.epoch.monotonic)
        var gap: Nanoseconds?
        if endTick > first, let last = predecessor.deadline(of: endTick - 1) { gap = seam - last }
        self.init(
            predecessor: predecessor.id, successor: successor, utc: epoch.utc, monotonic: seam,
            predecessorEndTick: endTick, phaseJump: next.map { seam - $0 } ?? .zero, gap: gap,
            utcJump: epoch.utc - utcThen)
    }
}

/// Why a session was refused. The schedule is unchanged.
public enum ScheduleError: Error, Hashable, Sendable, BitwiseCopyable {
    /// All places are taken.
    case full(capacity: Int)
    /// Its plan was refused.
    case blocks(BlockPlanError)
    /// No session has this id: it was removed, or never added.
    case noSession(SessionID)
    /// The session to be succeeded has ended.
    case predecessorEnded(SessionID)
    /// It has a successor already.
    case hasSuccessor(SessionID, successor: SessionID)
    /// The session to be succeeded has delivered a tick at or after the seam.
    case pastSeam(SessionID, endTick: Int64, delivered: Int64)
}

extension ScheduleError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .full(let capacity):
            "the loop has room for \(capacity) sessions, and all places are taken; remove one, or make the loop larger"
        case .blocks(let error): error.description
        case .noSession(let id): "the loop has no session \(id.index): it was removed, or never added"
        case .predecessorEnded(let id):
            "session \(id.index) has ended, so no session can take over from it; add a session instead"
        case .hasSuccessor(let id, let successor):
            "session \(id.index) already has session \(successor.index) as its successor; succeed that one, "
                + "or remove it first"
        case .pastSeam(let id, let endTick, let delivered):
            "the successor would take over from session \(id.index) at tick \(endTick), and tick \(delivered) has been "
                + "delivered; choose a later fence"
        }
    }
}
