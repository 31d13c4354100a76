public import TickScheduling
public import TickTime

/// What makes a session a channel: its lead, its plan, its house time, and when a successor takes over.
public struct ChannelProfile: Hashable, Sendable {
    /// How long before each deadline the handler is called; 0 ... 10 s.
    public var lead: Nanoseconds
    /// The plan's blocks, in order; empty without a plan.
    public var blocks: [BlockProfile]
    /// Where the first block starts; `nil` is the epoch, or what the first block states.
    public var planStart: Moment?
    public var atPlanEnd: PlanEnd
    /// How many ticks before each fence a notice is given.
    public var primingTicks: Int64?
    /// The label of tick 0; `nil` is 00:00:00:00.
    public var startTimecode: StartTimecode?
    /// How far the house's clock is ahead of UTC.
    public var utcOffset: UTCOffset
    /// Local time of the jam that house time counts from, every day; `nil` is midnight.
    public var dailyJam: TimeOfDay?
    /// When a successor takes over: with a plan, at the first fence from then on.
    public var succeedAt: Moment?

    public init(
        lead: Nanoseconds = .zero, blocks: [BlockProfile] = [], planStart: Moment? = nil, atPlanEnd: PlanEnd = .end,
        primingTicks: Int64? = nil, startTimecode: StartTimecode? = nil, utcOffset: UTCOffset = .utc,
        dailyJam: TimeOfDay? = nil, succeedAt: Moment? = nil
    ) {
        self.lead = lead
        self.blocks = blocks
        self.planStart = planStart
        self.atPlanEnd = atPlanEnd
        self.primingTicks = primingTicks
        self.startTimecode = startTimecode
        self.utcOffset = utcOffset
        self.dailyJam = dailyJam
        self.succeedAt = succeedAt
    }

    /// Every block by itself, repeated ones numbered from 1: `spot-1`, `spot-2`.
    public var expandedBlocks: [(id: String, start: UTCInstant?, length: Nanoseconds)] {
        blocks.flatMap { block in
            block.times == 1
                ? [(block.id, block.start, block.length)]
                : (1...max(block.times, 1)).map { ("\(block.id)-\($0)", $0 == 1 ? block.start : nil, block.length) }
        }
    }

    /// The length of all blocks together; `nil` past the range of the clock.
    public var planLength: Nanoseconds? {
        var sum: Int64 = 0
        for block in blocks {
            let (length, tooLong) = block.length.count.multipliedReportingOverflow(by: block.times)
            let (total, overflow) = sum.addingReportingOverflow(length)
            guard !tooLong, !overflow else { return nil }
            sum = total
        }
        return Nanoseconds(sum)
    }
}

/// A block of a profile, or several blocks of the same length in a row.
public struct BlockProfile: Hashable, Sendable {
    /// Its name in reports, distinct within its plan.
    public var id: String
    /// When it is meant to start; it must equal the end before it.
    public var start: UTCInstant?
    public var length: Nanoseconds
    /// 1, or how often it is repeated.
    public var times: Int64

    public init(id: String, start: UTCInstant? = nil, length: Nanoseconds, times: Int64 = 1) {
        self.id = id
        self.start = start
        self.length = length
        self.times = times
    }
}

/// A moment of a run that is yet to be anchored.
public enum Moment: Hashable, Sendable {
    case utc(UTCInstant)
    /// Of the day of the epoch, on the house's clock.
    case timeOfDay(TimeOfDay)
    /// So long after the epoch.
    case afterEpoch(Nanoseconds)
}

/// The label of tick 0.
public enum StartTimecode: Hashable, Sendable {
    /// A label, as it is written.
    case label(String)
    /// House time: tick 0 has the label of its instant, counted from the last jam.
    case timeOfDay
}

extension Moment: CustomStringConvertible {
    /// As a profile spells it.
    public var description: String {
        switch self {
        case .utc(let instant): instant.iso8601
        case .timeOfDay(let time): time.description
        case .afterEpoch(let length): spelled(length)
        }
    }
}

extension SessionProfile {
    /// How the session's ticks are labelled, once its epoch is known; `nil` without labels.
    ///
    /// - Throws: `TimecodeError` for a start label that does not exist, and at a rate that has no labels.
    public func sessionTimecode(epoch: UTCInstant) throws(TimecodeError) -> SessionTimecode? {
        let format: TimecodeFormat
        switch timecode {
        case .drop: format = try TimecodeFormat(rate: rate, dropFrame: true)
        case .nonDrop: format = try TimecodeFormat(rate: rate, dropFrame: false)
        case .none: return nil
        }
        let start: TimecodeStart =
            switch channel.startTimecode {
            case .label(let text): .label(try format.parse(text))
            case .timeOfDay: .timeOfDay(offset: channel.utcOffset, dailyJam: channel.dailyJam)
            case nil: .label(format.label(ofFrame: 0))
            }
        return try SessionTimecode(format: format, start: start, epoch: epoch)
    }
}
