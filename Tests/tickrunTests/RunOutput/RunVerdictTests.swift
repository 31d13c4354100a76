import Foundation
import TestSupport
import Testing

extension RunTests {
    /// The verdict of a run is the same in text, JSON, page, metrics and replay.
    @Suite("verdict", .serialized)
    struct Verdict {
        private static func withFolder(_ body: (String) async throws -> Void) async throws {
            try await TemporaryFolder.with(body)
        }

        private static func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

        /// The verdict of a page, as it stands under its heading.
        private static func pageVerdict(_ path: String) throws -> String? {
            try text(path).split(separator: "<p class=\"verdict ").dropFirst().first
                .flatMap { $0.split(separator: ">").dropFirst().first }.flatMap { $0.split(separator: "<").first }
                .map(String.init)
        }

        private static func metricsVerdicts(_ path: String) throws -> [String] {
            try text(path).split(separator: "\n").filter { $0.hasPrefix("tickrun_run_verdict{") && $0.hasSuffix(" 1") }
                .compactMap { $0.split(separator: "verdict=\"").dropFirst().first?.split(separator: "\"").first }
                .map(String.init)
        }

        private struct Replay: Decodable {
            let verdict: String
            let runVerdict: String?
        }

        private struct Incident: Decodable, Equatable {
            let kind: String
            let utcNs: Int64
            let endUtcNs: Int64?
            let firstTick: Int64?
            let lastTick: Int64?
            let lateTicks: Int64?
            let sizeNs: Int64?
            let sizeFrames: Double?
            let timecode: String?
            let cause: String?
            let text: String
        }

        private struct Summary: Decodable {
            let verdict: String
            let incidents: [Incident]
        }

        @Test(
            "text, JSON, the page of the run, that of its journal, the metrics and the replay have one verdict",
            arguments: [
                // Every tick late, 0.4 s behind at the end; no levels; met; missed; too few ticks for any level.
                (["59.94", "--duration", "2s", "--work", "20ms"], "FAIL", Int32(1)),
                (["59.94", "--duration", "1s", "--work", "20ms", "--no-levels"], "NOT JUDGED", 0),
                (["PROFILE", #""rate":"50","ticks":10,"service_levels":{"drift_ns_max":0}"#], "PASS", 0),
                (["PROFILE", #""rate":"50","ticks":10,"work_ns":1000,"service_levels":{}"#], "NOT JUDGED", 0),
                (
                    ["PROFILE", #""rate":"50","ticks":10,"service_levels":{"start_lateness_p99_ns_max":10000000000}"#],
                    "NOT JUDGED", 0
                ),
                (["PROFILE", #""rate":"50","ticks":10,"service_levels":{"start_lateness_ns_max":0}"#], "FAIL", 1),
            ])
        func oneVerdict(words: [String], verdict: String, exitCode: Int32) async throws {
            try await Self.withFolder { folder in
                func check(_ words: [String]) async throws {
                    let files = [
                        "--report", "\(folder)/a.html", "--journal", "\(folder)/a.journal", "--metrics",
                        "\(folder)/a.prom",
                    ]
                    let run = try await RunProcess.tickrun(words + ["--json=summary"] + files).run()
                    #expect(run.exitCode == exitCode, "\(run.standardError)")
                    #expect(try run.objects(as: Summary.self).first?.verdict == verdict)
                    #expect(try Self.pageVerdict("\(folder)/a.html") == verdict)
                    #expect(try Self.metricsVerdicts("\(folder)/a.prom") == [verdict])
                    #expect(
                        try Self.text("\(folder)/a.prom").contains(
                            "tickrun_run_ended{run=\"\(words[0].hasPrefix("/") ? "test" : "59.94")\",file=\"a.prom\",verdict=\"\(verdict)\"} 1"
                        ))
                    let report = try await RunProcess.tickrun(
                        "report", "\(folder)/a.journal", "-o", "\(folder)/b.html"
                    ).run()
                    #expect(report.exitCode == 0, "\(report.standardError)")
                    #expect(try Self.pageVerdict("\(folder)/b.html") == verdict)
                    let replay = try await RunProcess.tickrun("replay", "\(folder)/a.journal", "--json").run()
                    let last = try #require(replay.lines.last)
                    let decoder = JSONDecoder()
                    decoder.keyDecodingStrategy = .convertFromSnakeCase
                    let replayed = try decoder.decode(Replay.self, from: Data(last.utf8))
                    #expect(replayed.verdict == "PASS" && replayed.runVerdict == verdict)
                    let text = try await RunProcess.tickrun("replay", "\(folder)/a.journal").run()
                    #expect(text.standardOutput.contains("the verdict of the run: \(verdict); "))
                    // The text, from another run.
                    let told = try await RunProcess.tickrun(words + ["--quiet"]).run()
                    #expect(told.exitCode == exitCode && told.lines.first?.hasPrefix("\(verdict)  ") == true)
                }
                if words[0] == "PROFILE" {
                    try await withProfile(words[1]) { path in try await check([path]) }
                } else {
                    try await check(words)
                }
            }
        }

        @Test("a FAIL names each missed level with the measured and the accepted value")
        func named() async throws {
            let run = try await RunProcess.tickrun("59.94", "--duration", "2s", "--work", "20ms").run()
            let headline = try #require(run.lines.first)
            for level in ["late_ticks_ppm_max ", "periods_behind_max "] { #expect(headline.contains(level)) }
            #expect(headline.contains("(accepted 10000)") && headline.contains("(accepted 0)"))
            #expect(run.lines.contains { $0.hasPrefix("  NOT MET         late_ticks_ppm_max: ") })
            #expect(run.lines.contains("  met             drift_ns_max: 0, accepted 0"))
        }

        @Test("a process that was stopped for a second has stalled: a FAIL with one incident and one line")
        func stopped() async throws {
            try await Self.withFolder { folder in
                let run = try LiveProcess(
                    .tickrun(
                        "59.94", "--duration", "4s", "--json=summary", "--journal", "\(folder)/a.journal", "--report",
                        "\(folder)/a.html"), named: "run", in: folder)
                try await Task.sleep(for: .milliseconds(1_500))
                run.send(SIGSTOP)
                try await Task.sleep(for: .seconds(1))
                run.send(SIGCONT)
                #expect(try await run.exitCode(within: 30) == 1)
                let decoder = JSONDecoder()
                decoder.keyDecodingStrategy = .convertFromSnakeCase
                let summary = try decoder.decode(Summary.self, from: Data(run.output.utf8))
                #expect(summary.verdict == "FAIL")
                let stall = try #require(
                    summary.incidents.filter { $0.kind == "stall" }.max { $0.sizeNs ?? 0 < $1.sizeNs ?? 0 })
                let size = try #require(stall.sizeNs)
                #expect(size > 800_000_000 && size < 3_000_000_000)
                #expect(abs(Double(size) * 60_000 / 1_001 / 1e9 - (stall.sizeFrames ?? 0)) < 0.01)
                #expect(stall.timecode?.count == 11 && stall.lateTicks ?? 0 > 20 && stall.cause == "wake")
                #expect(try #require(stall.endUtcNs) - stall.utcNs > 800_000_000)
                let lines = run.errors.split(separator: "\n").filter { $0.contains("stall: main tick ") }
                #expect(lines.contains { $0.hasSuffix("Z  \(stall.text)") }, "\(run.errors)")
                // The page of the run and the page of its journal show the same incident.
                let report = try await RunProcess.tickrun(
                    "report", "\(folder)/a.journal", "-o", "\(folder)/b.html"
                ).run()
                #expect(report.exitCode == 0)
                for page in ["a.html", "b.html"] { #expect(try Self.text("\(folder)/\(page)").contains(stall.text)) }
            }
        }
    }

    /// The lines of incidents on standard error.
    @Suite("incident lines", .serialized)
    struct IncidentLines {
        private static let late = ["59.94", "--duration", "1500ms", "--work", "20ms", "--no-levels"]

        @Test("lasting late ticks give a line after a second, and one at their end, also with --quiet")
        func lines() async throws {
            for words in [Self.late, Self.late + ["--quiet"]] {
                let run = try await RunProcess.tickrun(words).run()
                let lines = run.standardError.split(separator: "\n").filter { $0.contains(" main tick ") }
                #expect(lines.contains { $0.hasSuffix("; it goes on") }, "\(run.standardError)")
                let last = try #require(lines.last)
                #expect(last.hasPrefix("tickrun: 20") && last.contains("Z  ") && last.hasSuffix("cause work"))
                #expect(last.contains(" frames) late, ") && last.contains(" (00:00:00;"))
            }
        }

        @Test("--log none silences only these lines")
        func none() async throws {
            let run = try await RunProcess.tickrun(Self.late + ["--log", "none"]).run()
            #expect(run.standardError.isEmpty, "\(run.standardError)")
            let incidents = try await RunProcess.tickrun(Self.late + ["--log", "none", "--json=summary"]).run()
            #expect(incidents.standardOutput.contains(#""cause":"work""#))
        }

        @Test("where systemd's journal reads standard error, a line carries its priority; elsewhere it does not")
        func priority() async throws {
            let tickrun = RunProcess.tickrun(Self.late)
            let words = ([tickrun.executable] + Self.late).joined(separator: " ")
            for (stream, prefix) in [("$(stat -L -c %d:%i /dev/stderr)", "<4>tickrun: "), ("1:2", "tickrun: ")] {
                var process = RunProcess("/bin/sh", ["-c", "JOURNAL_STREAM=\(stream) exec \(words)"])
                process.workingDirectory = tickrun.workingDirectory
                let run = try await process.run()
                let lines = run.standardError.split(separator: "\n").filter { $0.contains(" main tick ") }
                #expect(!lines.isEmpty && lines.allSatisfy { $0.hasPrefix(prefix) }, "\(run.standardError)")
            }
        }

        @Test("a hung handler and a refused request are lines with session, tick, timecode and size")
        func others() async throws {
            let run = try await RunProcess.tickrun(
                "25", "--ticks", "2", "--work", "1300ms", "--cpu", "1023", "--quiet", "--json=summary"
            ).run()
            #expect(run.standardError.contains("REFUSED only CPU 1023"))
            #expect(
                run.standardError.contains("Z  the handler of main tick 0 (00:00:00:00) has not returned for 1."),
                "\(run.standardError)")
            for kind in ["refused", "handler_hangs"] {
                #expect(run.standardOutput.contains(#"{"kind":"\#(kind)""#), "\(kind)")
            }
        }
    }
}
