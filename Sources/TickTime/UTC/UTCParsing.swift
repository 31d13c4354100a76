// Instants of UTC as RFC 3339 spells them: the inverse of `iso8601`, by days_from_civil of the same paper
// (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").

extension UTCInstant {
    /// The instant that `text` spells: `2026-11-21T06:00:00Z`, with up to nine decimals of a second.
    ///
    /// Years 1678 to 2261. Only `Z` is accepted, so that each instant has one spelling. A leap second (`:60`) does
    /// not exist in POSIX time and is refused.
    ///
    /// - Throws: `CivilTimeError.instant`.
    public init(parsing text: String) throws(CivilTimeError) {
        let bytes = Array(text.utf8)
        guard
            bytes.count >= 20, bytes.last == UInt8(ascii: "Z"),
            let fields = digitFields(String(text.prefix(19)), "dddd-dd-ddTdd:dd:dd"),
            (1678...2261).contains(fields[0]), (1...12).contains(fields[1]), fields[2] >= 1,
            fields[2] <= Self.days(inMonth: fields[1], of: fields[0]),
            fields[3] < 24, fields[4] < 60, fields[5] < 60,
            let fraction = Self.fraction(bytes[19..<(bytes.count - 1)])
        else { throw .instant(text) }
        let day = Self.day(year: Int64(fields[0]), month: Int64(fields[1]), day: Int64(fields[2]))
        let second = Int64((fields[3] * 60 + fields[4]) * 60 + fields[5])
        self.init(nanoseconds: (day * 86_400 + second) * 1_000_000_000 + fraction)
    }

    /// Nanoseconds of `.123`; 0 for an empty text.
    private static func fraction(_ bytes: ArraySlice<UInt8>) -> Int64? {
        guard let point = bytes.first else { return 0 }
        let digits = bytes.dropFirst()
        guard point == UInt8(ascii: "."), (1...9).contains(digits.count) else { return nil }
        var value: Int64 = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            value = value * 10 + Int64(digit - UInt8(ascii: "0"))
        }
        for _ in digits.count..<9 { value *= 10 }
        return value
    }

    private static func days(inMonth month: Int, of year: Int) -> Int {
        if month == 2 { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28 }
        return [4, 6, 9, 11].contains(month) ? 30 : 31
    }

    /// Days from 1970-01-01, for years after 0.
    private static func day(year: Int64, month: Int64, day: Int64) -> Int64 {
        let yearFromMarch = month <= 2 ? year - 1 : year
        let (era, yearOfEra) = (yearFromMarch / 400, yearFromMarch % 400)
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }
}

/// The numbers in a text of exactly the form `pattern`; each run of `d` in the pattern matches the same number of
/// digits.
func digitFields(_ text: String, _ pattern: String) -> [Int]? {
    let (bytes, form) = (Array(text.utf8), Array(pattern.utf8))
    guard bytes.count == form.count else { return nil }
    var fields: [Int] = []
    var isInField = false
    for (byte, wanted) in zip(bytes, form) {
        if wanted == UInt8(ascii: "d") {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            if !isInField { fields.append(0) }
            fields[fields.count - 1] = fields[fields.count - 1] * 10 + Int(byte - UInt8(ascii: "0"))
            isInField = true
        } else {
            guard byte == wanted else { return nil }
            isInField = false
        }
    }
    return fields
}
