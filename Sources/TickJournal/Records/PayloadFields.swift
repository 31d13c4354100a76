// Values that many payloads contain, and the range of each. A journal comes from outside. Its chain shows that it was
// not changed since it was written, but not that a correct program wrote it. So every number is checked against a range
// when it is read, such that later sums stay within an `Int64`:
//
//     UTC                  1970-01-01 … 2200-01-01           7.3 · 10¹⁸ ns
//     monotonic            0 … 2⁶⁰ ns (36 years of uptime)   1.2 · 10¹⁸ ns
//     measured lengths     0 … 2⁶⁰ ns                        1.2 · 10¹⁸ ns
//     planned lengths      0 … 100 years                     3.2 · 10¹⁸ ns
//     differences of UTC   ± 230 years                       7.3 · 10¹⁸ ns
//     tick 0 of a grid     UTC as above, and a day before    7.3 · 10¹⁸ ns
//                          monotonic ± 267 years, and UTC − monotonic −36 … 230 years
//     counts, tick indexes, frames   0 … 2⁵³
//
// So UTC + (monotonic − monotonic), UTC + a measured length and the divergence of UTC from the monotonic clock are
// below 8.5 · 10¹⁸ ns, also for an epoch at tick 0 of a grid, decades before the journal. Planned lengths are only
// compared, or added where the sum is checked (`BlockPlan`).
// Sums of many values (skipped ticks, lost records) saturate where they are made. The index of a tick is checked on
// its session's grid as well (`JournalSurvey`).

import ClockView
import TickTime

extension CBORMapWriter {
    mutating func key(_ key: StaticString, _ instant: MonotonicInstant) { self.key(key, instant.nanoseconds) }
    mutating func key(_ key: StaticString, _ instant: UTCInstant) { self.key(key, instant.nanoseconds) }
    mutating func key(_ key: StaticString, _ length: Nanoseconds) { self.key(key, length.count) }
}

/// The ranges of the values in payloads.
enum PayloadRange {
    /// 1970-01-01 to 2200-01-01.
    static let utc: ClosedRange<Int64> = 0...7_258_118_400_000_000_000
    static let monotonic: ClosedRange<Int64> = 0...(1 << 60)
    /// Measured on a monotonic clock.
    static let length = monotonic
    /// Planned: 100 years of 365.25 days.
    static let duration: ClosedRange<Int64> = 0...3_155_760_000_000_000_000
    /// Tick 0 of a given grid. CLOCK_MONOTONIC is negative where it lies before the host's boot.
    static let gridUTC: ClosedRange<Int64> = SessionEpoch.gridUTCNanoseconds
    static let gridMonotonic: ClosedRange<Int64> =
        -(utc.upperBound + monotonic.upperBound)...(utc.upperBound + monotonic.upperBound)
    /// UTC when the monotonic clock was 0.
    static let utcAtBoot: ClosedRange<Int64> = -monotonic.upperBound...utc.upperBound
    /// From any instant of `utc` to any other.
    static let difference: ClosedRange<Int64> = -utc.upperBound...utc.upperBound
    static let count: ClosedRange<Int64> = 0...(1 << 53)
    static let session: ClosedRange<Int64> = 0...Int64(Int32.max - 1)
    /// The range of a kernel `int`.
    static let kernelNumber: ClosedRange<Int64> = Int64(Int32.min)...Int64(Int32.max)
    static let partsPerBillion: ClosedRange<Int64> = -count.upperBound...count.upperBound
}

extension CBORMapReader {
    mutating func integer(_ key: StaticString, in range: ClosedRange<Int64>) throws(CBORError) -> Int64 {
        try require(key)
        return try integer(of: key, in: range)
    }

    mutating func integerIfAny(_ key: StaticString, in range: ClosedRange<Int64>) throws(CBORError) -> Int64? {
        try has(key) ? try integer(of: key, in: range) : nil
    }

    private mutating func integer(of key: StaticString, in range: ClosedRange<Int64>) throws(CBORError) -> Int64 {
        let start = position
        let value = try readInteger()
        guard range.contains(value) else { throw CBORError(.outOfRange("\(key)"), at: start) }
        return value
    }

    mutating func utc(_ key: StaticString) throws(CBORError) -> UTCInstant {
        UTCInstant(nanoseconds: try integer(key, in: PayloadRange.utc))
    }

    mutating func utcIfAny(_ key: StaticString) throws(CBORError) -> UTCInstant? {
        try integerIfAny(key, in: PayloadRange.utc).map { UTCInstant(nanoseconds: $0) }
    }

    mutating func monotonic(_ key: StaticString) throws(CBORError) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: try integer(key, in: PayloadRange.monotonic))
    }

    /// Positive or negative.
    mutating func difference(_ key: StaticString) throws(CBORError) -> Nanoseconds {
        Nanoseconds(try integer(key, in: PayloadRange.difference))
    }

    mutating func differenceIfAny(_ key: StaticString) throws(CBORError) -> Nanoseconds? {
        try integerIfAny(key, in: PayloadRange.difference).map { Nanoseconds($0) }
    }

    /// A measured length, not negative.
    mutating func length(_ key: StaticString) throws(CBORError) -> Nanoseconds {
        Nanoseconds(try integer(key, in: PayloadRange.length))
    }

    mutating func lengthIfAny(_ key: StaticString) throws(CBORError) -> Nanoseconds? {
        try integerIfAny(key, in: PayloadRange.length).map { Nanoseconds($0) }
    }

    /// A planned length, not negative.
    mutating func duration(_ key: StaticString) throws(CBORError) -> Nanoseconds {
        Nanoseconds(try integer(key, in: PayloadRange.duration))
    }

    mutating func durationIfAny(_ key: StaticString) throws(CBORError) -> Nanoseconds? {
        try integerIfAny(key, in: PayloadRange.duration).map { Nanoseconds($0) }
    }

    /// The number of a session.
    mutating func session(_ key: StaticString = "session") throws(CBORError) -> Int32 {
        Int32(try integer(key, in: PayloadRange.session))
    }

    mutating func sessionIfAny(_ key: StaticString) throws(CBORError) -> Int32? {
        try integerIfAny(key, in: PayloadRange.session).map { Int32($0) }
    }

    mutating func count(_ key: StaticString) throws(CBORError) -> Int64 { try integer(key, in: PayloadRange.count) }

    mutating func countIfAny(_ key: StaticString) throws(CBORError) -> Int64? {
        try integerIfAny(key, in: PayloadRange.count)
    }

    /// 0 if it is left out.
    mutating func countOrZero(_ key: StaticString) throws(CBORError) -> Int64 {
        try integerOrZero(key, in: PayloadRange.count)
    }

    /// 0 if it is left out.
    mutating func durationOrZero(_ key: StaticString) throws(CBORError) -> Nanoseconds {
        Nanoseconds(try integerOrZero(key, in: PayloadRange.duration))
    }

    private mutating func integerOrZero(
        _ key: StaticString, in range: ClosedRange<Int64>
    ) throws(CBORError) -> Int64 {
        guard try has(key) else { return 0 }
        let start = position
        let value = try integer(of: key, in: range)
        if value == 0 { throw CBORError(.statedDefault("\(key)"), at: start) }
        return value
    }
}

extension Int64 {
    /// The sum, or the end of the range that it passed.
    func addingClamped(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other < 0 ? .min : .max) : sum
    }
}
