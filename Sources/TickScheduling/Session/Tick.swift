public import TickTime

/// One session of a loop, by the order in which it was added; the tie-break among sessions that
/// share a deadline.
public struct SessionID: Hashable, Comparable, Sendable, BitwiseCopyable {
    /// How many sessions were added to the loop before it; never used twice.
    public let index: Int32
    /// Its place in the loop's memory, below the loop's capacity; taken again once the session has
    /// been removed.
    public let slot: Int32

    /// The id of a session of a loop from which none was removed: its slot is its index.
    @inlinable public init(index: Int32) { self.init(index: index, slot: index) }

    @inlinable public init(index: Int32, slot: Int32) {
        self.index = index
        self.slot = slot
    }

    @inlinable public static func == (a: SessionID, b: SessionID) -> Bool { a.index == b.index }
    @inlinable public static func != (a: SessionID, b: SessionID) -> Bool { a.index != b.index }
    @inlinable public static func < (a: SessionID, b: SessionID) -> Bool { a.index < b.index }
    public func hash(into hasher: inout Hasher) { hasher.combine(index) }
}

/// Where a tick lies in its session's block plan.
public struct TickBlock: Hashable, Sendable, BitwiseCopyable {
    /// The block's place in the plan, counted from 0.
    public let index: Int64
    public let id: BlockID
    /// From the block's start in UTC to the tick's deadline: how far in the tick is. Where a session
    /// joins in progress, its first tick is not at the beginning.
    public let elapsed: Nanoseconds

    public init(index: Int64, id: BlockID, elapsed: Nanoseconds) {
        self.index = index
        self.id = id
        self.elapsed = elapsed
    }
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
    /// When the session was ready for it: its handler for the tick before returned, or, for tick 0, the
    /// loop began.
    public let arrival: MonotonicInstant
    /// The clock read just before the handler: the instant that is stamped.
    public let start: MonotonicInstant
    /// How late the loop woke from the sleep before this start, after the instant that it had asked
    /// for; `nil` if it did not sleep for it.
    public let wakeLatency: Nanoseconds?
    /// How late it starts, counted from `wanted`, as a class.
    public let lateness: LatenessClass
    /// Why.
    public let cause: LatenessCause
    /// The session's previous handler returned at or after this tick's deadline.
    public let isOverdue: Bool
    /// The skip before this tick crossed a backlog above `backlog_max`, under whatever policy.
    public let crossedBacklog: Bool
    /// Ticks of this session that were passed over between the one delivered before and this.
    public let skippedBefore: Int64

    /// How long before the deadline the session wants to be called.
    public let lead: Nanoseconds
    /// From this start to the instant at which the session next wants to be called; negative if that
    /// is past.
    public let workBudget: Nanoseconds
    /// The block that owns the tick; `nil` without a plan, before its start and after its end.
    public let block: TickBlock?
    /// Whether that is another than of the tick delivered before (or this is the first, in a block):
    /// a tick that is passed over takes no fence with it unseen.
    public let blockChanged: Bool
    /// How many fences lie between the tick delivered before and this one, those of blocks that own
    /// no tick and the plan's start among them; 0 on the first, also where blocks or the whole plan ended
    /// before the epoch.
    public let blocksPassed: Int64
    /// From this tick to the next fence (the plan's start counts as one): 1 on the last tick of a
    /// block; `nil` if none is ahead.
    public let ticksToFence: Int64?
    /// The first delivered tick with no more than `priming_ticks` to the next fence, once a fence.
    public let isPriming: Bool
    /// The time of day at its start, where the loop has a source of it: read right after `start`.
    public var timestamp: TickTimestamp?

    /// When the session wanted to be called: `deadline − lead`.
    @inlinable public var wanted: MonotonicInstant { deadline - lead }

    /// How late it starts: `start − wanted`, never negative. Class, cause, percentiles and service levels
    /// rest on it.
    @inlinable public var startLateness: Nanoseconds { (start - deadline) + lead }

    /// `start − deadline`: negative while the lead holds.
    @inlinable public var deadlineLateness: Nanoseconds { start - deadline }

    public init(
        session: SessionID, index: Int64, deadline: MonotonicInstant, deadlineUTC: UTCInstant,
        arrival: MonotonicInstant, start: MonotonicInstant, wakeLatency: Nanoseconds?, lateness: LatenessClass,
        cause: LatenessCause,
        isOverdue: Bool, crossedBacklog: Bool, skippedBefore: Int64, lead: Nanoseconds = .zero,
        workBudget: Nanoseconds = .zero, block: TickBlock? = nil, blockChanged: Bool = false,
        blocksPassed: Int64 = 0, ticksToFence: Int64? = nil, isPriming: Bool = false, timestamp: TickTimestamp? = nil
    ) {
        self.session = session
        self.index = index
        self.deadline = deadline
        self.deadlineUTC = deadlineUTC
        self.arrival = arrival
        self.start = start
        self.wakeLatency = wakeLatency
        self.lateness = lateness
        self.cause = cause
        self.isOverdue = isOverdue
        self.crossedBacklog = crossedBacklog
        self.skippedBefore = skippedBefore
        self.lead = lead
        self.workBudget = workBudget
        self.block = block
        self.blockChanged = blockChanged
        self.blocksPassed = blocksPassed
        self.ticksToFence = ticksToFence
        self.isPriming = isPriming
        self.timestamp = timestamp
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
