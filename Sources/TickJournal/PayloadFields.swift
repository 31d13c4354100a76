// Values that many payloads hold. Each has a range, so that nothing that is read can overflow what is
// computed from it: UTC from 1970 to 2116, other instants and lengths up to 36 years.

import ClockView
import TickTime

extension CBORMapWriter {
    mutating func key(_ key: StaticString, _ instant: MonotonicInstant) { self.key(key, instant.nanoseconds) }
    mutating func key(_ key: StaticString, _ instant: UTCInstant) { self.key(key, instant.nanoseconds) }
    mutating func key(_ key: StaticString, _ length: Nanoseconds) { self.key(key, length.count) }
}

extension CBORMapReader {
    private static var utcLimit: Int64 { 1 << 62 }
    private static var limit: Int64 { 1 << 60 }

    private mutating func integer(
        _ key: StaticString, in range: Range<Int64>
    ) throws(CBORError) -> Int64 {
        try require(key)
        return try integer(of: key, in: range)
    }

    private mutating func integer(
        of key: StaticString, in range: Range<Int64>
    ) throws(CBORError) -> Int64 {
        let start = position
        let value = try readInteger()
        guard range.contains(value) else { throw CBORError(.outOfRange("\(key)"), at: start) }
        return value
    }

    mutating func utc(_ key: StaticString) throws(CBORError) -> UTCInstant {
        UTCInstant(nanoseconds: try integer(key, in: 0..<Self.utcLimit))
    }

    mutating func monotonic(_ key: StaticString) throws(CBORError) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: try integer(key, in: -Self.limit..<Self.limit))
    }

    /// Of either sign.
    mutating func difference(_ key: StaticString) throws(CBORError) -> Nanoseconds {
        Nanoseconds(try integer(key, in: -Self.utcLimit..<Self.utcLimit))
    }

    mutating func differenceIfAny(_ key: StaticString) throws(CBORError) -> Nanoseconds? {
        try has(key) ? Nanoseconds(try integer(of: key, in: -Self.utcLimit..<Self.utcLimit)) : nil
    }

    /// Not negative.
    mutating func length(_ key: StaticString) throws(CBORError) -> Nanoseconds {
        Nanoseconds(try integer(key, in: 0..<Self.limit))
    }

    mutating func lengthIfAny(_ key: StaticString) throws(CBORError) -> Nanoseconds? {
        try has(key) ? Nanoseconds(try integer(of: key, in: 0..<Self.limit)) : nil
    }

    mutating func utcIfAny(_ key: StaticString) throws(CBORError) -> UTCInstant? {
        try has(key) ? UTCInstant(nanoseconds: try integer(of: key, in: 0..<Self.utcLimit)) : nil
    }

    /// The number of a session.
    mutating func session(_ key: StaticString = "session") throws(CBORError) -> Int32 {
        Int32(try integer(key, in: 0..<Int64(Int32.max)))
    }

    mutating func sessionIfAny(_ key: StaticString) throws(CBORError) -> Int32? {
        try has(key) ? Int32(try integer(of: key, in: 0..<Int64(Int32.max))) : nil
    }

    mutating func count(_ key: StaticString) throws(CBORError) -> Int64 { try integer(key, in: 0..<Int64.max) }

    mutating func countIfAny(_ key: StaticString) throws(CBORError) -> Int64? {
        try has(key) ? try integer(of: key, in: 0..<Int64.max) : nil
    }

    /// 0 if it is left out.
    mutating func countOrZero(_ key: StaticString) throws(CBORError) -> Int64 {
        guard try has(key) else { return 0 }
        let start = position
        let value = try integer(of: key, in: 0..<Int64.max)
        if value == 0 { throw CBORError(.statedDefault("\(key)"), at: start) }
        return value
    }
}
