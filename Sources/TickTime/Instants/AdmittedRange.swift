// The allowed ranges of values from outside. Each reader of a datagram, a file, a socket, an argument or a C struct
// checks a value against these ranges before it makes an instant or a length from it, and names a value that it
// refuses.
//
// The ends leave room in an `Int64` of nanoseconds (1677 to 2262), enough for 2200-01-01 plus a day of stated error.

/// The ranges of values from outside.
public enum AdmittedRange {
    /// UTC, in nanoseconds since 1970: 1970-01-01 to 2200-01-01, both included.
    public static let utcNanoseconds: ClosedRange<Int64> = 0...7_258_118_400_000_000_000

    /// TAI, in nanoseconds since the SMPTE epoch: `utcNanoseconds`, and an hour more for TAI − UTC.
    public static let taiNanoseconds: ClosedRange<Int64> = 0...(utcNanoseconds.upperBound + 3_600_000_000_000)

    /// How far two clocks may be apart, in nanoseconds, in either direction: the 230 years between the ends of
    /// `utcNanoseconds`.
    public static let offsetNanoseconds: ClosedRange<Int64> =
        -utcNanoseconds.upperBound...utcNanoseconds.upperBound

    /// The greatest length of time that a user, a file or a program may give: 100 years of 365.25 days.
    public static let longestDuration = Nanoseconds(3_155_760_000_000_000_000)
    /// The same limit, as files and the command line spell it.
    public static let longestDurationText = "876600h (100 years)"

    /// How far an operator may say that a host's UTC is off: 0 to 1 h, in nanoseconds.
    public static let configuredErrorNanoseconds: ClosedRange<Int64> = 0...3_600_000_000_000

    /// How far a peer may say that its UTC is off: 0 to a day, in nanoseconds. It is larger than an operator's limit,
    /// because the error grows with the age of the measurement behind it.
    public static let statedErrorNanoseconds: ClosedRange<Int64> = 0...86_400_000_000_000

    /// Counts in files: exact in every reader of JSON.
    public static let count: ClosedRange<Int64> = 0...(1 << 53)

    /// The years of `utcNanoseconds`, for messages.
    public static let utcText = "1970-01-01 to 2200-01-01"
}

extension UTCInstant {
    /// Whether a reading of a clock is plausible: 1970-01-01 to 2200-01-01.
    public var isAdmitted: Bool { AdmittedRange.utcNanoseconds.contains(nanoseconds) }

    /// An instant from outside.
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
    /// A length from outside.
    ///
    /// - Returns: `nil` beyond 100 years in either direction.
    public init?(admitting count: Int64) {
        guard Nanoseconds(count).magnitude <= AdmittedRange.longestDuration else { return nil }
        self.init(count)
    }
}
