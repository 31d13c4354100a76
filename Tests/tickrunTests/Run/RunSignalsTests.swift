import Foundation
import Glibc
import TestSupport
import Testing

extension RunTests {
    @Suite("signals", .serialized)
    struct Signals {
        @Test(
            "SIGINT, SIGTERM and SIGHUP finish the tick and report in full, exit code by verdict",
            arguments: [SIGINT, SIGTERM, SIGHUP])
        func first(signal: Int32) async throws {
            var process = RunProcess.tickrun("50", "--duration", "1h", "--work", "1ms", "--no-levels", "--json")
            process.signals = [.init(containing: #""tick":10,"#, send: signal)]
            let outcome = try RunOutcome(try await process.run())
            outcome.expectSound()
            #expect(outcome.summary.endedBy == "signal")
            #expect(outcome.summary.verdict == "NOT JUDGED")
            #expect(outcome.ticks.count > 10)
            let session = outcome.summary.sessions[0]
            #expect(!session.complete)
            #expect(session.tickCount == 180_000)
            #expect(session.lastTick == outcome.ticks.last?.tick)
            // The running handler was not interrupted.
            #expect(outcome.ticks.allSatisfy { $0.workNs >= 1_000_000 })
            #expect(
                outcome.result.standardError.contains(
                    [SIGINT: "SIGINT", SIGTERM: "SIGTERM", SIGHUP: "SIGHUP"][signal] ?? "?"))
        }

        @Test("a run that a signal ends is a FAIL with its exit code if a level was missed by then")
        func verdict() async throws {
            try await withProfile(
                #""rate":"50","duration":"1h","service_levels":{"start_lateness_ns_max":0}"#
            ) { path in
                var process = RunProcess.tickrun(path, "--json")
                process.signals = [.init(containing: #""tick":5,"#, send: SIGINT)]
                let outcome = try RunOutcome(try await process.run())
                outcome.expectSound()
                #expect(outcome.summary.endedBy == "signal")
                #expect(outcome.result.exitCode == 1)
            }
        }

        @Test("the text report is complete after a signal, and names what ended the run")
        func text() async throws {
            var process = RunProcess.tickrun("25", "--duration", "1h", "--work", "2s")
            // The handler hangs for more than a second, which is reported while it hangs.
            process.signals = [.init(containing: "has not returned", send: SIGINT)]
            let result = try await process.run()
            // Behind by two seconds when it ended.
            #expect(result.exitCode == 1)
            #expect(result.lines.first?.contains("not met: periods_behind_max 4") == true)
            #expect(result.lines.first?.contains("1 tick in") == true)
            #expect(result.lines.first?.contains("ended by a signal") == true)
            for heading in ["clocks", "host", "incidents"] { #expect(result.lines.contains(heading)) }
            #expect(result.standardError.contains("finishing the tick; a second signal aborts"))
        }

        @Test(
            "a second signal aborts with 130 while a handler hangs; what was printed is valid",
            arguments: [SIGINT, SIGTERM])
        func second(signal: Int32) async throws {
            try await withProfile(
                #"""
                "sessions":[{"id":"good","rate":"100","ticks":1000},
                {"id":"stuck","rate":"2","ticks":1000,"work_ns":3600000000000}]
                """#
            ) { path in
                var process = RunProcess.tickrun(path, "--json")
                process.signals = [
                    .init(containing: "has not returned", send: SIGINT),
                    .init(containing: "finishing the tick", send: signal),
                ]
                let result = try await process.run()
                #expect(result.exitCode == 130)
                #expect(!result.timedOut)
                #expect(result.standardError.contains("aborted by a second signal"))
                _ = try result.objects(schema: "tickrun/tick/1", as: TickObject.self)
            }
        }

        @Test("SIGUSR1 writes the report so far as files and text, and the run continues to its final report")
        func reportSoFar() async throws {
            let own = try TemporaryFolder(), folder = own.path
            let files = ["\(folder)/page.html", "\(folder)/%{run}.hgrm"].joined(separator: ",")
            let run = try LiveProcess(
                RunProcess.tickrun("50", "--ticks", "200", "--no-levels", "--json", "--report", files), named: "run",
                in: folder)
            defer { run.end() }
            func waitFor(_ condition: () -> Bool) async throws {
                _ = try await waitUntil(within: .seconds(20)) { condition() }
            }
            try await waitFor { run.output.contains(#""tick":20,"#) }
            run.send(SIGUSR1)
            try await waitFor { run.errors.contains("clocks") }
            #expect(!run.hasEnded && run.errors.contains("the report so far:"), "\(run.errors)")
            let early = try #require(run.errors.split(separator: "\n").first { $0.contains("ticks in") })
            #expect(early.contains(" so far;"), "\(early)")
            let histogram = "\(folder)/50.hgrm"
            #expect(FileManager.default.fileExists(atPath: "\(folder)/page.html"))
            func count() throws -> Int? {
                let text = try String(contentsOfFile: histogram, encoding: .utf8)
                let line = text.split(separator: "\n").first { $0.contains("Total count") }
                return line?.split { !$0.isNumber }.last.flatMap { Int($0) }
            }
            let soFar = try #require(try count())
            #expect(soFar > 15 && soFar < 200)
            #expect(try await run.exitCode(within: 20) == 0, "\(run.errors)")
            #expect(try count() == 200)
            #expect(run.lines.count { $0.contains("tickrun/tick/1") } == 200)
            #expect(run.lines.last?.contains("tickrun/summary/1") == true)
        }

        @Test("a signal ends a sleep of hours at once")
        func longSleep() async throws {
            // Tick 0 is due at the epoch, tick 1 an hour later.
            var process = RunProcess.tickrun("1/3600", "--ticks", "2", "--json")
            process.signals = [.init(containing: #""tick":0,"#, send: SIGINT)]
            process.timeout = 20
            let outcome = try RunOutcome(try await process.run())
            outcome.expectSound()
            #expect(outcome.ticks.count == 1)
            #expect(outcome.summary.endedBy == "signal")
        }
    }
}
