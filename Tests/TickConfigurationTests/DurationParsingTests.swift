import TestSupport
import Testing
import TickTime

@testable import TickConfiguration

@Suite("Parsing lengths of time")
struct DurationParsingTests {
    @Test(
        "a number and its unit name a whole number of nanoseconds",
        arguments: [
            ("1ns", 1), ("250us", 250_000), ("500ms", 500_000_000), ("10s", 10_000_000_000),
            ("2m", 120_000_000_000), ("1h", 3_600_000_000_000), ("24h", 86_400_000_000_000),
            ("1.5s", 1_500_000_000), ("0.001us", 1), ("1.0ns", 1), ("007s", 7_000_000_000), ("0s", 0),
            ("0.25h", 900_000_000_000), ("0.000000001s", 1), ("0.00000000000000000s", 0),
            // An hour is 2^13 times an odd number of nanoseconds, so thirteen decimals can come out whole.
            ("0.0001220703125h", 439_453_125),
            ("9223372036.854775807s", Int64.max), ("9223372036854775807ns", Int64.max),
        ] as [(String, Int64)])
    func exact(spelling: String, nanoseconds: Int64) throws {
        #expect(try parseDuration(spelling) == Nanoseconds(nanoseconds))
    }

    @Test(
        "what is not a number directly followed by one unit is refused as malformed",
        arguments: [
            "", "s", "ms", "-1s", "+1s", " 1s", "1 s", "1s ", ".5s", "1.s", "1..5s", "1.5.5s", "1h30m", "1,5s", "1e3s",
            "\u{0661}s", "NaN", "1_000s", "0x10s",
        ])
    func malformed(spelling: String) {
        let error = #expect(throws: DurationError.self) { try parseDuration(spelling) }
        switch error {
        case .malformed, .unknownUnit: break
        default: Issue.record("\(spelling) gave \(String(describing: error))")
        }
        #expect(error?.description.contains("ns, us, ms, s, m or h") == true)
    }

    @Test("the error for a number without a unit lists the units")
    func missingUnit() {
        let error = #expect(throws: DurationError.missingUnit(spelling: "10")) { try parseDuration("10") }
        #expect(error?.description.contains("write 10s for seconds") == true)
    }

    @Test("units are only accepted in lower case", arguments: ["10S", "10sec", "10min", "10d", "10\u{B5}s"])
    func unknownUnit(spelling: String) {
        let unit = String(spelling.dropFirst(2))
        #expect(throws: DurationError.unknownUnit(spelling: spelling, unit: unit)) { try parseDuration(spelling) }
    }

    @Test(
        "a time finer than a nanosecond is refused, never rounded",
        arguments: ["0.5ns", "1.0000000001s", "0.0000001ms", "0.00000000000001h", "1.00000000000000000000000001s"])
    func notWhole(spelling: String) {
        #expect(throws: DurationError.notWholeNanoseconds(spelling: spelling)) { try parseDuration(spelling) }
    }

    @Test(
        "a time above 2^63 - 1 ns is refused, never wrapped",
        arguments: [
            "9223372036854775808ns", "9223372036.854775808s", "2562048h", "18446744073709551616ns",
            "99999999999999999999999999999999999999999999s",
        ])
    func tooLong(spelling: String) {
        #expect(throws: DurationError.tooLong(spelling: spelling)) { try parseDuration(spelling) }
    }

    @Test("the greatest hours, minutes and seconds that fit are read")
    func greatest() throws {
        #expect(try parseDuration("2562047h").count == 2_562_047 * 3_600_000_000_000)
        #expect(try parseDuration("153722867m").count == 153_722_867 * 60_000_000_000)
        #expect(try parseDuration("9223372036s").count == 9_223_372_036 * 1_000_000_000)
    }

    @Test("a length that we printed is read back")
    func roundTrip() throws {
        var generator = SeededGenerator()
        for _ in 0..<2_000 {
            let scale: Int64 = [1, 1_000, 1_000_000, 1_000_000_000, 60_000_000_000].randomElement(using: &generator)!
            let length = Nanoseconds(Int64.random(in: 0...100_000, using: &generator) * scale)
            #expect(try parseDuration(spelled(length)) == length, "seed \(generator.seed)")
        }
    }
}
