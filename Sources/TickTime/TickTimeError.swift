/// Inputs that exact tick arithmetic refuses. It never wraps, clamps or rounds such a value instead.
public enum TickTimeError: Error, Hashable, Sendable {
    /// Ticks are counted from 0.
    case negativeTick(Int64)
    /// The deadline lies beyond `Int64.max` nanoseconds of the monotonic clock.
    case deadlineOutOfRange(tick: Int64, rate: FrameRate)
    /// A media clock of 0 Hz has no timestamps.
    case zeroClockRate
    /// The media timestamp exceeds `Int64.max`.
    case mediaTimestampOutOfRange(tick: Int64, clockRate: UInt32)
    /// The instant cannot be converted to another time scale, or moved to an epoch, within `Int64`
    /// nanoseconds.
    case instantOutOfRange(nanoseconds: Int64)
    /// The alignment point lies outside the `Int64` nanoseconds of TAI.
    case alignmentPointOutOfRange(index: Int64, rate: FrameRate)
    /// An ST 2059-1 alignment point is an instant of TAI, and no TAI − UTC was given.
    case alignmentNeedsTAIOffset
    /// A tick of a given grid lies outside 1970-01-01 to 2200-01-01, in nanoseconds of TAI.
    case gridInstantOutOfRange(tick: Int64, nanoseconds: Int64)
    /// The bound of a grid's phase is not 0 to a day.
    case gridBoundOutOfRange(nanoseconds: Int64)
}

extension TickTimeError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .negativeTick(let tick):
            "tick \(tick) is negative; ticks are counted from 0"
        case .deadlineOutOfRange(let tick, let rate):
            "the deadline of tick \(tick) at \(rate) lies past the clock's range of 2^63 - 1 ns (292 years); "
                + "use a lower tick"
        case .zeroClockRate:
            "a media clock of 0 Hz has no timestamps; give its rate in Hz, such as 90000"
        case .mediaTimestampOutOfRange(let tick, let clockRate):
            "the media timestamp of tick \(tick) at \(clockRate) Hz exceeds 2^63 - 1; use a lower tick"
        case .instantOutOfRange(let nanoseconds):
            "\(nanoseconds) ns lies too near the end of a clock's range of 2^63 - 1 ns (years 1677 to 2262) to be "
                + "converted to another time scale; use an instant nearer to 1970"
        case .alignmentPointOutOfRange(let index, let rate):
            "alignment point \(index) at \(rate) lies outside TAI's range of 2^63 - 1 ns (years 1677 to 2262); "
                + "use an instant nearer to 1970"
        case .alignmentNeedsTAIOffset:
            "alignment st2059 needs TAI - UTC; give the kernel's offset, a leap-seconds.list or the built-in table's"
        case .gridInstantOutOfRange(let tick, let nanoseconds):
            "tick \(tick) of the grid would be due at \(nanoseconds) ns of TAI, outside \(AdmittedRange.utcText); "
                + "check the grid's rate, tick and instant"
        case .gridBoundOutOfRange(let nanoseconds):
            "a grid's phase within \(nanoseconds) ns is out of range; give 0 to "
                + "\(AdmittedRange.statedErrorNanoseconds.upperBound) ns (a day)"
        }
    }
}
