// Which label each tick of a session bears: counted from a start label, or house time.
//
// House time is the time of day on the house's clock. Tick 0 bears the time of day of the epoch, frames
// rounded down, and labels are counted on from there. But labels and days part: a day of drop-frame labels
// at 29.97 is 86.4 ms short of a day, one of non-drop labels 86.4 s too long. So once a day, at a stated
// local time, house time is jammed (SMPTE ST 2059-1, daily jam): the first tick that is not before the jam
// instant is set to the label of that time, and the labels that this skips or repeats are reported.
//
//     tick        …  f−2       f−1  │  f = fence(jam)   f+1 …
//     drop-frame  …  00:00:00;00    │  00:00:00;00      00:00:00;01      at midnight, repeating two or three
//
// A tick's UTC is a fraction of nanoseconds. The jams at or before tick n are those with
// n · 10⁹ · den ≥ (jam − epoch) · num, all in whole numbers: their count is one division, and the fence of
// each jam is that of a block that ends there.

/// What label tick 0 bears, and what follows.
public enum TimecodeStart: Hashable, Sendable, BitwiseCopyable {
    /// A label of the format.
    case label(Timecode)
    /// The time of day of the epoch on a clock at `offset`, set anew every day at `dailyJam`, local time;
    /// never, if that is `nil`.
    case timeOfDay(offset: UTCOffset, dailyJam: TimeOfDay?)
}

/// A daily jam, and what it did to the labels.
public struct TimecodeJam: Hashable, Sendable, BitwiseCopyable {
    /// Counted from 1.
    public let number: Int64
    /// The first tick that is not before the jam instant.
    public let tick: Int64
    /// The jam instant.
    public let utc: UTCInstant
    /// The label that the tick would have borne, and the one that it bears.
    public let from: Timecode
    public let to: Timecode
    /// Labels left out between the tick before and this one; 0 if labels are repeated.
    public let labelsSkipped: Int64
    /// Labels borne a second time; 0 if labels are skipped.
    public let labelsRepeated: Int64
}

/// The labels of a session's ticks.
public struct SessionTimecode: Hashable, Sendable, BitwiseCopyable {
    public let format: TimecodeFormat
    public let start: TimecodeStart
    /// UTC at tick 0.
    public let epoch: UTCInstant
    /// The number of tick 0's label, and of the label that each jam sets.
    private let firstFrame: Int64
    private let jamFrame: Int64
    /// From the epoch to the first jam after it; `nil` without a daily jam.
    private let firstJam: Int64?

    private static var day: Int64 { 86_400_000_000_000 }

    /// - Throws: as `TimecodeFormat.frame(of:)`, for a start label that does not exist in the format.
    public init(format: TimecodeFormat, start: TimecodeStart, epoch: UTCInstant) throws(TimecodeError) {
        self.format = format
        self.start = start
        self.epoch = epoch
        switch start {
        case .label(let label):
            firstFrame = try format.frame(of: label)
            (jamFrame, firstJam) = (0, nil)
        case .timeOfDay(let offset, let dailyJam):
            let now = UTCInstant.nanosecondOfDay(epoch, at: offset)
            firstFrame = try format.frame(of: format.label(ofTime: now))
            if let dailyJam {
                let time = Int64(dailyJam.secondsSinceMidnight) * 1_000_000_000
                jamFrame = try format.frame(of: format.label(ofTime: time))
                // A jam at the epoch itself sets the label that tick 0 has anyway: the first is a day later.
                firstJam = time > now ? time - now : time - now + Self.day
            } else {
                (jamFrame, firstJam) = (0, nil)
            }
        }
    }

    /// Labels counted from 00:00:00:00.
    public init(format: TimecodeFormat) {
        self.format = format
        start = .label(format.label(ofFrame: 0))
        epoch = UTCInstant(nanoseconds: 0)
        (firstFrame, jamFrame, firstJam) = (0, 0, nil)
    }

    /// The label of tick `tick`.
    ///
    /// - Complexity: O(1), without allocation: a handler may ask.
    #if !DEBUG
        @_noAllocation @_noLocks
    #endif
    public func label(ofTick tick: Int64) -> Timecode {
        let jams = jamCount(throughTick: tick)
        return jams == 0
            ? format.label(ofFrame: tick, startingAt: firstFrame)
            : format.label(ofFrame: tick - fence(ofJam: jams), startingAt: jamFrame)
    }

    /// How many jams there are up to tick `tick`, its own included. Below a tick a day, several may fall on
    /// one tick: all are counted, and the last sets its label.
    ///
    /// - Complexity: O(1), without allocation.
    public func jamCount(throughTick tick: Int64) -> Int64 {
        guard let firstJam, tick > 0 else { return 0 }
        let (numerator, denominator) = (Int128(format.rate.numerator), Int128(format.rate.denominator))
        let past = Int128(tick) * denominator * 1_000_000_000 - Int128(firstJam) * numerator
        guard past >= 0 else { return 0 }
        return Int64(clamping: past / (Int128(Self.day) * numerator) + 1)
    }

    /// Jam number `number`.
    ///
    /// - Precondition: there is a daily jam, and `number` is at least 1.
    public func jam(_ number: Int64) -> TimecodeJam {
        precondition(number >= 1 && firstJam != nil, "jams are counted from 1, where there are any")
        let tick = fence(ofJam: number)
        let borne = number == 1 ? firstFrame &+ tick : jamFrame &+ (tick - fence(ofJam: number - 1))
        let perDay = format.framesPerDay
        // The shorter way round, in labels.
        var step = (jamFrame - borne) % perDay
        if step < -perDay / 2 { step += perDay }
        if step >= perDay / 2 { step -= perDay }
        return TimecodeJam(
            number: number, tick: tick,
            utc: UTCInstant(nanoseconds: Int64(clamping: Int128(epoch.nanoseconds) + distance(toJam: number))),
            from: format.label(ofFrame: borne), to: format.label(ofFrame: jamFrame), labelsSkipped: max(step, 0),
            labelsRepeated: max(-step, 0))
    }

    private func distance(toJam number: Int64) -> Int128 {
        Int128(firstJam ?? 0) + Int128(number - 1) * Int128(Self.day)
    }

    /// The first tick that is not before the jam.
    private func fence(ofJam number: Int64) -> Int64 {
        let period = Int128(format.rate.denominator) * 1_000_000_000
        return Int64(clamping: (distance(toJam: number) * Int128(format.rate.numerator) + period - 1) / period)
    }
}

extension TimecodeFormat {
    /// The label of a time of day in nanoseconds: frames rounded down, and the next that exists where
    /// drop-frame leaves that one out.
    func label(ofTime nanosecond: Int64) -> Timecode {
        let (second, rest) = nanosecond.quotientAndRemainder(dividingBy: 1_000_000_000)
        let frames = Int128(rest) * Int128(nominalFramesPerSecond) / 1_000_000_000
        return existing(
            Timecode(
                hours: UInt8(second / 3600), minutes: UInt8(second / 60 % 60), seconds: UInt8(second % 60),
                frames: UInt32(frames), isDropFrame: isDropFrame))
    }
}
