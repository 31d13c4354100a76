// The label of each tick of a session: counted from a start label, or house time (`HouseTime.swift`).

/// Where a session's labels come from.
public enum TimecodeStart: Hashable, Sendable, BitwiseCopyable {
    /// Tick 0 has this label of the format, and later ticks count on from it.
    case label(Timecode)
    /// House time on a clock `offset` ahead of UTC: labels count from the last daily jam, a local time; from the last
    /// local midnight if `dailyJam` is `nil`. All sessions give one instant the same label, whenever they began.
    case timeOfDay(offset: UTCOffset, dailyJam: TimeOfDay?)
}

/// A daily jam and its effect on the labels.
public struct TimecodeJam: Hashable, Sendable, BitwiseCopyable {
    /// Counted from 1 for the first after tick 0; 0 is the last jam at or before tick 0.
    public let number: Int64
    /// The first tick at or after the jam instant; 0 or below for jam 0.
    public let tick: Int64
    /// The jam instant.
    public let utc: UTCInstant
    /// The label that the tick would have had, and the label that it has.
    public let from: Timecode
    public let to: Timecode
    /// Labels left out between the tick before and this one; 0 if labels are repeated.
    public let labelsSkipped: Int64
    /// Labels that appear a second time; 0 if labels are skipped.
    public let labelsRepeated: Int64
}

/// The labels of a session's ticks.
public struct SessionTimecode: Hashable, Sendable, BitwiseCopyable {
    public let format: TimecodeFormat
    public let start: TimecodeStart
    /// UTC at tick 0.
    public let epoch: UTCInstant
    /// House time, if the labels are the time of day.
    private let house: HouseTime?
    /// The day of the last jam at or before tick 0.
    private let firstDay: Int64
    /// The number of tick 0's label, if labels are counted from it.
    private let firstFrame: Int64?

    /// - Throws: as `TimecodeFormat.frame(of:)`, for a start label that does not exist in the format.
    public init(format: TimecodeFormat, start: TimecodeStart, epoch: UTCInstant) throws(TimecodeError) {
        self.format = format
        self.start = start
        self.epoch = epoch
        switch start {
        case .label(let label):
            firstFrame = try format.frame(of: label)
            (house, firstDay) = (nil, 0)
        case .timeOfDay(let offset, let dailyJam):
            let house = HouseTime(format: format, offset: offset, dailyJam: dailyJam)
            (self.house, firstDay, firstFrame) = (house, house.day(ofTick: 0, epoch: epoch), nil)
        }
    }

    /// Labels counted from 00:00:00:00.
    public init(format: TimecodeFormat) {
        self.format = format
        start = .label(format.label(ofFrame: 0))
        epoch = UTCInstant(nanoseconds: 0)
        (house, firstDay, firstFrame) = (nil, 0, 0)
    }

    /// House time as journals recorded it before `house_time_from` existed: labels count from the epoch's time of
    /// day, rounded
    /// down to a frame, until the first jam.
    package init(format: TimecodeFormat, countedFromEpoch epoch: UTCInstant, offset: UTCOffset, dailyJam: TimeOfDay?) {
        let (second, rest) = UTCInstant.nanosecondOfDay(epoch, at: offset)
            .quotientAndRemainder(dividingBy: 1_000_000_000)
        let frames = Int128(rest) * Int128(format.nominalFramesPerSecond) / 1_000_000_000
        let first = format.frame(ofSecond: second, frames: Int64(frames))
        let house = dailyJam.map { HouseTime(format: format, offset: offset, dailyJam: $0) }
        self.format = format
        self.epoch = epoch
        // Without a jam, only the first label matters.
        start =
            house == nil ? .label(format.label(ofFrame: first)) : .timeOfDay(offset: offset, dailyJam: dailyJam)
        (self.house, firstDay, firstFrame) = (house, house?.day(ofTick: 0, epoch: epoch) ?? 0, first)
    }

    /// The label of tick `tick`.
    ///
    /// - Complexity: O(1), without allocation, so a handler may call it.
    #if !DEBUG
        @_noAllocation @_noLocks
    #endif
    public func label(ofTick tick: Int64) -> Timecode {
        if let firstFrame, jamCount(throughTick: tick) == 0 {
            return format.label(ofFrame: tick, startingAt: firstFrame)
        }
        guard let house else { return format.label(ofFrame: tick) }
        return house.label(ofTick: tick, epoch: epoch)
    }

    /// The ticks that have `label` between the jam at or before tick `tick` and the next jam. If labels are counted
    /// from a start label: the one such tick in the 24 hours of labels around `tick`. The inverse of
    /// `label(ofTick:)`.
    ///
    /// - Throws: as `TimecodeFormat.frame(of:)`, for a label that does not exist in the format.
    public func ticks(bearing label: Timecode, inDayOfTick tick: Int64) throws(TimecodeError) -> [Int64] {
        if let house, firstFrame == nil { return try house.ticks(bearing: label, inDayOfTick: tick, epoch: epoch) }
        let frame = Int128(try format.frame(of: label))
        let (perDay, first) = (Int128(format.framesPerDay), Int128(firstFrame ?? 0))
        let day = FrameRate.quotientRoundedDown(Int128(tick) + first, perDay)
        return Int64(exactly: day * perDay + frame - first).map { [$0] } ?? []
    }

    /// How many jams there are after tick 0, up to and including tick `tick`.
    ///
    /// - Complexity: O(1), without allocation.
    public func jamCount(throughTick tick: Int64) -> Int64 {
        guard let house, tick > 0 else { return 0 }
        return house.day(ofTick: tick, epoch: epoch) - firstDay
    }

    /// Whether tick 0 is the first at or after a jam. The session's labels begin with it, so it counts as a jam only
    /// if a predecessor showed the tick before.
    public var beginsOnJam: Bool { house?.firstTick(ofDay: firstDay, epoch: epoch) == 0 && firstFrame == nil }

    /// Jam number `number`.
    ///
    /// - Precondition: the labels are house time, and `number` is at least 0.
    public func jam(_ number: Int64) -> TimecodeJam {
        guard let house, number >= 0 else { preconditionFailure("only house time has jams, counted from 0") }
        let day = firstDay + number
        let tick = house.firstTick(ofDay: day, epoch: epoch)
        let before: (tick: Int128, frame: Int64) =
            if let firstFrame, number <= 1 { (0, firstFrame) } else {
                (house.firstTick(ofDay: day - 1, epoch: epoch), house.jamFrame)
            }
        let perDay = format.framesPerDay
        let borne = Int64((tick - before.tick + Int128(before.frame)) % Int128(perDay))
        // The shorter way round the 24 hours, in labels.
        var step = (house.jamFrame - borne) % perDay
        if step < -perDay / 2 { step += perDay }
        if step >= perDay / 2 { step -= perDay }
        return TimecodeJam(
            number: number, tick: Int64(clamping: tick),
            utc: UTCInstant(nanoseconds: Int64(clamping: house.jamInstant(ofDay: day))),
            from: format.label(ofFrame: borne), to: format.label(ofFrame: house.jamFrame), labelsSkipped: max(step, 0),
            labelsRepeated: max(-step, 0))
    }
}
