/// A time of day on a house's clock, to the second.
public struct TimeOfDay: Hashable, Sendable, BitwiseCopyable {
    /// 0 ..< 86 400.
    public let secondsSinceMidnight: Int32

    public static let midnight = TimeOfDay(unchecked: 0)

    private init(unchecked seconds: Int32) { secondsSinceMidnight = seconds }

    /// - Precondition: `hours` lies in 0 ... 23, `minutes` and `seconds` in 0 ... 59.
    public init(hours: Int, minutes: Int = 0, seconds: Int = 0) {
        precondition(
            (0...23).contains(hours) && (0...59).contains(minutes) && (0...59).contains(seconds),
            "a time of day lies in 00:00:00 ... 23:59:59")
        secondsSinceMidnight = Int32((hours * 60 + minutes) * 60 + seconds)
    }

    /// A time of day from the seconds since midnight.
    ///
    /// - Precondition: `seconds` lies in 0 ..< 86 400.
    public init(secondsSinceMidnight seconds: Int) {
        precondition((0..<86_400).contains(seconds), "a time of day lies in 00:00:00 ... 23:59:59")
        secondsSinceMidnight = Int32(seconds)
    }

    /// The time that `text` spells, `HH:MM:SS`.
    ///
    /// - Throws: `CivilTimeError.timeOfDay`.
    public init(parsing text: String) throws(CivilTimeError) {
        guard
            let fields = digitFields(text, "dd:dd:dd"), fields[0] < 24, fields[1] < 60, fields[2] < 60
        else { throw .timeOfDay(text) }
        self.init(hours: fields[0], minutes: fields[1], seconds: fields[2])
    }
}

/// `HH:MM:SS`.
extension TimeOfDay: CustomStringConvertible {
    public var description: String {
        let seconds = Int64(secondsSinceMidnight)
        return "\(padded(seconds / 3600, 2)):\(padded(seconds / 60 % 60, 2)):\(padded(seconds % 60, 2))"
    }
}

/// How far a house's clock is ahead of UTC.
public struct UTCOffset: Hashable, Sendable, BitwiseCopyable {
    /// −840 ... 840: no place on Earth is farther from UTC than 14 hours.
    public let minutes: Int16

    public static let utc = UTCOffset(unchecked: 0)

    private init(unchecked minutes: Int16) { self.minutes = minutes }

    /// - Precondition: `minutes` lies in −840 ... 840.
    public init(minutes: Int) {
        precondition((-840...840).contains(minutes), "an offset from UTC lies within 14 hours")
        self.minutes = Int16(minutes)
    }

    /// The offset that `text` spells: `+01:00`, `-05:30`, `Z`.
    ///
    /// - Throws: `CivilTimeError.offset`.
    public init(parsing text: String) throws(CivilTimeError) {
        if text == "Z" {
            self = .utc
            return
        }
        guard
            let sign = text.utf8.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"),
            let fields = digitFields(String(text.dropFirst()), "dd:dd"), fields[1] < 60,
            fields[0] * 60 + fields[1] <= 840
        else { throw .offset(text) }
        let minutes = fields[0] * 60 + fields[1]
        self.init(minutes: sign == UInt8(ascii: "-") ? -minutes : minutes)
    }

    var nanoseconds: Int64 { Int64(minutes) * 60_000_000_000 }
}

/// `+01:00`; UTC itself is `Z`.
extension UTCOffset: CustomStringConvertible {
    public var description: String {
        guard minutes != 0 else { return "Z" }
        let size = Int64(minutes.magnitude)
        return "\(minutes < 0 ? "-" : "+")\(padded(size / 60, 2)):\(padded(size % 60, 2))"
    }
}

extension UTCInstant {
    /// The time of day at `offset`, rounded down to the second.
    public func timeOfDay(at offset: UTCOffset) -> TimeOfDay {
        let second = Int(Self.nanosecondOfDay(self, at: offset) / 1_000_000_000)
        return TimeOfDay(hours: second / 3600, minutes: second / 60 % 60, seconds: second % 60)
    }

    /// The instant of `time` on the day that this instant lies in, on a clock at `offset`.
    ///
    /// Near the ends of UTC's range the result is the end of the range.
    public func sameDay(at time: TimeOfDay, _ offset: UTCOffset) -> UTCInstant {
        let ofDay = Int128(Int64(time.secondsSinceMidnight) * 1_000_000_000)
        let instant = Int128(nanoseconds) - Int128(Self.nanosecondOfDay(self, at: offset)) + ofDay
        return UTCInstant(nanoseconds: Int64(clamping: instant))
    }

    /// 0 ..< 86 400 · 10⁹, also before 1970.
    static func nanosecondOfDay(_ instant: UTCInstant, at offset: UTCOffset) -> Int64 {
        let day: Int64 = 86_400_000_000_000
        // Both are first reduced to one day, so that their sum cannot overflow.
        let sum = (instant.nanoseconds % day + offset.nanoseconds) % day
        return sum < 0 ? sum + day : sum
    }
}

/// Why a text is not the expected instant, time or offset.
public enum CivilTimeError: Error, Hashable, Sendable {
    case timeOfDay(String)
    case offset(String)
    case instant(String)
    /// An instant outside the range that is allowed for times from outside.
    case instantBeyond(String)
}

extension CivilTimeError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .timeOfDay(let text): "\(quoted(text)) is not a time of day; write HH:MM:SS, 00:00:00 to 23:59:59"
        case .offset(let text): "\(quoted(text)) is not an offset from UTC; write +HH:MM or -HH:MM up to 14:00, or Z"
        case .instant(let text):
            "\(quoted(text)) is not an instant of UTC between 1678 and 2261; write it as in 2026-11-21T06:00:00Z"
        case .instantBeyond(let text): "\(quoted(text)) is out of range; give an instant from \(AdmittedRange.utcText)"
        }
    }
}
