// What a value from outside may be. Each reader of a datagram, a file, a socket, an argument or a C struct checks
// against these ranges before it makes an instant or a length of it, and refuses what lies beyond by name.
//
// The ends leave room in an `Int64` of nanoseconds (1677 to 2262): 2200-01-01 and a day of stated error still fit.

/// The ranges of values from outside.
public enum AdmittedRange {
    /// UTC, in nanoseconds since 1970: 1970-01-01 to 2200-01-01, both included.
    public static let utcNanoseconds: ClosedRange<Int64> = 0...7_258_118_400_000_000_000

    /// How far two clocks may be apart, in nanoseconds, either way: the 230 years between the ends of `utcNanoseconds`.
    public static let offsetNanoseconds: ClosedRange<Int64> =
        -utcNanoseconds.upperBound...utcNanoseconds.upperBound

    /// The greatest length of time that a user, a file or a program may give: 100 years of 365.25 days.
    public static let longestDuration = Nanoseconds(3_155_760_000_000_000_000)
    /// The same, as it is written in files and on the command line.
    public static let longestDurationText = "876600h (100 years)"

    /// How far a host's UTC may be off true UTC by its operator's word: 0 to 1 h, in nanoseconds.
    public static let configuredErrorNanoseconds: ClosedRange<Int64> = 0...3_600_000_000_000

    /// The same by a peer's word: 0 to a day, in nanoseconds. More than any operator may give, for it grows with
    /// the age of what it rests on.
    public static let statedErrorNanoseconds: ClosedRange<Int64> = 0...86_400_000_000_000

    /// Counts in files: exact in every reader of JSON, and 2⁵³ of them still sum up.
    public static let count: ClosedRange<Int64> = 0...(1 << 53)

    /// The years of `utcNanoseconds`, for messages.
    public static let utcText = "1970-01-01 to 2200-01-01"
}

extension UTCInstant {
    /// Whether a clock that shows this may be believed at all: 1970-01-01 to 2200-01-01.
    public var isAdmitted: Bool { AdmittedRange.utcNanoseconds.contains(nanoseconds) }

    /// An instant that somebody else states.
    ///
    /// - Returns: `nil` outside 1970-01-01 to 2200-01-01.
    public init?(admitting nanoseconds: Int64) {
        guard AdmittedRange.utcNanoseconds.contains(nanoseconds) else { return nil }
        self.init(nanoseconds: nanoseconds)
    }

    /// The instant that `text` from a file or a command line spells, as `init(parsing:)` reads it.
    ///
    /// - Throws: `CivilTimeError.instant`; `.instantBeyond` outside 1970-01-01 to 2200-01-01.
    public init(admitting text: String) throws(CivilTimeError) {
        let instant = try UTCInstant(parsing: text)
        guard instant.isAdmitted else { throw .instantBeyond(text) }
        self = instant
    }
}

extension Nanoseconds {
    /// A length that somebody else states.
    ///
    /// - Returns: `nil` beyond 100 years either way.
    public init?(admitting count: Int64) {
        guard Nanoseconds(count).magnitude <= AdmittedRange.longestDuration else { return nil }
        self.init(count)
    }
}
