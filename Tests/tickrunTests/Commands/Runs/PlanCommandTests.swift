import Foundation
import TestSupport
import Testing

/// One object of `tickrun plan --json`: a block.
struct PlanObject: Decodable {
    let session: String
    let rate: String
    let epochUtcNs: Int64
    let block: String
    let blockIndex: Int64
    let startUtcNs: Int64
    let endUtcNs: Int64
    let firstTick: Int64
    let fenceTick: Int64
    let ticks: Int64
    let timecode: String?
    let ownsNoTick: Bool
    let joinedElapsedNs: Int64?
}

/// `tickrun plan` on the command line.
func printedPlan(_ words: String...) async throws -> [PlanObject] {
    let result = try await RunProcess.tickrun(["plan", "--json"] + words).run()
    #expect(result.exitCode == 0, "\(result.standardError)")
    return try result.objects(schema: "tickrun/plan/1", as: PlanObject.self)
}

@Suite("tickrun plan")
struct PlanCommandTests {
    struct Case: Decodable {
        let rate: String
        let epochUtcNs: Int64
        let firstBlockStartUtcNs: Int64
        let blockLengthsNs: [Int64]
        let fenceTicks: [Int64]
    }

    /// ISO 8601 with nanoseconds, from Foundation.
    private func text(_ nanoseconds: Int64) -> String {
        let (second, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        let date = Date(timeIntervalSince1970: Double(second)).formatted(.iso8601).dropLast()
        return "\(date)." + String(String(1_000_000_000 + rest).dropFirst()) + "Z"
    }

    @Test("the command prints every fence of the vectors, and the ticks between the fences")
    func vectors() async throws {
        for (number, given) in try Vectors.printedCases("block_plans", as: Case.self).enumerated() {
            let blocks = given.blockLengthsNs.enumerated().map { #"{"id":"b\#($0)","duration":"\#($1)ns"}"# }
            let members = """
                "rate":"\(given.rate)","timecode":"none","plan_start":"\(text(given.firstBlockStartUtcNs))",
                "blocks":[\(blocks.joined(separator: ","))]
                """
            let printed = try await withProfile(members) {
                try await printedPlan($0, "--epoch", text(given.epochUtcNs))
            }
            #expect(printed.map(\.fenceTick) == given.fenceTicks, "case \(number)")
            #expect(printed.allSatisfy { $0.epochUtcNs == given.epochUtcNs && $0.timecode == nil })
            #expect(printed.first?.startUtcNs == given.firstBlockStartUtcNs)
            #expect(printed.map { $0.endUtcNs - $0.startUtcNs } == given.blockLengthsNs)
            for (before, block) in zip(printed, printed.dropFirst()) {
                #expect(block.startUtcNs == before.endUtcNs && block.firstTick == max(0, before.fenceTick))
            }
            #expect(printed.allSatisfy { $0.ticks == max(0, $0.fenceTick - $0.firstTick) })
            #expect(printed.allSatisfy { $0.ownsNoTick == ($0.ticks == 0) })
        }
    }

    private static let plan = """
        "rate":"25","start_timecode":"time_of_day","utc_offset":"+01:00","at_plan_end":"continue","ticks":100,
        "plan_start":"2026-11-21T12:00:00Z","blocks":[{"id":"over","duration":"1m"},{"id":"film","duration":"90s"},
        {"id":"blip","duration":"5ms"},{"id":"spot","duration":"12.5s","times":2}]
        """

    @Test("the text has one line per block, with its label, and marks past, joined and tickless blocks")
    func text() async throws {
        let result = try await withProfile(Self.plan) {
            try await RunProcess.tickrun("plan", $0, "--epoch", "2026-11-21T12:01:10Z").run()
        }
        #expect(result.exitCode == 0)
        let lines = result.lines.map { $0.split(separator: " ").joined(separator: " ") }
        #expect(
            lines == [
                "session test, 25, 5 blocks; tick 0 at 2026-11-21T12:01:10Z, 13:01:10:00",
                "start (UTC) length first fence ticks timecode block",
                "2026-11-21T12:00:00Z 00:01:00 0 0 0 - over over before tick 0",
                "2026-11-21T12:01:00Z 00:01:30 0 2000 2000 13:01:10:00 film joined 10.0 s in",
                "2026-11-21T12:02:30Z 5.00 ms 2000 2001 1 13:02:30:00 blip",
                "2026-11-21T12:02:30.005000000Z 12.5 s 2001 2313 312 13:02:30:01 spot-1",
                "2026-11-21T12:02:42.505000000Z 12.5 s 2313 2626 313 13:02:42:13 spot-2",
                "ends at 2026-11-21T12:02:55.005000000Z, tick 2626; at_plan_end: continue",
            ])
        // A millisecond later, the instant of the tick before the blip's has moved past its end.
        let moved = try await withProfile(Self.plan) {
            try await RunProcess.tickrun("plan", $0, "--epoch", "2026-11-21T12:01:10.015Z").run()
        }
        #expect(moved.standardOutput.contains("OWNS NO TICK"))
        #expect(moved.lines.first { $0.contains("blip") }?.contains(" -  ") == true)
    }

    @Test("house time gives one instant the same label, whenever the session began", arguments: ["00", "06", "12"])
    func houseTime(hour: String) async throws {
        let members = """
            "rate":"23.976","start_timecode":"time_of_day","daily_jam":"00:00:00","plan_start":"2026-11-21T13:00:00Z",
            "blocks":[{"id":"news","duration":"30s"}]
            """
        let printed = try await withProfile(members) {
            try await printedPlan($0, "--epoch", "2026-11-21T\(hour):00:00Z")
        }
        #expect(printed.map(\.timecode) == ["12:59:13:06"])
    }

    @Test("--grid-origin puts tick 0 where a run on that grid has it: by the UTC of today")
    func gridOrigin() async throws {
        let blocks = try await printedPlan("Fixtures/profiles/blocks-60s.json", "--grid-origin", "2010-01-01T00:00:00Z")
        // 2009-12-31T23:59:57Z: three leap seconds since.
        let epoch: Int64 = 1_262_303_997_000_000_000
        #expect(blocks.first?.epochUtcNs == epoch)
        let both = try await RunProcess.tickrun(
            "plan", "Fixtures/profiles/blocks-60s.json", "--grid-origin", "2010-01-01T00:00:00Z", "--epoch",
            "2010-01-01T00:00:00Z"
        ).run()
        #expect(both.exitCode == 2 && both.standardError.contains("exclude each other"))
    }

    @Test("without --epoch tick 0 is the start of the plan; one session can be selected")
    func sessions() async throws {
        let day = "Fixtures/profiles/day-24h.json"
        let all = try await printedPlan(day)
        let ids = Set(all.map(\.session))
        #expect(ids.count == 8)
        for id in ids {
            let own = all.filter { $0.session == id }
            #expect(own.first.map { $0.startUtcNs == $0.epochUtcNs && $0.firstTick == 0 } == true)
            #expect(own.map(\.blockIndex) == Array(0..<Int64(own.count)))
            #expect(own.reduce(0) { $0 + $1.ticks } == own.last?.fenceTick)
        }
        let alone = try await printedPlan(day, "--session", "sport-59.94")
        #expect(alone.count == all.count { $0.session == "sport-59.94" })
        #expect(alone.allSatisfy { $0.session == "sport-59.94" })
    }

    @Test(
        "what cannot be laid out is refused by name, with what to do",
        arguments: [
            (["plan"], Int32(2), "PROFILE"),
            (["plan", "Fixtures/profiles/pal-25.json"], 78, "blocks"),
            (["plan", "no-such-file.json"], 69, "no-such-file.json"),
            (["plan", "Fixtures/broken-profiles/rate-zero.json"], 65, "rate"),
            (["plan", "Fixtures/profiles/day-24h.json", "--session", "sport-59.9"], 2, "sport-59.94"),
            (["plan", "Fixtures/profiles/day-24h.json", "--epoch", "yesterday"], 2, "--epoch"),
            (["plan", "Fixtures/profiles/day-24h.json", "Fixtures/profiles/pal-25.json"], 2, "pal-25.json"),
        ])
    func refusals(words: [String], exitCode: Int32, named: String) async throws {
        let result = try await RunProcess.tickrun(words).run()
        #expect(result.exitCode == exitCode, "\(result.standardError)")
        #expect(result.standardError.contains(named), "\(result.standardError)")
        #expect(result.standardOutput.isEmpty)
    }
}
