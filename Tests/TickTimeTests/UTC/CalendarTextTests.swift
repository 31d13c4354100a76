import Foundation
import TestSupport
import Testing
import TickTime

@Suite("UTC as text")
struct CalendarTextTests {
    @Test(
        "instants that are known",
        arguments: [
            (0, "1970-01-01T00:00:00.000000000Z"), (-1, "1969-12-31T23:59:59.999999999Z"),
            (1_795_221_067_123_456_789, "2026-11-21T00:31:07.123456789Z"),
            (951_782_400_000_000_000, "2000-02-29T00:00:00.000000000Z"),
            (.max, "2262-04-11T23:47:16.854775807Z"), (.min, "1677-09-21T00:12:43.145224192Z"),
        ] as [(Int64, String)])
    func known(nanoseconds: Int64, text: String) {
        #expect(UTCInstant(nanoseconds: nanoseconds).iso8601 == text)
    }

    @Test("every day from 1678 to 2262 has the date that Foundation gives it")
    func everyDay() throws {
        let formatter = ISO8601DateFormatter()
        var mismatches: [String] = []
        for day in Int64(-106_650)...106_750 {
            let second = day * 86_400 + abs(day * 7_919) % 86_400
            let text = UTCInstant(nanoseconds: second * 1_000_000_000 + 5).iso8601
            let expected = formatter.string(from: Date(timeIntervalSince1970: Double(second)))
            if text != expected.replacing("Z", with: ".000000005Z") { mismatches.append(text) }
        }
        #expect(mismatches.isEmpty, "\(mismatches.prefix(5))")
    }
}
