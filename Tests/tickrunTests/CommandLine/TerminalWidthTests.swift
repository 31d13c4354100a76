import TestSupport
import Testing

@Suite("Text on a terminal")
struct TerminalWidthTests {
    @Test(
        "tables fit the 80 columns of a terminal, and say the same as in a pipe, where each row is one line",
        arguments: [
            [
                "check", "--offline", "--heartbeats=Fixtures/timesync/nodes-225s.json", "--exception",
                "Fixtures/timesync/exception.json", "--environment", "pilot-aks", "--for-version", "1.0.0", "--at",
                "2026-11-17T12:00:00Z",
            ],
            ["replay", "Fixtures/journals/ntsc.journal"], ["journal", "verify", "Fixtures/journals/torn.journal"],
            ["profile", "Fixtures/profiles/ntsc-59.94.json"], ["run", "--help"], ["simulate", "--help"], ["--help"],
            ["plan", "Fixtures/profiles/day-24h.json", "--session", "sport-59.94", "--epoch", "2026-11-21T12:00:00Z"],
        ])
    func folded(arguments: [String]) async throws {
        var process = RunProcess.tickrun(arguments)
        process.environment = ["NO_COLOR": "1"]
        let piped = try await process.run()
        process.standardOutput = .terminal
        let shown = try await process.run()
        #expect(piped.exitCode == shown.exitCode && !shown.lines.isEmpty)
        // A word that is longer than half the width, such as a path, stays whole, and so does a command.
        for line in shown.lines {
            let isWhole = line.hasPrefix("  tickrun ") || line.split(separator: " ").contains { $0.count > 40 }
            #expect(line.count <= 80 || isWhole, "\(line)")
        }
        func words(_ text: String) -> [Substring] { text.split(whereSeparator: \.isWhitespace) }
        #expect(words(shown.standardOutput) == words(piped.standardOutput))
        #expect(piped.lines.contains { $0.count > 80 }, "nothing in it needs folding")
    }

    @Test("a table of deadlines with a media clock fits 80 columns")
    func deadlines() async throws {
        let result = try await RunProcess.tickrun("deadlines", "59.94", "--clock-rate", "90000").run()
        #expect(result.exitCode == 0 && result.lines.allSatisfy { $0.count <= 80 })
    }
}
