import Foundation
import Glibc
import TestSupport
import Testing

extension RunTests {
    /// Signals that end a process, and those that become errors of a call.
    @Suite("fatal signals", .serialized)
    struct FatalSignals {
        @Test(
            "a fatal signal that somebody sends ends the run by that signal, without a report",
            arguments: [SIGQUIT, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP])
        func sent(signal: Int32) async throws {
            var process = RunProcess.tickrun("50", "--duration", "4s", "--json")
            process.signals = [.init(containing: #""tick":10,"#, send: signal)]
            let result = try await process.run()
            #expect(
                result.signal == signal && !result.timedOut,
                "signal \(signal): \(result.exitCode ?? -1) \(result.signal ?? 0)")
            #expect(!result.standardOutput.contains("tickrun/summary"))
        }

        @Test("SIGHUP that is ignored from the start, as under nohup, stays ignored")
        func nohup() async throws {
            let tickrun = RunProcess.tickrun("50", "--ticks", "40", "--json")
            let words = tickrun.arguments.joined(separator: " ")
            var process = RunProcess("/bin/sh", ["-c", "trap '' HUP; exec \(tickrun.executable) \(words)"])
            process.signals = [.init(containing: #""tick":5,"#, send: SIGHUP)]
            let outcome = try RunOutcome(try await process.run())
            outcome.expectSound()
            #expect(outcome.ticks.count == 40 && outcome.summary.endedBy == "ticks")
        }

        @Test("a journal that reaches the limit on files ends as an error; the run goes on, and 69 at the end")
        func fileSizeLimit() async throws {
            let own = try TemporaryFolder(), folder = own.path
            let tickrun = RunProcess.tickrun("")
            let words = "1000 --ticks 1500 --json=summary --journal \(folder)/run.journal"
            let process = RunProcess("/bin/bash", ["-c", "ulimit -f 64; exec \(tickrun.executable) \(words)"])
            let result = try await process.run()
            #expect(result.exitCode == 69, "\(result)")
            #expect(result.standardOutput.contains(#""ticks":1500"#), "\(result.standardOutput)")
            #expect(result.standardError.contains("the journal ends here: write"), "\(result.standardError)")
            #expect(result.standardError.contains("File too large"), "\(result.standardError)")
            let verified = try await RunProcess.tickrun("journal", "verify", "\(folder)/run.journal").run()
            #expect(verified.standardOutput.contains("torn") || verified.exitCode == 0, "\(verified)")
        }
    }
}
