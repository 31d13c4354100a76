import Foundation
import TestSupport
import Testing

extension RunTests {
    @Suite("on a given grid", .serialized)
    struct Grid {
        private struct Session: Decodable {
            let gridTick: Int64?
            let gridTaiNs: Int64?
            let gridBoundNs: Int64?
            let firstTick: Int64?
            let sessionEpochUtcNs: Int64
            let lastTick: Int64?
        }

        private struct Summary: Decodable { let sessions: [Session] }

        /// 2010-01-01: TAI was 34 s ahead of UTC then, and is 37 s ahead now, so by today's UTC the origin is 3 s
        /// earlier.
        private static let origin = "2010-01-01T00:00:00Z"
        private static let originTAI: Int64 = 1_262_304_034_000_000_000

        private static func summary(_ words: [String]) async throws -> Session {
            let result = try await RunProcess.tickrun(words + ["--json=summary"]).run()
            #expect(result.exitCode == 0, "\(result.standardError)")
            return try #require(try result.objects(schema: "tickrun/summary/1", as: Summary.self).first?.sessions.first)
        }

        @Test("it begins with the first tick due, and its ticks are those of the grid, half a billion after its origin")
        func chosen() async throws {
            let before = Date().timeIntervalSince1970
            let outcome = try await RunOutcome.of(["25", "--ticks", "20", "--no-levels", "--grid-origin", Self.origin])
            let after = Date().timeIntervalSince1970
            outcome.expectSound()
            let session = outcome.summary.sessions[0]
            #expect(session.sessionEpochUtcNs == Self.originTAI - 37_000_000_000)
            let first = try #require(outcome.ticks.first?.tick)
            #expect(session.ticks == 20 && session.skippedTicks == 0 && session.lastTick == first + 19)
            // 40 ms a tick: the first is due between the beginning and the end of the run.
            let due = Double(session.sessionEpochUtcNs) / 1e9 + Double(first) * 0.04
            #expect(due > before && due < after, "\(before) \(due) \(after)")
            for (place, tick) in outcome.ticks.enumerated() {
                #expect(tick.tick == first + Int64(place))
                #expect(tick.deadlineMonoNs == session.sessionEpochMonoNs + tick.tick * 40_000_000)
                #expect(tick.deadlineUtcNs == session.sessionEpochUtcNs + tick.tick * 40_000_000)
            }
        }

        @Test("it joins the block in progress of a plan that began with the grid, and its labels count from tick 0")
        func joined() async throws {
            let outcome = try await withProfile(
                #"""
                "sessions":[{"id":"a","rate":"25","ticks":10,"blocks":[
                {"id":"over","duration":"24h"},{"id":"on-air","duration":"400000h"}]}]
                """#
            ) { try await RunOutcome.of([$0, "--no-levels", "--grid-origin", Self.origin]) }
            outcome.expectSound()
            let first = try #require(outcome.ticks.first), session = outcome.summary.sessions[0]
            #expect(first.block == "on-air" && first.blockIndex == 1 && first.blockChanged == true)
            #expect(first.blocksPassed ?? 0 == 0 && first.blockElapsedNs == (first.tick - 2_160_000) * 40_000_000)
            #expect(session.blocks?.joined == "on-air" && session.blocks?.owningNoTick == [])
            let seconds = first.tick / 25 % 86_400
            let fields = [seconds / 3_600, seconds / 60 % 60, seconds % 60, first.tick % 25]
            #expect(first.timecode == fields.map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":"))
        }

        @Test("two runs of one grid, a moment apart, label it alike and count on")
        func continued() async throws {
            let words = ["50", "--ticks", "5", "--no-levels", "--grid-origin", Self.origin]
            let (first, second) = (try await Self.summary(words), try await Self.summary(words))
            #expect(first.sessionEpochUtcNs == second.sessionEpochUtcNs && first.gridTaiNs == second.gridTaiNs)
            #expect(first.gridTick == 0 && first.gridTaiNs == Self.originTAI && first.gridBoundNs == 0)
            #expect(try #require(second.firstTick) > #require(first.lastTick))
        }

        /// The first tick of the grid at 25 fps that is due now or later.
        private static func due() async throws -> Int64 {
            struct Deadline: Decodable { let tick: Int64 }
            let now = Date().formatted(.iso8601)
            let result = try await RunProcess.tickrun(
                "deadlines", "25", "--grid-origin", origin, "--not-before", now, "--count", "1", "--json"
            ).run()
            return try #require(try result.objects(schema: "tickrun/deadline/1", as: Deadline.self).first).tick
        }

        @Test("with --first-tick it begins there; one that is due already is late, and the policy applies")
        func stated() async throws {
            let words = ["25", "--no-levels", "--grid-origin", Self.origin]
            let first = try await Self.due() - 50
            let every = try await RunOutcome.of(words + ["--first-tick", "\(first)", "--ticks", "60"])
            every.expectSound()
            #expect(every.ticks.map(\.tick) == Array(first..<(first + 60)))
            #expect(every.ticks.first?.overdue == true && every.ticks.first?.cause == "begin")
            // The same tick again, two seconds later: what has become due since is skipped at once.
            let skip = try await RunOutcome.of(
                words + ["--first-tick", "\(first)", "--ticks", "100", "--policy", "skip"])
            skip.expectSound()
            let session = skip.summary.sessions[0]
            #expect(skip.ticks.first?.skippedBefore ?? 0 >= 48 && session.ticks + session.skippedTicks == 100)
            #expect(session.lastTick == first + 99 && session.complete)
        }

        @Test("report, page and journal say grid and first tick, and a replay recomputes the run")
        func recorded() async throws {
            let folder = try TemporaryFolder(), journal = folder.url.appending(path: "a.journal").path
            let page = folder.url.appending(path: "a.html").path
            let result = try await RunProcess.tickrun(
                "59.94", "--ticks", "30", "--no-levels", "--grid-origin", Self.origin, "--journal", journal, "--report",
                page
            ).run()
            #expect(result.exitCode == 0, "\(result.standardError)")
            let line = try #require(result.lines.first { $0.hasPrefix("  grid  ") && !$0.contains("drift") })
            #expect(line.contains("begins with tick ") && line.contains("tick 0 at 2010-01-01T00:00:34.000000000 TAI"))
            #expect(try String(contentsOfFile: page, encoding: .utf8).contains("2010-01-01T00:00:34.000000000 TAI"))
            let replay = try await RunProcess.tickrun("replay", journal).run()
            #expect(replay.exitCode == 0, "\(replay.standardOutput)\(replay.standardError)")
        }

        @Test(
            "what contradicts a grid is refused with the remedy",
            arguments: [
                (["25", "--first-tick", "5"], 2, "give --grid-origin UTC as well"),
                (["25", "--grid-origin", "2010-01-01"], 2, "--grid-origin"),
                (["25", "--grid-origin", "2250-01-01T00:00:00Z"], 2, "2200"),
                (["25", "--grid-origin", origin, "--align", "second"], 2, "exclude each other"),
                (["25", "--grid-origin", origin, "--first-tick", "-1"], 2, "--first-tick"),
                (
                    ["25", "--grid-origin", origin, "--first-tick", "99999999999999"], 78,
                    "the first tick is out of range"
                ),
            ])
        func refused(_ words: [String], code: Int32, remedy: String) async throws {
            let result = try await RunProcess.tickrun(words).run()
            #expect(result.exitCode == code, "\(result.standardError)")
            #expect(result.standardError.contains(remedy), "\(result.standardError)")
        }

        @Test("a profile whose sessions have an alignment, a successor or several rates is refused, with the remedy")
        func profiles() async throws {
            let cases = [
                (#""align":"second""#, [String](), "use --align none"),
                (#""blocks":[{"id":"b","duration":"9s"}],"succeed_at":"3s""#, [], "take succeed_at out"),
            ]
            for (member, words, remedy) in cases {
                let result = try await withProfile(#""sessions":[{"id":"a","rate":"25","ticks":5,\#(member)}]"#) {
                    try await RunProcess.tickrun([$0, "--grid-origin", Self.origin] + words).run()
                }
                #expect(result.exitCode == 78 && result.standardError.contains(remedy), "\(result.standardError)")
            }
            let two = #""sessions":[{"id":"a","rate":"25","ticks":5},{"id":"b","rate":"50","ticks":5}]"#
            let result = try await withProfile(two) {
                try await RunProcess.tickrun([$0, "--grid-origin", Self.origin, "--first-tick", "5"]).run()
            }
            #expect(result.exitCode == 2 && result.standardError.contains("leave it out"), "\(result.standardError)")
        }
    }
}
