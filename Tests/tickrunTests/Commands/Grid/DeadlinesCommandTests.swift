import TestSupport
import Testing

@Suite("tickrun deadlines")
struct DeadlinesCommandTests {
    struct Deadline: Decodable, Equatable {
        let rate: String
        let tick: Int64
        let offsetNs: Int64
    }

    struct MediaTimestamp: Decodable {
        let rate: String
        let clockHz: Int64
        let tick: Int64
        let mediaTimestamp: Int64
    }

    struct PrintedTimestamp: Decodable {
        let clockRateHz: Int64
        let mediaTimestamp: Int64
        let mediaTimestampSampled: Int64
    }

    @Test("the command prints every deadline of the vectors")
    func vectors() async throws {
        for expected in try Vectors.printedCases("deadlines", as: Deadline.self) {
            let result = try await RunProcess.tickrun(
                "deadlines", expected.rate, "--from", "\(expected.tick)", "--count=1", "--json"
            ).run()
            #expect(try result.objects(schema: "tickrun/deadline/1", as: Deadline.self) == [expected])
        }
    }

    @Test("the command prints every media timestamp of the vectors")
    func mediaTimestamps() async throws {
        for expected in try Vectors.printedCases("media_timestamps", as: MediaTimestamp.self) {
            let result = try await RunProcess.tickrun(
                "deadlines", expected.rate, "--from", "\(expected.tick)", "--count", "1",
                "--clock-rate", "\(expected.clockHz)", "--json"
            ).run()
            let printed = try #require(
                try result.objects(schema: "tickrun/deadline/1", as: PrintedTimestamp.self).first)
            #expect(printed.clockRateHz == expected.clockHz)
            #expect(printed.mediaTimestamp == expected.mediaTimestamp)
        }
    }

    @Test("--clock-rate prints both roundings by name")
    func roundings() async throws {
        let result = try await RunProcess.tickrun(
            "deadlines", "59.94", "--from", "105698633403", "--count", "1", "--clock-rate", "90000", "--json"
        ).run()
        let printed = try #require(try result.objects(schema: "tickrun/deadline/1", as: PrintedTimestamp.self).first)
        #expect(printed.mediaTimestamp & 0xFFFF_FFFF == 3_161_500_109)
        #expect(printed.mediaTimestampSampled & 0xFFFF_FFFF == 3_161_500_108)
        let text = try await RunProcess.tickrun("deadlines", "59.94", "--count", "2", "--clock-rate", "90000").run()
        #expect(text.lines[0] == "59.94 (60000/1001), media clock of 90000 Hz")
        #expect(text.lines[1].split(separator: " ") == ["tick", "offset_ns", "nearest", "sampled"])
        #expect(text.lines[3].split(separator: " ") == ["1", "16683333", "1502", "1501"])
    }

    @Test("on the grid of an origin the list begins with the first tick due at an instant; leap seconds count")
    func notBefore() async throws {
        // 34 s and 37 s of TAI − UTC: three seconds more than the difference of the UTC texts.
        let elapsed = Int64(1_794_000_000 - 1_262_304_000 + 3)
        let words = ["--grid-origin", "2010-01-01T00:00:00Z", "--not-before", "2026-11-06T21:20:00Z"]
        let result = try await RunProcess.tickrun(["deadlines", "25", "--count", "1", "--json"] + words).run()
        let first = try #require(try result.objects(schema: "tickrun/deadline/1", as: Deadline.self).first)
        #expect(first.tick == elapsed * 25 && first.offsetNs == elapsed * 1_000_000_000)
        for (wrong, remedy) in [
            (["--grid-origin", "2010-01-01T00:00:00Z"], "give both"), (words + ["--from", "1"], "exclude each other"),
        ] {
            let refused = try await RunProcess.tickrun(["deadlines", "25"] + wrong).run()
            #expect(refused.exitCode == 2 && refused.standardError.contains(remedy), "\(refused.standardError)")
        }
    }

    @Test("the list begins at the given tick and has the given length")
    func range() async throws {
        let result = try await RunProcess.tickrun("deadlines", "25", "--from", "7", "--count", "3", "--json").run()
        let ticks = try result.objects(schema: "tickrun/deadline/1", as: Deadline.self)
        #expect(ticks.map(\.tick) == [7, 8, 9])
        #expect(ticks.map(\.offsetNs) == [280_000_000, 320_000_000, 360_000_000])
    }

    @Test("without --json a heading names the rate in both spellings, and ten ticks follow")
    func text() async throws {
        let result = try await RunProcess.tickrun("deadlines", "59.94").run()
        #expect(result.exitCode == 0)
        #expect(result.lines.count == 12)
        #expect(result.lines[0] == "59.94 (60000/1001)")
        #expect(result.lines[1].split(separator: " ") == ["tick", "offset_ns"])
        #expect(result.lines[3].split(separator: " ") == ["1", "16683333"])
    }

    @Test("a tick past the range of the clock is an error that names it, after the ticks before it")
    func pastRange() async throws {
        // floor((2^63 - 1) / 10^9) = 9223372036 whole seconds fit.
        let result = try await RunProcess.tickrun(
            "deadlines", "1", "--from", "9223372036", "--count", "2", "--json"
        ).run()
        #expect(result.exitCode == 2)
        #expect(result.lines.count == 1)
        #expect(result.standardError.contains("9223372037"))
    }

    @Test(
        "a wrong value is refused with the option named",
        arguments: [
            ["--from", "-1"], ["--from", "x"], ["--from", "+1"], ["--count", "1.5"], ["--clock-rate", "0"],
            ["--clock-rate", "4294967296"], ["--from", "9223372036854775807"],
        ])
    func wrongValues(option: [String]) async throws {
        let result = try await RunProcess.tickrun(["deadlines", "25"] + option).run()
        #expect(result.exitCode == 2)
        #expect(result.standardError.hasPrefix("tickrun: --"))
        #expect(result.standardError.contains(option[0]))
        #expect(result.standardOutput.isEmpty)
    }

    @Test(
        "a rate that is none is refused with what to write", arguments: ["29.98", "0", "25/0", "1000001", "ntsc/1", ""])
    func wrongRates(rate: String) async throws {
        let result = try await RunProcess.tickrun("deadlines", rate).run()
        #expect(result.exitCode == 2)
        #expect(result.standardError.hasPrefix("tickrun: RATE: "))
        #expect(result.standardError.contains("\"\(rate)\""))
        #expect(result.standardOutput.isEmpty)
    }
}
