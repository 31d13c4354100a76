import Foundation
import TestSupport
import Testing

extension RunTests {
    /// The live screen in a real terminal emulator.
    @Suite("the live screen", .serialized, .requires(.tmux))
    struct Live {
        /// One terminal of tmux, with its own server.
        private final class Terminal {
            private let server = "tickrun-\(UUID().uuidString)"

            /// - Parameter variables: shell variables before the program's name.
            init(width: Int, height: Int, _ command: String, variables: String = "") async throws {
                let executable = RunProcess.tickrun("").executable
                // The shell survives the key that ends its program.
                let shell = "trap : INT; \(variables) \(executable) \(command); echo \"ended with $?\"; sleep 60"
                let started = try await tmux(
                    ["-f", "/dev/null", "new-session", "-d", "-x", "\(width)", "-y", "\(height)", shell])
                try #require(started.exitCode == 0, "\(started.standardError)")
            }

            private func tmux(_ words: [String]) async throws -> RunProcess.Result {
                var process = RunProcess("/usr/bin/env", ["tmux", "-L", server] + words)
                process.workingDirectory = Vectors.packageRoot.path
                process.environment = ["TERM": "xterm", "NO_COLOR": nil, "TMUX": nil]
                return try await process.run()
            }

            func screen() async throws -> String { try await tmux(["capture-pane", "-p"]).standardOutput }

            /// Whether the alternate screen and the cursor are shown.
            func flags() async throws -> String {
                try await tmux(["display-message", "-p", "#{alternate_on} #{cursor_flag}"]).standardOutput
                    .trimmingCharacters(in: .whitespacesAndNewlines)
            }

            func press(_ keys: String) async throws { _ = try await tmux(["send-keys", keys]) }

            func end() async throws { _ = try await tmux(["kill-server"]) }

            /// The screen, as soon as it fulfils the condition.
            func wait(until holds: (String) -> Bool) async throws -> String? {
                try await waitFor(within: .seconds(40), every: .milliseconds(100)) {
                    let screen = try await screen()
                    return holds(screen) ? screen : nil
                }
            }
        }

        private static func with(
            _ width: Int, _ height: Int, _ command: String, variables: String = "",
            _ body: (Terminal) async throws -> Void
        ) async throws {
            let terminal = try await Terminal(width: width, height: height, command, variables: variables)
            let result: Result<Void, any Error>
            do { result = .success(try await body(terminal)) } catch { result = .failure(error) }
            try await terminal.end()
            try result.get()
        }

        @Test(
            "several sessions take the screen, at 80 by 24 and at 200 by 50, and give it back",
            arguments: [(80, 24), (200, 50)])
        func sizes(width: Int, height: Int) async throws {
            try await Self.with(
                width, height, "Fixtures/profiles/multi-rate.json --duration 10m --no-levels --log none"
            ) { terminal in
                let shown = try await terminal.wait { $0.contains("timecode") && $0.contains("|") }
                let screen = try #require(shown)
                #expect(try await terminal.flags() == "1 0")
                let lines = screen.split(separator: "\n", omittingEmptySubsequences: false)
                #expect(lines.allSatisfy { $0.count <= width } && lines.count <= height + 1)
                #expect(lines[0].contains("UTC") && lines[0].contains("multi-rate"))
                for word in ["session", "rate", "tick", "last", "p99", "max", "late"] {
                    #expect(lines[1].contains(word))
                }
                // 200 columns have room for what 80 columns leave out.
                for word in ["p50", "skipped", "in a row", "neighbour"] {
                    #expect(lines[1].contains(word) == (width == 200), "\(word)")
                }
                #expect(screen.contains("late by cause:") && screen.contains("start lateness |"))
                // Not by its duration, which a busy machine may need to show the screen at all.
                try await terminal.press("C-c")
                let ended = try await terminal.wait { $0.contains("ended with 0") }
                // The report's end. Its beginning has scrolled off a low terminal.
                #expect(ended?.contains("clock source") == true || ended?.contains("late: ") == true, "\(ended ?? "")")
                #expect(try await terminal.flags() == "0 1")
                #expect(ended?.contains("start lateness |") == false)
            }
        }

        @Test("a signal restores the screen and reports; a second one restores it without a report")
        func signals() async throws {
            try await Self.with(80, 60, "25 --duration 10m --live on --no-levels --log none") { terminal in
                // Not within #require: the closure after a macro's is taken for it by this compiler.
                let shown = try await terminal.wait { $0.contains("start lateness |") }
                #expect(shown != nil)
                try await terminal.press("C-c")
                let ended = try await terminal.wait { $0.contains("ended with 0") }
                #expect(
                    ended?.contains("by class") == true, "\(ended ?? "")")
                #expect(try await terminal.flags() == "0 1")
            }
            try await Self.with(100, 24, "25 --duration 20m --live on --work 10m") { terminal in
                // The handler of the first tick must run: a run that is stopped before its first tick ends at once.
                let shown = try await terminal.wait { $0.contains("has not returned") && $0.contains("late by cause") }
                #expect(shown != nil)
                try await terminal.press("C-c")
                let first = try await terminal.wait { $0.contains("SIGINT") }
                let after = try await terminal.screen()
                #expect(first != nil, "\(after)")
                try await terminal.press("C-c")
                let ended = try await terminal.wait { $0.contains("ended with 130") }
                let last = try await terminal.screen()
                #expect(ended?.contains("aborted by a second signal") == true, "\(last)")
                #expect(try await terminal.flags() == "0 1")
            }
        }

        @Test("events while the screen is shown are on it, and are printed after it")
        func incidents() async throws {
            try await Self.with(100, 60, "25 --ticks 3 --live on --no-levels --work 1500ms") { terminal in
                let shown = try await terminal.wait { $0.contains("has not returned") && $0.contains("late by cause") }
                #expect(shown != nil)
                #expect(try await terminal.flags() == "1 0")
                let ended = try await terminal.wait { $0.contains("ended with") }
                #expect(ended?.contains("has not returned") == true && ended?.contains("returned after") == true)
            }
        }

        @Test(
            "stalls and a step of UTC have the same numbers on the screen, in the journal, the report and the metrics",
            .requires(.cc))
        func sameNumbers() async throws {
            let own = try TemporaryFolder(), folder = own.path
            let shim = try await RunShims.library("step_realtime")
            let files = "--journal \(folder)/run.journal --report \(folder)/run.html --metrics \(folder)/run.prom"
            try await Self.with(
                200, 50, "25 --ticks 40 --work 120ms --live on --json=summary \(files) >\(folder)/run.json",
                variables: "LD_PRELOAD=\(shim) STEP_AFTER_MS=3000 STEP_BY_MS=5000"
            ) { terminal in
                let screen = try await terminal.wait { $0.contains("UTC stepped") && $0.contains("late by cause") }
                let shown = try #require(screen).split(separator: "\n").map(String.init)
                #expect(shown.contains { $0.contains("UTC stepped forward by 5.00 s") }, "\(shown)")
                let row = try #require(shown.first { $0.hasPrefix("main ") }).split(separator: " ")
                let tick = try #require(Int(row[2]))
                let causes = try #require(shown.first { $0.hasPrefix("late by cause: ") })
                let late = causes.split { !$0.isNumber }.compactMap { Int($0) }.reduce(0, +)
                #expect(late > 5)
                let ended = try await terminal.wait { $0.contains("ended with") }
                #expect(ended != nil)

                // As the page lists every late tick up to the one on the screen.
                func lateTicks(_ name: String) throws -> [Int] {
                    let page = try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
                    #expect(page.contains(">5.00 s<"))
                    let ticks = try #require(page.components(separatedBy: "<h3>Late ticks</h3>").last)
                    return ticks.components(separatedBy: "data-label=\"tick\">").dropFirst().compactMap { cell in
                        Int(cell.prefix { $0 != "<" }.split(separator: " ").dropFirst().first ?? "")
                    }
                }
                let ticks = try lateTicks("run.html")
                #expect(ticks.count { $0 <= tick } == late, "\(tick), \(ticks)")
                let summary = try String(contentsOfFile: "\(folder)/run.json", encoding: .utf8)
                #expect(summary.contains("\"late_ticks\":\(ticks.count),"))
                let metrics = try String(contentsOfFile: "\(folder)/run.prom", encoding: .utf8)
                #expect(metrics.contains("tickrun_utc_steps_total{run=\"25\",file=\"run.prom\"} 1\n"))
                let counts = metrics.split(separator: "\n").filter { $0.hasPrefix("tickrun_ticks_late_total{") }
                    .compactMap { Int($0.split(separator: " ").last ?? "") }
                #expect(counts.reduce(0, +) == ticks.count, "\(counts)")
                let again = ["report", "\(folder)/run.journal", "-o", "\(folder)/again.html"]
                let report = try await RunProcess.tickrun(again).run()
                #expect(report.exitCode == 0, "\(report.standardError)")
                #expect(try lateTicks("again.html") == ticks)
            }
        }

        @Test("one session shows a line, and without a terminal there is no screen")
        func without() async throws {
            var single = RunProcess.tickrun("29.97", "--ticks", "10")
            single.standardError = .terminal
            single.environment = ["TERM": "xterm", "NO_COLOR": nil]
            #expect(!(try await single.run().standardError.contains("\u{1B}[?1049h")))
            let piped = try await RunProcess.tickrun("29.97", "--ticks", "10", "--no-levels", "--live", "on").run()
            #expect(piped.exitCode == 0 && piped.standardError.contains("not a terminal"))
            #expect(!piped.standardError.contains("\u{1B}["))
            var off = RunProcess.tickrun("Fixtures/profiles/multi-rate.json", "--duration", "500ms", "--live", "off")
            off.standardError = .terminal
            off.environment = ["TERM": "xterm", "NO_COLOR": nil]
            #expect(!(try await off.run().standardError.contains("\u{1B}[?1049h")))
        }
    }
}
