// The civil date of a day number, in the proleptic Gregorian calendar, after Howard Hinnant,
// "chrono-Compatible Low-Level Date Algorithms" (civil_from_days).
//
// Years begin on 1 March here, so that the leap day is the last day of its year. Days are counted within eras of 400
// years, which all have 146 097 days. Within such a year the months from March begin at day ⌊(153·m + 2) / 5⌋.
//
// What can go wrong: division that rounds towards zero puts instants before 1970 on the wrong day.

extension UTCInstant {
    /// The instant in ISO 8601, always with nine decimals: `2026-11-21T00:31:07.123456789Z`.
    ///
    /// The proleptic Gregorian calendar, years 1677 to 2262, which is the range of the type. POSIX time has no leap
    /// seconds: 23:59:60 reads as 00:00:00 of the next day.
    public var iso8601: String {
        let (second, nanosecond) = Self.dividedRoundingDown(nanoseconds, by: 1_000_000_000)
        let (day, secondOfDay) = Self.dividedRoundingDown(second, by: 86_400)
        let (year, month, dayOfMonth) = Self.civilDate(ofDay: day)
        let date = "\(padded(year, 4))-\(padded(month, 2))-\(padded(dayOfMonth, 2))"
        let time =
            "\(padded(secondOfDay / 3600, 2)):\(padded(secondOfDay / 60 % 60, 2)):\(padded(secondOfDay % 60, 2))"
        return "\(date)T\(time).\(padded(nanosecond, 9))Z"
    }

    /// The civil date of a day counted from 1970-01-01.
    private static func civilDate(ofDay day: Int64) -> (year: Int64, month: Int64, day: Int64) {
        // 719 468 days lie between 0000-03-01 and 1970-01-01.
        let (era, dayOfEra) = dividedRoundingDown(day + 719_468, by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
    }

    /// The quotient rounded towards −∞, and a remainder in 0 ..< divisor.
    private static func dividedRoundingDown(_ value: Int64, by divisor: Int64) -> (Int64, Int64) {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}

/// A number that is not negative, with leading zeros up to `width` digits.
package func padded(_ value: Int64, _ width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}
