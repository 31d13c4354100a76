public import TickTime

/// One session of a loop, by the order in which it was added; the tie-break among sessions that
/// share a deadline.
public struct SessionID: Hashable, Comparable, Sendable, BitwiseCopyable {
    public let index: Int32
    @inlinable public init(index: Int32) { self.index = index }
    @inlinable public static func == (a: SessionID, b: SessionID) -> Bool { a.index == b.index }
    @inlinable public static func != (a: SessionID, b: SessionID) -> Bool { a.index != b.index }
    @inlinable public static func < (a: SessionID, b: SessionID) -> Bool { a.index < b.index }
}

/// What a handler is given: which tick this is, when it was due, and how late it starts.
public struct Tick: Hashable, Sendable, BitwiseCopyable {
    /// The session whose tick this is.
    public let session: SessionID
    /// The tick's number on the session's grid, counted from 0.
    public let index: Int64
    /// When it was due, on the monotonic clock.
    public let deadline: MonotonicInstant
    /// When it was due, on the schedule's UTC: the epoch's UTC plus the same offset.
    public let deadlineUTC: UTCInstant
    /// The clock read just before the handler: the instant that is stamped.
    public let start: MonotonicInstant
    /// When the loop woke from the last sleep before this start; `nil` if it did not sleep for it.
    public let wakeLatency: Nanoseconds?
    /// How late it starts, as a class.
    public let lateness: LatenessClass
    /// Why.
    public let cause: LatenessCause
    /// The session's previous handler returned at or after this tick's deadline.
    public let isOverdue: Bool
    /// The skip before this tick crossed a backlog above `backlog_max`, under whatever policy.
    public let crossedBacklog: Bool
    /// Ticks of this session that were passed over between the one delivered before and this.
    public let skippedBefore: Int64

    /// `start − deadline`; never negative.
    @inlinable public var startLateness: Nanoseconds { start - deadline }

    public init(
        session: SessionID, index: Int64, deadline: MonotonicInstant, deadlineUTC: UTCInstant,
        start: MonotonicInstant, wakeLatency: Nanoseconds?, lateness: LatenessClass, cause: LatenessCause,
        isOverdue: Bool, crossedBacklog: Bool, skippedBefore: Int64
    ) {
        self.session = session
        self.index = index
        self.deadline = deadline
        self.deadlineUTC = deadlineUTC
        self.start = start
        self.wakeLatency = wakeLatency
        self.lateness = lateness
        self.cause = cause
        self.isOverdue = isOverdue
        self.crossedBacklog = crossedBacklog
        self.skippedBefore = skippedBefore
    }
}

/// One delivered tick with how long its handler ran: what the ring carries off the tick thread.
public struct TickRecord: Hashable, Sendable, BitwiseCopyable {
    public let tick: Tick
    /// The handler's duration.
    public let work: Nanoseconds

    @inlinable public init(tick: Tick, work: Nanoseconds) {
        self.tick = tick
        self.work = work
    }
}
