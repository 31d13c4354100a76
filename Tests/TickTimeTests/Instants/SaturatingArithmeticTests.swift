import Testing

@testable import TickTime

@Suite("Arithmetic on values from outside")
struct SaturatingArithmeticTests {
    private static let ends: [Int64] = [.min, .min + 1, -1, 0, 1, .max - 1, .max]

    /// The result in 128 bits, cut to the range.
    private static func cut(_ value: Int128) -> Int64 { Int64(clamping: value) }

    @Test("sums, differences and multiples stop at the ends of the range, and are exact within it")
    func lengths() {
        for a in Self.ends {
            for b in Self.ends {
                let (x, y) = (Nanoseconds(a), Nanoseconds(b))
                #expect((x +| y).count == Self.cut(Int128(a) + Int128(b)))
                #expect((x -| y).count == Self.cut(Int128(a) - Int128(b)))
                #expect(x.saturatingTimes(b).count == Self.cut(Int128(a) * Int128(b)))
            }
        }
    }

    @Test("an instant moved beyond its clock's range is the end of the range; so is the distance of two instants")
    func instants() {
        for a in Self.ends {
            for b in Self.ends {
                let (x, y) = (UTCInstant(nanoseconds: a), UTCInstant(nanoseconds: b))
                #expect((x +| Nanoseconds(b)).nanoseconds == Self.cut(Int128(a) + Int128(b)))
                #expect((x -| Nanoseconds(b)).nanoseconds == Self.cut(Int128(a) - Int128(b)))
                #expect((x -| y).count == Self.cut(Int128(a) - Int128(b)))
            }
        }
    }

    @Test("the magnitude of the least length is the greatest one, not a trap")
    func magnitude() {
        for count in Self.ends { #expect(Nanoseconds(count).magnitude.count == Self.cut(abs(Int128(count)))) }
    }
}

@Suite("What is admitted from outside")
struct AdmittedRangeTests {
    @Test("UTC is admitted from 1970-01-01 to 2200-01-01, both included, as a number and as a text")
    func utc() throws {
        let last = try UTCInstant(parsing: "2200-01-01T00:00:00Z")
        #expect(last.nanoseconds == AdmittedRange.utcNanoseconds.upperBound)
        for nanoseconds in [0, 1, last.nanoseconds] {
            #expect(UTCInstant(admitting: nanoseconds)?.nanoseconds == nanoseconds)
        }
        for nanoseconds in [Int64.min, -1, last.nanoseconds + 1, .max] {
            #expect(UTCInstant(admitting: nanoseconds) == nil)
        }
        #expect(try UTCInstant(admitting: "2200-01-01T00:00:00Z") == last)
        for text in ["1969-12-31T23:59:59Z", "2200-01-01T00:00:00.000000001Z", "2261-01-01T00:00:00Z"] {
            let error = #expect(throws: CivilTimeError.self) { try UTCInstant(admitting: text) }
            #expect(error == .instantBeyond(text) && error?.description.contains("1970-01-01 to 2200-01-01") == true)
        }
        #expect(throws: CivilTimeError.instant("soon")) { try UTCInstant(admitting: "soon") }
    }

    @Test("a length is admitted up to 100 years either way")
    func lengths() {
        let limit = AdmittedRange.longestDuration.count
        for count in [-limit, 0, limit] { #expect(Nanoseconds(admitting: count)?.count == count) }
        for count in [Int64.min, -limit - 1, limit + 1, .max] { #expect(Nanoseconds(admitting: count) == nil) }
    }
}
