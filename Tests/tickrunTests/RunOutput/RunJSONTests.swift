import Foundation
import TestSupport
import Testing

extension RunTests {
    @Suite("--json", .serialized)
    struct JSON {
        private func members(_ line: String) throws -> [String: Any] {
            try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }

        private func percentileKeys(_ object: [String: Any], _ key: String) -> Set<String> {
            Set((object[key] as? [String: Any] ?? [:]).keys)
        }

        @Test("one object a tick, then the summary; each names its schema and the latencies by their keys")
        func keys() async throws {
            let result = try await RunProcess.tickrun("59.94", "--ticks", "4", "--json").run()
            #expect(result.lines.count == 5)
            for line in result.lines.dropLast() {
                let tick = try members(line)
                #expect(tick["schema"] as? String == "tickrun/tick/1")
                for key in [
                    "session", "tick", "timecode", "deadline_mono_ns", "deadline_utc_ns", "start_mono_ns",
                    "wake_latency_ns", "start_lateness_ns", "work_ns", "class", "cause", "overdue", "skipped_before",
                ] {
                    #expect(tick[key] != nil, "\(key)")
                }
            }
            let summary = try members(try #require(result.lines.last))
            #expect(summary["schema"] as? String == "tickrun/summary/1")
            for key in ["wake_latency_ns", "start_lateness_ns", "work_ns"] {
                #expect(percentileKeys(summary, key).isSuperset(of: ["p50", "p99", "p999", "max"]), "\(key)")
            }
            let session = try #require((summary["sessions"] as? [[String: Any]])?.first)
            for key in [
                "session_epoch_utc_ns", "session_epoch_mono_ns", "session_epoch_uncertainty_ns", "session_epoch_utc_ms",
                "session_epoch_utc_ms_exact", "session_epoch_host_utc_ns", "rate", "rate_name", "policy", "align",
                "ticks_by_class", "late_ticks_by_cause", "drift_ns", "service_levels",
            ] {
                #expect(session[key] != nil, "\(key)")
            }
            #expect(session["rate"] as? String == "60000/1001")
            #expect(session["rate_name"] as? String == "59.94")
            let clocks = try #require(summary["clocks"] as? [String: Any])
            for key in ["utc_divergence_ns", "utc_divergence_bound_ns", "utc_steps", "monotonic_rate_ppm"] {
                #expect(clocks[key] != nil, "\(key)")
            }
            let host = try #require(summary["host"] as? [String: Any])
            for key in ["kernel", "clock_source", "steal_ns", "requests"] { #expect(host[key] != nil, "\(key)") }
        }

        @Test("--json=summary prints that alone, and --quiet changes neither")
        func summaryAlone() async throws {
            for words in [["--json=summary"], ["--json=summary", "--quiet"]] {
                let result = try await RunProcess.tickrun(
                    ["100", "--ticks", "5", "--no-levels", "--log", "none"] + words
                ).run()
                #expect(result.exitCode == 0)
                #expect(result.lines.count == 1)
                #expect(try members(result.lines[0])["schema"] as? String == "tickrun/summary/1")
                #expect(result.standardError.isEmpty)
            }
            let ticks = try await RunProcess.tickrun("100", "--ticks", "5", "--json", "--quiet").run()
            #expect(ticks.lines.count == 6)
        }

        @Test("a tick is printed while the run goes on, not at its end")
        func prompt() async throws {
            var process = RunProcess.tickrun("10", "--duration", "1h", "--json")
            process.signals = [.init(containing: #""tick":1,"#, send: 2)]
            process.timeout = 20
            let outcome = try RunOutcome(try await process.run())
            #expect(outcome.summary.endedBy == "signal")
            #expect(outcome.ticks.count < 50)
        }
    }

    @Suite("output that cannot be written", .serialized)
    struct Output {
        @Test(
            "a reader that has gone ends the run with 69 and a word", arguments: [["--json"], ["--json=summary"], []])
        func brokenPipe(words: [String]) async throws {
            var process = RunProcess.tickrun(["100", "--ticks", "20"] + words)
            process.standardOutput = .withoutReader
            let result = try await process.run()
            #expect(result.exitCode == 69)
            #expect(result.standardError.contains("EPIPE"))
        }

        @Test("with --json it ends the run at once, not at the end of the hour", arguments: ["EPIPE", "ENOSPC"])
        func promptly(cause: String) async throws {
            var process = RunProcess.tickrun("100", "--duration", "1h", "--json")
            process.standardOutput = cause == "EPIPE" ? .withoutReader : .file("/dev/full")
            process.timeout = 20
            let result = try await process.run()
            #expect(!result.timedOut)
            #expect(result.exitCode == 69)
            #expect(result.standardError.contains(cause))
            #expect(result.standardError.contains("standard output"))
        }

        @Test("a reader that leaves in mid-run ends it too")
        func midRun() async throws {
            // sh keeps the exit code of the first program of the pipe in a file descriptor of its own.
            let program = RunProcess.tickrun()
            var process = RunProcess(
                "/bin/sh",
                [
                    "-c",
                    #"{ { "$0" 100 --duration 1h --json 2>&4; echo "code $?" >&3; } | head -n 3 >/dev/null; } 3>&1 4>&2"#,
                    program.executable,
                ])
            process.timeout = 20
            let result = try await process.run()
            #expect(!result.timedOut)
            #expect(result.lines == ["code 69"])
            #expect(result.standardError.contains("EPIPE"))
        }
    }
}
