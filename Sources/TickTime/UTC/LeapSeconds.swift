// TAI − UTC since 1972, from the built-in table or from a `leap-seconds.list`.
//
// UTC follows the rotation of the Earth by inserted whole seconds (ITU-R TF.460-6); TAI does not. POSIX time counts
// no leap seconds, so at each insertion it repeats a second, and a table of (instant, TAI − UTC from that instant on)
// relates the two. The built-in table is from IERS Bulletin C.
//
// What can go wrong: the leap second itself, 23:59:60, has no POSIX time. In a conversion from TAI it reads as
// 00:00:00 of the next day, which then comes a second time. In a conversion from UTC, that second counts as the later
// of the two. And a table lacks every leap second that is announced after it was made, so a list has an expiry. The
// rows of an expired list stay true.

/// TAI − UTC as a function of time.
public struct LeapSecondTable: Hashable, Sendable {
    /// TAI − UTC from one instant on.
    public struct Entry: Hashable, Sendable, BitwiseCopyable {
        /// Seconds of POSIX UTC from which the offset holds.
        public let utcSeconds: Int64
        /// TAI − UTC in seconds.
        public let offset: Int64
    }

    /// In ascending order; never empty.
    public let entries: [Entry]
    /// When the list was last updated; `nil` if it does not state this.
    public let updated: UTCInstant?
    /// The instant from which the list may lack a leap second. `nil` for the built-in table, which has no guarantee
    /// beyond its last entry.
    public let expires: UTCInstant?

    /// - Precondition: `entries` is not empty, and in ascending order.
    init(entries: [Entry], updated: UTCInstant?, expires: UTCInstant?) {
        precondition(!entries.isEmpty, "a table of leap seconds has at least one entry")
        self.entries = entries
        self.updated = updated
        self.expires = expires
    }

    /// Every leap second up to that of 2017-01-01. Since then TAI − UTC is 37 s.
    public static let builtIn = LeapSecondTable(
        entries: [
            (63_072_000, 10),  // 1972-01-01
            (78_796_800, 11),  // 1972-07-01
            (94_694_400, 12),  // 1973-01-01
            (126_230_400, 13),  // 1974-01-01
            (157_766_400, 14),  // 1975-01-01
            (189_302_400, 15),  // 1976-01-01
            (220_924_800, 16),  // 1977-01-01
            (252_460_800, 17),  // 1978-01-01
            (283_996_800, 18),  // 1979-01-01
            (315_532_800, 19),  // 1980-01-01
            (362_793_600, 20),  // 1981-07-01
            (394_329_600, 21),  // 1982-07-01
            (425_865_600, 22),  // 1983-07-01
            (489_024_000, 23),  // 1985-07-01
            (567_993_600, 24),  // 1988-01-01
            (631_152_000, 25),  // 1990-01-01
            (662_688_000, 26),  // 1991-01-01
            (709_948_800, 27),  // 1992-07-01
            (741_484_800, 28),  // 1993-07-01
            (773_020_800, 29),  // 1994-07-01
            (820_454_400, 30),  // 1996-01-01
            (867_715_200, 31),  // 1997-07-01
            (915_148_800, 32),  // 1999-01-01
            (1_136_073_600, 33),  // 2006-01-01
            (1_230_768_000, 34),  // 2009-01-01
            (1_341_100_800, 35),  // 2012-07-01
            (1_435_708_800, 36),  // 2015-07-01
            (1_483_228_800, 37),  // 2017-01-01
        ].map(Entry.init),
        updated: nil, expires: nil)

    /// Whether the list may lack an announced leap second at `utc`.
    public func isExpired(at utc: UTCInstant) -> Bool { expires.map { utc >= $0 } ?? false }

    /// TAI − UTC in whole seconds at `utc`.
    ///
    /// Before the first entry (1972-01-01) its offset, 10 s, is used. UTC was then adjusted by fractions of a second
    /// and by a change of rate, which POSIX time cannot express; in 1970 the true difference was about 8 s.
    public func offset(at utc: UTCInstant) -> Int64 {
        offset { utc.nanoseconds >= $0.utcNanoseconds }
    }

    /// The TAI instant of a UTC instant.
    ///
    /// - Throws: `TickTimeError.instantOutOfRange` within a minute of the end of the range.
    public func tai(from utc: UTCInstant) throws(TickTimeError) -> TAIInstant {
        TAIInstant(nanoseconds: try utc.nanoseconds.adding(seconds: offset(at: utc)))
    }

    /// The POSIX UTC of a TAI instant. A leap second, 23:59:60, gives the second after it.
    ///
    /// - Throws: `TickTimeError.instantOutOfRange` within a minute of the start of the range.
    public func utc(from tai: TAIInstant) throws(TickTimeError) -> UTCInstant {
        let offset = offset { tai.nanoseconds >= $0.utcNanoseconds + $0.offset * 1_000_000_000 }
        return UTCInstant(nanoseconds: try tai.nanoseconds.adding(seconds: -offset))
    }

    /// The offset of the last entry that has begun, or of the first entry.
    private func offset(where hasBegun: (Entry) -> Bool) -> Int64 {
        (entries.last(where: hasBegun) ?? entries[0]).offset
    }
}

extension LeapSecondTable.Entry {
    fileprivate var utcNanoseconds: Int64 { utcSeconds * 1_000_000_000 }
}

extension Int64 {
    /// Nanoseconds, and whole seconds added to them.
    func adding(seconds: Int64) throws(TickTimeError) -> Int64 {
        let (length, tooLong) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, overflow) = addingReportingOverflow(length)
        guard !tooLong, !overflow else { throw .instantOutOfRange(nanoseconds: self) }
        return sum
    }
}

extension TAIOffset {
    /// TAI − UTC at `utc` from the best available source: the kernel's offset if it is set, else a list that has
    /// not expired, else the one with the latest row of the expired lists and the built-in table.
    ///
    /// A list expires because it may lack a leap second that was announced since. Its rows stay true. So an expired
    /// list is used if it contains a later leap second than the built-in table; the source is then
    /// `.expiredLeapSecondsList`.
    ///
    /// - Parameters:
    ///   - kernelSeconds: the kernel's TAI offset in seconds; it is 0 until a time daemon sets it.
    ///   - lists: each `leap-seconds.list` of the system that could be read, the preferred one first.
    public static func best(kernelSeconds: Int64, lists: [LeapSecondTable], at utc: UTCInstant) -> TAIOffset {
        if kernelSeconds != 0 { return TAIOffset(seconds: kernelSeconds, source: .kernel) }
        if let list = lists.first(where: { !$0.isExpired(at: utc) }) {
            return TAIOffset(seconds: list.offset(at: utc), source: .leapSecondsList)
        }
        let builtIn = LeapSecondTable.builtIn
        if let newest = lists.max(by: { $0.lastLeap < $1.lastLeap }), newest.lastLeap > builtIn.lastLeap {
            return TAIOffset(seconds: newest.offset(at: utc), source: .expiredLeapSecondsList)
        }
        return TAIOffset(seconds: builtIn.offset(at: utc), source: .builtIn)
    }
}

extension TAIOffset {
    /// TAI − UTC in seconds at `utc`, where this is the offset at `now`: less the leap seconds between the two.
    ///
    /// - Parameter table: the leap seconds.
    public func seconds(at utc: UTCInstant, now: UTCInstant, by table: LeapSecondTable) -> Int64 {
        seconds.saturatingSum(table.offset(at: utc).saturatingDifference(table.offset(at: now)))
    }

    /// The TAI instant of `utc`, where this is the offset at `now`.
    ///
    /// - Throws: `TickTimeError.instantOutOfRange` at the end of the range.
    public func tai(
        from utc: UTCInstant, now: UTCInstant, by table: LeapSecondTable
    ) throws(TickTimeError) -> TAIInstant {
        TAIInstant(nanoseconds: try utc.nanoseconds.adding(seconds: seconds(at: utc, now: now, by: table)))
    }

    /// Where this offset puts an instant of TAI on UTC. For an instant before a leap second this is not the UTC of that
    /// day. It is the UTC of today, continued back to that instant.
    ///
    /// - Throws: `TickTimeError.instantOutOfRange` at the end of the range.
    public func utc(of tai: TAIInstant) throws(TickTimeError) -> UTCInstant {
        UTCInstant(nanoseconds: try tai.nanoseconds.adding(seconds: Int64(0).saturatingDifference(seconds)))
    }
}

extension LeapSecondTable {
    /// The table that knows the latest leap second; the built-in one if no list knows a later one.
    package static func latest(of lists: [LeapSecondTable]) -> LeapSecondTable {
        lists.reduce(builtIn) { $1.lastLeap > $0.lastLeap ? $1 : $0 }
    }
}

extension LeapSecondTable {
    /// POSIX seconds of the last row.
    fileprivate var lastLeap: Int64 { entries[entries.count - 1].utcSeconds }
}
