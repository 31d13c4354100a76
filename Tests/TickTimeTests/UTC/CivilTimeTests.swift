import TestSupport
import TickTime
import Testing

@Suite("Civil time, read")
struct CivilTimeTests {
    @Test("an instant reads back as it was written, over the whole range")
    func roundTrip() throws {
        let seeds = SeededGenerator()
        print("instants: seed \(seeds.seed)")
        var random = seeds
        for _ in 0..<2_000 {
            let instant = UTCInstant(
                nanoseconds: .random(in: -9_200_000_000_000_000_000...9_200_000_000_000_000_000, using: &random))
            #expect(try UTCInstant(parsing: instant.iso8601) == instant)
        }
        #expect(try UTCInstant(parsing: "1970-01-01T00:00:00Z").nanoseconds == 0)
        #expect(try UTCInstant(parsing: "2024-02-29T12:00:00.5Z").nanoseconds == 1_709_208_000_500_000_000)
    }

    @Test(
        "what is no instant is refused, with the form to write",
        arguments: [
            "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-11-21T24:00:00Z", "2026-11-21T23:59:60Z",
            "2026-11-21T00:00:00", "2026-11-21T00:00:00+01:00", "2026-11-21 00:00:00Z", "2026-11-21T00:00:00.Z",
            "2026-11-21T00:00:00.1234567890Z", "", "Z", "1500-01-01T00:00:00Z", "２026-11-21T00:00:00Z",
        ])
    func notInstants(text: String) {
        #expect(throws: CivilTimeError.instant(text)) { _ = try UTCInstant(parsing: text) }
        #expect("\(CivilTimeError.instant(text))".contains("2026-11-21T06:00:00Z"))
    }

    @Test("times of day and offsets read back; what is none is refused")
    func timesAndOffsets() throws {
        for text in ["00:00:00", "23:59:59", "04:30:05"] { #expect(try TimeOfDay(parsing: text).description == text) }
        for text in ["24:00:00", "1:00:00", "01:60:00", "01:00", "01:00:00Z"] {
            #expect(throws: CivilTimeError.timeOfDay(text)) { _ = try TimeOfDay(parsing: text) }
        }
        for text in ["+01:00", "-05:30", "+14:00", "Z"] { #expect(try UTCOffset(parsing: text).description == text) }
        #expect(try UTCOffset(parsing: "-00:00") == .utc)
        for text in ["+14:01", "01:00", "+1:00", "+01:60", "", "z"] {
            #expect(throws: CivilTimeError.offset(text)) { _ = try UTCOffset(parsing: text) }
        }
    }

    @Test("the same day on a house's clock, where that is another day in UTC")
    func sameDay() throws {
        let instant = try UTCInstant(parsing: "2026-11-21T23:30:00.25Z")
        let offset = try UTCOffset(parsing: "+01:00")
        #expect(instant.timeOfDay(at: offset).description == "00:30:00")
        #expect(instant.sameDay(at: .midnight, offset).iso8601 == "2026-11-21T23:00:00.000000000Z")
        #expect(instant.sameDay(at: .midnight, .utc).iso8601 == "2026-11-21T00:00:00.000000000Z")
        #expect(
            try UTCInstant(parsing: "1969-12-31T01:00:00Z").sameDay(at: TimeOfDay(hours: 23), .utc).nanoseconds
                == -3_600_000_000_000)
    }
}
