import Testing
import TickTime

@Suite("Reading leap-seconds.list")
struct LeapSecondsListTests {
    private static let good = """
        #\tcomment, and #https://example.org without a space
        #$\t3960835200
        #@\t3991593600
        #

        2272060800\t10\t# 1 Jan 1972
        2287785600      11      # 1 Jul 1972
        #h\t49db2447 571e5e1b 2f002a53 9c8da8e4 39b8e49e
        """

    @Test("entries, update and expiry are read from NTP seconds", arguments: ["\n", "\r\n"])
    func reading(lineEnd: String) throws {
        let table = try LeapSecondTable(parsingLeapSecondsList: Self.good.replacing("\n", with: lineEnd))
        #expect(table.entries.map(\.utcSeconds) == [63_072_000, 78_796_800])
        #expect(table.entries.map(\.offset) == [10, 11])
        #expect(table.updated?.iso8601 == "2025-07-07T00:00:00.000000000Z")
        #expect(table.expires?.iso8601 == "2026-06-28T00:00:00.000000000Z")
    }

    @Test("a leap second may be taken out as well as put in")
    func negativeLeapSecond() throws {
        let table = try LeapSecondTable(parsingLeapSecondsList: "#@ 4039286400\n3692217600 37\n4007750400 36")
        #expect(table.entries.map(\.offset) == [37, 36])
        // 23:59:59 of 2026-12-31 does not exist: TAI goes on while UTC jumps.
        let midnight = UTCInstant(nanoseconds: 1_798_761_600_000_000_000)
        let atMidnight = TAIInstant(nanoseconds: midnight.nanoseconds + 36_000_000_000)
        #expect(try table.utc(from: atMidnight) == midnight)
        #expect(try table.utc(from: atMidnight - Nanoseconds(1)) == midnight - .seconds(1) - Nanoseconds(1))
    }

    @Test(
        "a line of the wrong form is refused by its number",
        arguments: [
            (2, "#$\tsoon"), (2, "#$"), (2, "#$ 3960835200 3960835200"), (3, "#@\t-3991593600"), (3, "#@ 0x10"),
            (6, "2272060800"), (6, "2272060800 10 11"), (6, "10"), (6, "1 Jan 1972"), (6, "2272060800 +10"),
            (6, "2272060800 10.5"), (8, "#h\t49db2447 571e5e1b 2f002a53 9c8da8e4"), (8, "#h"),
            (8, "#h\t49db2447 571e5e1b 2f002a53 9c8da8e4 39b8e49g"), (8, "#h\t149db2447 571e5e1b 2f002a53 9c8da8e4 0"),
        ])
    func malformed(line: Int, text: String) throws {
        let error = try #require(throws: LeapSecondError.self) {
            try LeapSecondTable(parsingLeapSecondsList: replacing(line, with: text))
        }
        guard case .malformedLine(line, text, let expected) = error else {
            Issue.record("\(error)")
            return
        }
        #expect(error.description.contains("line \(line)") && error.description.contains(expected))
        #expect(error.description.contains("built-in table"))
    }

    @Test(
        "numbers that cannot be are refused by their line",
        arguments: [
            (7, "2287785601 11", .entryOutOfOrder(line: 7, text: "2287785601 11")),
            (7, "2272060800 11", .entryOutOfOrder(line: 7, text: "2272060800 11")),
            (7, "2271974400 11", .entryOutOfOrder(line: 7, text: "2271974400 11")),
            (7, "2287785600 12", .impossibleOffset(line: 7, offset: 12, previous: 10)),
            (7, "2287785600 10", .impossibleOffset(line: 7, offset: 10, previous: 10)),
            (7, "99999999999999999999 11", .outOfRange(line: 7, text: "99999999999999999999 11")),
            (7, "9223372036854775807 11", .outOfRange(line: 7, text: "9223372036854775807 11")),
            (6, "2272060800 9223372036854775807", .outOfRange(line: 6, text: "2272060800 9223372036854775807")),
            (3, "#@ 9467107201", .outOfRange(line: 3, text: "#@ 9467107201")),
            (2, "#$ 2208988799", .outOfRange(line: 2, text: "#$ 2208988799")),
            (6, "2208902400 10", .outOfRange(line: 6, text: "2208902400 10")),
            (3, "#@ 99999999999", .outOfRange(line: 3, text: "#@ 99999999999")),
            (4, "#@ 3991593600", .repeated(line: 4, mark: "#@")),
            (4, "#$ 3960835200", .repeated(line: 4, mark: "#$")),
            (3, "#@ 3960835199", .expiresBeforeUpdate),
            (3, "# no expiry", .missingExpiry),
        ] as [(Int, String, LeapSecondError)])
    func impossible(line: Int, text: String, expected: LeapSecondError) throws {
        let error = try #require(throws: LeapSecondError.self) {
            try LeapSecondTable(parsingLeapSecondsList: replacing(line, with: text))
        }
        #expect(error == expected)
        #expect(error.description.hasPrefix("leap-seconds list"))
    }

    @Test("a list without an entry is refused", arguments: ["", "#@ 3991593600\n", "# nothing\n"])
    func empty(text: String) {
        #expect(throws: LeapSecondError.noEntries) { try LeapSecondTable(parsingLeapSecondsList: text) }
    }

    /// The good list with one line (from 1) replaced.
    private func replacing(_ line: Int, with text: String) -> String {
        var lines = Self.good.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        lines[line - 1] = text
        return lines.joined(separator: "\n")
    }
}
