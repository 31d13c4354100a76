// Lengths of time as people write them: "10s", "1.5s", "500ms", "24h".
//
// A whole or decimal number directly followed by one unit. With W the digits before the point, F
// the k digits after it (trailing zeros dropped) and u the unit in nanoseconds, the length is
//
//     W · u + F · u / 10ᵏ,
//
// in integers. The text is refused if the division leaves a remainder: "1.5s" is 1 500 000 000 ns,
// "0.5ns" is refused. No floating point takes part. The largest unit, an hour, is 2¹³·3²·5¹¹ ns, so
// more than 13 digits after the point never give a whole number and need not be multiplied.

public import TickTime

/// Why a spelling is not a length of time. Each description names the input and the remedy.
public enum DurationError: Error, Hashable, Sendable {
    /// Not a number followed by a unit (empty, signed, spaced, two units, ...).
    case malformed(spelling: String)
    /// A number without a unit.
    case missingUnit(spelling: String)
    /// A unit other than ns, us, ms, s, m, h.
    case unknownUnit(spelling: String, unit: String)
    /// Finer than a nanosecond.
    case notWholeNanoseconds(spelling: String)
    /// Above `Int64.max` nanoseconds (292 years).
    case tooLong(spelling: String)
    /// Above the greatest length that is taken, 100 years.
    case beyondLongest(spelling: String)
}

extension DurationError: CustomStringConvertible {
    private static let units = "ns, us, ms, s, m or h"

    /// What is wrong with the spelling.
    public var fault: String {
        switch self {
        case .malformed(let spelling): "\(quoted(spelling)) is not a length of time"
        case .missingUnit(let spelling): "\(quoted(spelling)) has no unit"
        case .unknownUnit(let spelling, let unit): "\(quoted(spelling)) ends in \(quoted(unit)), which is not a unit"
        case .notWholeNanoseconds(let spelling): "\(quoted(spelling)) is not a whole number of nanoseconds"
        case .tooLong(let spelling): "\(quoted(spelling)) exceeds 2^63 - 1 ns (292 years)"
        case .beyondLongest(let spelling): "\(quoted(spelling)) is longer than the longest allowed time"
        }
    }

    /// What to write instead.
    public var remedy: String {
        switch self {
        case .malformed: "write a number and its unit (\(Self.units)), such as 10s"
        case .missingUnit(let spelling): "write \(excerpt(spelling))s for seconds, or another of \(Self.units)"
        case .unknownUnit: "use \(Self.units)"
        case .notWholeNanoseconds: "use fewer decimals"
        case .tooLong: "use a shorter time, at most \(AdmittedRange.longestDurationText)"
        case .beyondLongest: "give at most \(AdmittedRange.longestDurationText)"
        }
    }

    public var description: String { "\(fault); \(remedy)" }
}

/// The length of time that `spelling` names, exactly.
///
/// A whole or decimal number and one unit of `ns`, `us`, `ms`, `s`, `m` (minutes), `h`, nothing
/// between or around them: `10s`, `1.5s`, `500ms`, `0.25h`. The result is never negative.
///
/// - Throws: `DurationError`, if it is spelled otherwise, finer than a nanosecond, or over 292 years.
public func parseDuration(_ spelling: String) throws(DurationError) -> Nanoseconds {
    let bytes = Array(spelling.utf8)
    let isDigit = { (byte: UInt8) in (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
    let point = UInt8(ascii: ".")

    let number = bytes.prefix { isDigit($0) || $0 == point }
    let whole = number.prefix(while: isDigit)
    let hasPoint = whole.count < number.count
    let decimals = number.dropFirst(whole.count + 1)
    guard !whole.isEmpty, decimals.allSatisfy(isDigit), hasPoint == !decimals.isEmpty else {
        throw .malformed(spelling: spelling)
    }

    let unitName = String(decoding: bytes[number.count...], as: UTF8.self)
    guard !unitName.isEmpty else { throw .missingUnit(spelling: spelling) }
    guard unitName.utf8.allSatisfy({ !isDigit($0) && $0 > UInt8(ascii: " ") }) else {
        throw .malformed(spelling: spelling)
    }
    let unit: UInt128
    switch unitName {
    case "ns": unit = 1
    case "us": unit = 1_000
    case "ms": unit = 1_000_000
    case "s": unit = 1_000_000_000
    case "m": unit = 60_000_000_000
    case "h": unit = 3_600_000_000_000
    default: throw .unknownUnit(spelling: spelling, unit: unitName)
    }

    let value = { (digits: ArraySlice<UInt8>) in digits.reduce(UInt128(0)) { $0 * 10 + UInt128($1 & 0x0F) } }
    let significant = whole.drop { $0 == UInt8(ascii: "0") }
    guard significant.count <= 19 else { throw .tooLong(spelling: spelling) }
    var fraction = decimals
    while fraction.last == UInt8(ascii: "0") { fraction.removeLast() }
    guard fraction.count <= 13 else { throw .notWholeNanoseconds(spelling: spelling) }

    let scale = fraction.reduce(UInt128(1)) { product, _ in product * 10 }
    let (rest, remainder) = (value(fraction) * unit).quotientAndRemainder(dividingBy: scale)
    guard remainder == 0 else { throw .notWholeNanoseconds(spelling: spelling) }
    guard let count = Int64(exactly: value(significant) * unit + rest) else { throw .tooLong(spelling: spelling) }
    return Nanoseconds(count)
}

/// The length of time that `spelling` on a command line or in a file names: as `parseDuration`, and at most 100
/// years.
///
/// - Throws: `DurationError`.
public func admittedDuration(_ spelling: String) throws(DurationError) -> Nanoseconds {
    let length = try parseDuration(spelling)
    guard length <= AdmittedRange.longestDuration else { throw .beyondLongest(spelling: spelling) }
    return length
}
