public import TickTime

/// One session of a loop, numbered in the order of addition; the number decides among sessions that share a deadline.
public struct SessionID: Hashable, Comparable, Sendable, BitwiseCopyable {
    /// How many sessions were added to the loop before it; never used twice.
    public let index: Int32
    /// Its place in the loop's memory, below the loop's capacity; reused after the session has been removed.
    public let slot: Int32

    /// The id of a session in a loop that removed none: its slot is its index.
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

/// The position of a tick in its session's block plan.
public struct TickBlock: Hashable, Sendable, BitwiseCopyable {
    /// The block's place in the plan, counted from 0.
    public let index: Int64
    public let id: BlockID
    /// From the block's start in UTC to the tick's deadline: the position in the block. If a session joins a block in
    /// progress, its first tick is not at the beginning.
    public let elapsed: Nanoseconds

    public init(index: Int64, id: BlockID, elapsed: Nanoseconds) {
        self.index = index
        self.id = id
        self.elapsed = elapsed
    }
}

/// The argument of a handler: which tick this is, when it was due, and how late it starts.
///
/// It is copied at each step from the schedule to the handler and the ring, so its size matters: 192 bytes, three cache
/// lines. The optionals that would cross a line are stored as a number with a value that cannot occur.
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
    /// The clock read just before the handler: the instant of the stamp.
    public let start: MonotonicInstant
    /// How late the loop woke from the sleep before this start, after the instant that it had requested; `nil` if it
    /// did not sleep for this tick.
    public let wakeLatency: Nanoseconds?
    /// The class of its lateness, counted from `wanted`.
    public let lateness: LatenessClass
    /// The cause of its lateness.
    public let cause: LatenessCause
    /// The session's previous handler returned at or after this tick's deadline.
    public let isOverdue: Bool
    /// The skip before this tick crossed a backlog above `backlog_max`, under any policy.
    public let crossedBacklog: Bool
    /// Ticks of this session that were skipped between the last delivered tick and this one.
    public let skippedBefore: Int64

    /// How long before the deadline the handler is called.
    public let lead: Nanoseconds
    /// From this start to the next instant at which the session wants to be called; negative if that instant is past.
    public let workBudget: Nanoseconds
    /// The block that owns the tick; `nil` without a plan, before its start and after its end.
    public let block: TickBlock?
    /// Whether the block differs from the previous delivered tick's block (or this is the first tick, and in a
    /// block). So a skip never hides a fence.
    public let blockChanged: Bool
    /// Whether this is the first delivered tick with `priming_ticks` or fewer to the next fence; once per fence.
    public let isPriming: Bool
    @usableFromInline var airKind: AirKind
    /// How many fences lie between the last delivered tick and this one, including the plan's start and fences of
    /// blocks without a tick. 0 on the first tick, even if blocks or the whole plan ended before the epoch.
    public let blocksPassed: Int64
    /// 0: none is ahead.
    @usableFromInline let fenceDistance: Int64
    /// 0: off air, or no gate.
    @usableFromInline var airNumber: Int64
    /// The stamp at its start, if the loop has a source for it: read right after `start`.
    public var timestamp: StampedTime?

    /// From this tick to the next fence (the plan's start counts as one): 1 on the last tick of a
    /// block; `nil` if none is ahead.
    @inlinable public var ticksToFence: Int64? { fenceDistance > 0 ? fenceDistance : nil }

    /// Whether it is on air, if its session has a gate: read right after `start`. `nil` for a session without a gate,
    /// whose ticks are said to be neither on air nor off air.
    @inlinable public var air: AirState? {
        get {
            switch airKind {
            case .none: nil
            case .offAir: .offAir
            case .onAir: .onAir(fencingNumber: airNumber)
            case .unfenced: .unfenced(fencingNumber: airNumber)
            }
        }
        set {
            airNumber = newValue?.fencingNumber ?? 0
            airKind = AirKind(newValue)
        }
    }

    /// When its handler was to be called: `deadline − lead`.
    @inlinable public var wanted: MonotonicInstant { deadline - lead }

    /// How late it starts: `start − wanted`, never negative. Class, cause, percentiles and service levels use it.
    @inlinable public var startLateness: Nanoseconds { (start - deadline) + lead }

    /// `start − deadline`: negative while the lead holds.
    @inlinable public var deadlineLateness: Nanoseconds { start - deadline }

    public init(
        session: SessionID, index: Int64, deadline: MonotonicInstant, deadlineUTC: UTCInstant,
        arrival: MonotonicInstant, start: MonotonicInstant, wakeLatency: Nanoseconds?, lateness: LatenessClass,
        cause: LatenessCause,
        isOverdue: Bool, crossedBacklog: Bool, skippedBefore: Int64, lead: Nanoseconds = .zero,
        workBudget: Nanoseconds = .zero, block: TickBlock? = nil, blockChanged: Bool = false,
        blocksPassed: Int64 = 0, ticksToFence: Int64? = nil, isPriming: Bool = false, timestamp: StampedTime? = nil,
        air: AirState? = nil
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
        fenceDistance = ticksToFence ?? 0
        self.isPriming = isPriming
        self.timestamp = timestamp
        airKind = AirKind(air)
        airNumber = air?.fencingNumber ?? 0
    }
}

/// Which `AirState` a tick has, in one byte; its number is stored elsewhere.
@usableFromInline enum AirKind: UInt8, Sendable, BitwiseCopyable {
    case none, offAir, onAir, unfenced

    @inlinable init(_ state: AirState?) {
        self =
            switch state {
            case nil: .none
            case .offAir: .offAir
            case .onAir: .onAir
            case .unfenced: .unfenced
            }
    }
}

/// One delivered tick and its handler's duration, as the ring carries it off the tick thread.
public struct TickRecord: Hashable, Sendable, BitwiseCopyable {
    public let tick: Tick
    /// The handler's duration.
    public let work: Nanoseconds

    @inlinable public init(tick: Tick, work: Nanoseconds) {
        self.tick = tick
        self.work = work
    }
}
