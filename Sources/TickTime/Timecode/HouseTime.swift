// House time: the label of a frame by the instant at which the frame falls (SMPTE ST 2059-1, 9.3).
//
// Labels and days differ in length. A day of drop-frame labels at 29.97 is 86.4 ms shorter than a day, a day of
// non-drop labels 86.4 s longer. So once a day, at the jam (a stated local time), the labels are set again. The first
// frame at or after the jam has the jam's time of day, and each later frame has the next label:
//
//     frame       …  f−2       f−1  │  f = first at or after the jam   f+1 …
//     drop-frame  …  00:00:00;00    │  00:00:00;00                     00:00:00;01     repeats two or three
//
// The label depends only on the frame's instant. With P = 10⁹·den/num ns, E the UTC of tick 0, in whole nanoseconds,
// and J the last jam at or before the frame,
//
//     t(n) = E + ⌊n·P + ½⌋                    the instant of tick n, as deadlines are rounded
//     J(n) = the last instant jam + k·24 h − offset that is ≤ t(n)
//     label(n) = label of frame number(jam) + n − f,   f = ⌈(J − E − ½) / P⌉, the first tick with t(f) ≥ J
//     n − f = ⌊(E + n·P + ½ − J) / P⌋
//
// The last line shows why the start of a session does not matter: the time since the jam is divided into cells of one
// frame, and every frame whose instant lies in cell k has label k. So two grids that differ in phase by less than a
// frame have the same label in each cell. Right after a jam both show the jam's label on their first frame.
//
// What can go wrong: an epoch on an alignment point is that point rounded to a whole nanosecond. So at 24 fps, a
// frame exactly on a jam computes to a third of a nanosecond before or after it, depending on the start of the
// session. Deadlines are rounded to the nearest nanosecond, and the same half nanosecond puts such a frame on the jam
// for every session. Frames of a grid that do not fall on a jam are at least 1/num seconds (8 µs at 119.88) away from
// it.
//
// Without a stated jam, labels are set again at each local midnight. Otherwise a session that began yesterday and one
// that began today would differ.
//
// DST: the offset is a constant of the session. A change of the local clock takes effect with a successor that has
// the new offset. Leap seconds: t(n) is counted from the epoch, so after a leap second a running session's labels and
// grid are one second off the house's clock until a successor takes the new UTC. At the seam, one second of labels is
// then repeated or skipped.

/// House time at a rate: from the instant of tick 0 and a tick's number to its label, and back.
///
/// Every house time label, in plans, runs, reports, journals and C, is computed here.
public struct HouseTime: Hashable, Sendable, BitwiseCopyable {
    public let format: TimecodeFormat
    /// How far the house's clock is ahead of UTC.
    public let offset: UTCOffset
    /// The local time at which labels are set again every day: the stated jam, or midnight.
    public let jam: TimeOfDay
    /// The number of the label that a jam sets.
    let jamFrame: Int64

    /// A day in nanoseconds.
    static var day: Int64 { 86_400_000_000_000 }

    /// - Parameter dailyJam: local time of the daily jam; `nil` for local midnight.
    public init(format: TimecodeFormat, offset: UTCOffset = .utc, dailyJam: TimeOfDay? = nil) {
        self.format = format
        self.offset = offset
        jam = dailyJam ?? .midnight
        jamFrame = format.frame(ofTime: jam)
    }

    /// The label of tick `tick` of a session whose tick 0 falls on `epoch`. Every tick has a label, also ticks below
    /// 0.
    ///
    /// - Complexity: O(1), without allocation, so a handler may call it.
    #if !DEBUG
        @_noAllocation @_noLocks
    #endif
    public func label(ofTick tick: Int64, epoch: UTCInstant) -> Timecode {
        let first = firstTick(ofDay: day(ofTick: tick, epoch: epoch), epoch: epoch)
        return format.label(ofFrame: Int64(truncatingIfNeeded: Int128(tick) - first), startingAt: jamFrame)
    }

    /// The ticks that have `label` between the jam at or before tick `tick` and the next jam: none, one, or two where
    /// the day's last labels repeat its first. The inverse of `label(ofTick:epoch:)`; it also returns ticks below 0.
    ///
    /// - Throws: as `TimecodeFormat.frame(of:)`, for a label that does not exist in the format.
    public func ticks(
        bearing label: Timecode, inDayOfTick tick: Int64, epoch: UTCInstant
    ) throws(TimecodeError) -> [Int64] {
        let frame = try format.frame(of: label)
        var distance = frame - jamFrame
        if distance < 0 { distance += format.framesPerDay }
        let day = day(ofTick: tick, epoch: epoch)
        let (first, next) = (firstTick(ofDay: day, epoch: epoch), firstTick(ofDay: day + 1, epoch: epoch))
        return [first + Int128(distance), first + Int128(distance) + Int128(format.framesPerDay)].compactMap { found in
            found < next ? Int64(exactly: found) : nil
        }
    }

    /// The last jam at or before tick `tick`. Jams are numbered by days since 1970.
    func day(ofTick tick: Int64, epoch: UTCInstant) -> Int64 {
        let (numerator, period) = grid
        let rounded = FrameRate.quotientRoundedDown(2 * Int128(tick) * period + numerator, 2 * numerator)
        let sinceJam = Int128(epoch.nanoseconds) + rounded - jamOfFirstDay
        return Int64(truncatingIfNeeded: FrameRate.quotientRoundedDown(sinceJam, Int128(Self.day)))
    }

    /// The first tick at or after the jam of `day`; negative for a jam before the epoch.
    func firstTick(ofDay day: Int64, epoch: UTCInstant) -> Int128 {
        let (numerator, period) = grid
        let distance = jamInstant(ofDay: day) - Int128(epoch.nanoseconds)
        // ⌈x / y⌉ = −⌊−x / y⌋.
        return -FrameRate.quotientRoundedDown((1 - 2 * distance) * numerator, 2 * period)
    }

    /// The jam of `day` in nanoseconds of UTC.
    func jamInstant(ofDay day: Int64) -> Int128 { Int128(day) * Int128(Self.day) + jamOfFirstDay }

    /// The jam of 1970-01-01 in local time.
    private var jamOfFirstDay: Int128 {
        Int128(jam.secondsSinceMidnight) * 1_000_000_000 - Int128(offset.nanoseconds)
    }

    /// A frame takes period / numerator nanoseconds.
    private var grid: (numerator: Int128, period: Int128) {
        (Int128(format.rate.numerator), Int128(format.rate.nanosecondsTimesDenominator))
    }
}

extension TimecodeFormat {
    /// The number of the label of a time of day: frame 0 of its second, or the next label that exists if drop-frame
    /// leaves that one out.
    func frame(ofTime time: TimeOfDay) -> Int64 { frame(ofSecond: Int64(time.secondsSinceMidnight), frames: 0) }

    /// The number of the label `frames` frames into a second of the day, or of the next label that exists.
    ///
    /// - Parameters:
    ///   - second: 0 ..< 86 400.
    ///   - frames: 0 ..< the nominal frames a second.
    func frame(ofSecond second: Int64, frames: Int64) -> Int64 {
        let minute = second / 60
        let isDropped = minute % 10 != 0 && second % 60 == 0 && frames < droppedPerMinute
        let number = second * nominalFramesPerSecond + (isDropped ? droppedPerMinute : frames)
        return number - droppedPerMinute * (minute - minute / 10)
    }
}
