public import TickScheduling
public import TickTime

/// A frame-rate profile: which sessions one loop runs, how it waits, and what the run must keep to.
///
/// `Profile(contentsOfFile:)` and `Profile(json:file:)` read the JSON format (`ProfileDecoding.swift`
/// documents it, `Profile.jsonSchema` states it for editors). A profile made or changed in code, such
/// as one that the command line's options have overridden, is checked by `validate(file:)`.
public struct Profile: Hashable, Sendable {
    /// The identifier of the format.
    public static let schemaName = "tickrun/profile/1"
    /// The longest file that is read: 16 MiB.
    public static let fileSizeLimit = 16 << 20
    /// The most sessions of one loop.
    public static let sessionLimit = 10_000
    /// The longest run: 100 years of 365.25 days. It leaves the deadlines 192 years of the
    /// monotonic clock's range for the time that the host has already been up.
    public static let longestRun = AdmittedRange.longestDuration

    /// What the run is called in reports.
    public var name: String
    /// A sentence about its purpose.
    public var description: String?
    /// The sessions, in the order that breaks ties between equal deadlines.
    public var sessions: [SessionProfile]
    /// How the loop waits.
    public var wait: WaitStrategy
    /// The share of elapsed time that `WaitStrategy.hybrid` may spend spinning, 1 ... 100.
    public var spinBudgetPercent: Int
    /// What to ask of the host.
    public var realtime: RealtimeRequest

    public init(
        name: String, description: String? = nil, sessions: [SessionProfile], wait: WaitStrategy = .hybrid,
        spinBudgetPercent: Int = 2, realtime: RealtimeRequest = RealtimeRequest()
    ) {
        self.name = name
        self.description = description
        self.sessions = sessions
        self.wait = wait
        self.spinBudgetPercent = spinBudgetPercent
        self.realtime = realtime
    }
}

/// One session of a profile.
public struct SessionProfile: Hashable, Sendable {
    /// The session's name in reports, distinct within its profile.
    public var id: String
    public var rate: FrameRate
    public var timecode: TimecodeMode
    public var policy: OverduePolicy
    public var alignment: Alignment
    /// Up to this lateness a tick that was not overdue is `onTime`; 0 ... 50 ms.
    public var onTimeWithin: Nanoseconds
    /// A backlog above this is crossed by one recorded skip, under every policy.
    public var backlogMax: Nanoseconds
    /// How long the handler is kept busy in each tick, to test lateness.
    public var work: Nanoseconds
    /// `nil` for a session that ends with its block plan.
    public var length: RunLength?
    /// The levels that the profile states.
    public var serviceLevels: ServiceLevels
    /// Whether the profile states levels at all: an empty list asks for none.
    public var statesLevels: Bool
    /// Its lead, plan, house time and succession.
    public var channel: ChannelProfile

    /// A session with the defaults of the format; its timecode, where none is given, is the usual
    /// one of its rate (`TimecodeMode.usual(at:)`).
    public init(
        id: String, rate: FrameRate, timecode: TimecodeMode? = nil, policy: OverduePolicy = .everyTick,
        alignment: Alignment = .none, onTimeWithin: Nanoseconds = .milliseconds(1),
        backlogMax: Nanoseconds = .seconds(10), work: Nanoseconds = .zero, length: RunLength?,
        serviceLevels: ServiceLevels = ServiceLevels(), statesLevels: Bool? = nil,
        channel: ChannelProfile = ChannelProfile()
    ) {
        self.id = id
        self.rate = rate
        self.timecode = timecode ?? .usual(at: rate)
        self.policy = policy
        self.alignment = alignment
        self.onTimeWithin = onTimeWithin
        self.backlogMax = backlogMax
        self.work = work
        self.length = length
        self.serviceLevels = serviceLevels
        self.statesLevels = statesLevels ?? !serviceLevels.isEmpty
        self.channel = channel
    }

    /// What a run is judged by: the stated levels, or else the standard ones.
    public var judgedLevels: ServiceLevels {
        statesLevels || !serviceLevels.isEmpty ? serviceLevels : .standard
    }

    /// How many ticks the session has: those stated, or those that a block of the stated duration
    /// beginning at the epoch owns (its fence), 600 for ten seconds at 59.94; `nil` if only the plan says.
    public var tickCount: Int64? {
        switch length {
        case nil: nil
        case .ticks(let count): count
        case .duration(let duration):
            rate.fence(of: UTCInstant(nanoseconds: duration.count), epoch: UTCInstant(nanoseconds: 0))
        }
    }
}

/// How long a session runs.
public enum RunLength: Hashable, Sendable {
    /// A number of ticks, at least 1.
    case ticks(Int64)
    /// A time from the epoch, above 0.
    case duration(Nanoseconds)
}

/// How a session's ticks are labelled.
public enum TimecodeMode: String, Hashable, Sendable, CaseIterable {
    /// SMPTE ST 12-1 drop-frame; at 29.97, 59.94 and 119.88 only.
    case drop
    /// SMPTE ST 12-1 non-drop; at whole rates and 1000/1001 of them.
    case nonDrop = "non_drop"
    /// No labels: for grids that are not those of a picture.
    case none

    /// Whether `rate` can be labelled so: drop-frame exists at 29.97, 59.94 and 119.88 only, where a
    /// whole number of labels dropped each minute nearly makes up for the 1001; non-drop where a second
    /// of labels holds a whole number of frames, so not at 25/2 or 1/10.
    public func isLegal(at rate: FrameRate) -> Bool {
        switch self {
        case .drop: TimecodeFormat.allowsDropFrame(rate)
        case .nonDrop: TimecodeFormat.allowsLabels(rate)
        case .none: true
        }
    }

    /// Drop-frame where it exists, else non-drop at whole rates up to 120 and their 1001-based
    /// relatives, else none.
    public static func usual(at rate: FrameRate) -> TimecodeMode {
        if TimecodeMode.drop.isLegal(at: rate) { return .drop }
        return TimecodeMode.nonDrop.isLegal(at: rate) && rate.nominalFramesPerSecond <= 120 ? .nonDrop : .none
    }
}

/// What a loop asks of its host; what the host refuses is reported, and the run goes on without it.
public struct RealtimeRequest: Hashable, Sendable {
    /// SCHED_FIFO at this priority, 1 ... 99; `nil` does not change the scheduling class.
    public var fifoPriority: Int?
    /// Pin the tick thread to this CPU, 0 ... 1023; `nil` does not change the affinity.
    public var cpu: Int?
    /// Lock the process's memory.
    public var lockMemory: Bool

    public init(fifoPriority: Int? = nil, cpu: Int? = nil, lockMemory: Bool = false) {
        self.fifoPriority = fifoPriority
        self.cpu = cpu
        self.lockMemory = lockMemory
    }
}
