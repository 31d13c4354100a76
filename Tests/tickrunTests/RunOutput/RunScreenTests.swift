import TestSupport
import Testing

extension RunTests {
    @Suite("the screen", .serialized)
    struct Screen {
        private static let escape = "\u{1B}["

        private func run(
            _ words: [String], output: RunProcess.Stream = .captured, error: RunProcess.Stream = .captured,
            environment: [String: String?] = ["NO_COLOR": nil, "TERM": "xterm"]
        ) async throws -> RunProcess.Result {
            var process = RunProcess.tickrun(words)
            process.standardOutput = output
            process.standardError = error
            process.environment = environment
            return try await process.run()
        }

        @Test("a terminal shows one line of progress: timecode, tick, last and worst latency, late ticks")
        func progress() async throws {
            let result = try await run(["29.97", "--ticks", "15", "--no-levels", "--log", "none"], error: .terminal)
            #expect(result.exitCode == 0)
            for part in ["00:00:00;", "tick ", " of 15", "last ", "worst ", "late "] {
                #expect(result.standardError.contains(part), "\(part)")
            }
            // The line is rewritten in place, and removed at the end.
            #expect(!result.standardError.contains("\n"))
            #expect(result.standardError.hasSuffix("\r\u{1B}[K"))
            // The report itself went to a pipe.
            #expect(!result.standardOutput.contains(Self.escape))
        }

        @Test("NO_COLOR removes the colour but not the progress; --quiet removes the progress")
        func noColor() async throws {
            let words = ["50", "--ticks", "15", "--log", "none"]
            let plain = try await run(
                words, output: .terminal, error: .terminal, environment: ["NO_COLOR": "1", "TERM": "xterm"])
            #expect(plain.standardError.contains("tick "))
            #expect(!plain.standardOutput.contains(Self.escape))
            let quiet = try await run(words + ["--quiet"], output: .terminal, error: .terminal)
            #expect(quiet.standardError.isEmpty)
            let dumb = try await run(words, error: .terminal, environment: ["TERM": "dumb"])
            #expect(dumb.standardError.isEmpty)
        }

        @Test("a terminal shows the verdict in colour: green for PASS, red for FAIL, yellow for NOT JUDGED")
        func verdict() async throws {
            try await withProfile(#""rate":"50","ticks":3,"service_levels":{"drift_ns_max":0}"#) { path in
                let good = try await run([path], output: .terminal)
                #expect(good.standardOutput.hasPrefix("\u{1B}[32mPASS\u{1B}[0m  test: 3 ticks"))
            }
            let unjudged = try await run(["50", "--ticks", "3", "--no-levels"], output: .terminal)
            #expect(unjudged.standardOutput.hasPrefix("\u{1B}[33mNOT JUDGED\u{1B}[0m  50: 3 ticks"))
            try await withProfile(#""rate":"50","ticks":3,"service_levels":{"start_lateness_ns_max":0}"#) { path in
                let bad = try await run([path], output: .terminal)
                #expect(bad.exitCode == 1)
                #expect(bad.standardOutput.hasPrefix("\u{1B}[31mFAIL\u{1B}[0m  test: 3 ticks"))
            }
        }

        @Test("pipes get neither progress nor colour, and a quiet host's run no commentary")
        func pipes() async throws {
            let result = try await run(["50", "--ticks", "15", "--no-levels"])
            #expect(!result.standardOutput.contains(Self.escape))
            #expect(result.lines[0].hasPrefix("NOT JUDGED  50: 15 ticks"))
            #expect(!result.standardError.contains(Self.escape))
            #expect(!result.standardError.contains("worst"))
        }

        @Test("--quiet prints only the verdict")
        func quiet() async throws {
            let result = try await run(["50", "--ticks", "3", "--no-levels", "--quiet"])
            #expect(result.lines.count == 1)
            #expect(result.lines[0].hasPrefix("NOT JUDGED  50: 3 ticks"))
        }

        @Test("the report names the missed level, with the measured and the accepted value")
        func notMet() async throws {
            try await withProfile(
                #""rate":"50","ticks":3,"service_levels":{"start_lateness_ns_max":0,"skipped_ticks_max":0}"#
            ) { path in
                let result = try await run([path])
                #expect(result.exitCode == 1)
                #expect(result.lines[0].contains("not met: start_lateness_ns_max "))
                #expect(result.lines.contains { $0.hasPrefix("  NOT MET         start_lateness_ns_max: ") })
                #expect(result.lines.contains("  met             skipped_ticks_max: 0, accepted 0"))
            }
        }

        @Test("a refusal of the host is printed once on standard error, is in the report, and stops nothing")
        func refusal() async throws {
            // None of our hosts has a CPU 1023.
            let result = try await run(["50", "--ticks", "3", "--no-levels", "--cpu", "1023", "--quiet"])
            #expect(result.exitCode == 0)
            let said = result.standardError.split(separator: "\n").filter { $0.contains("REFUSED only CPU 1023") }
            #expect(said.count == 1)
            #expect(said.first?.contains("sched_setaffinity") == true)
            let report = try await run(["50", "--ticks", "3", "--cpu", "1023"])
            #expect(report.lines.contains { $0.hasPrefix("  REFUSED         only CPU 1023") })
        }

        @Test("a spin under SCHED_FIFO warns of the kernel's throttling")
        func spinUnderFIFO() async throws {
            let result = try await run(["50", "--ticks", "2", "--wait", "spin", "--fifo", "1"])
            #expect(result.standardError.contains("50 ms of every second"))
            #expect(result.standardError.contains("--wait hybrid"))
        }
    }
}
