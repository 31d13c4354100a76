import Foundation
import TestSupport
import Testing

@Suite("Standard output")
struct OutputTests {
    /// Every command, as it prints to a stream that fails.
    private static let commands = [
        ["deadlines", "25"], ["deadlines", "25", "--count", "100000", "--json"], ["timecode", "25", "1"],
        ["fence", "25", "--epoch-utc-ms", "0", "--end-utc-ms", "1"], ["align", "25", "--tai-ns", "0"],
        ["profile", "--schema"], ["host", "--json"], ["--help"], ["--version"], ["help", "run"],
    ]

    @Test("a closed reader ends the command with 69 and a message", arguments: commands)
    func brokenPipe(words: [String]) async throws {
        var process = RunProcess.tickrun(words)
        process.standardOutput = .withoutReader
        let result = try await process.run()
        #expect(result.exitCode == 69)
        #expect(result.standardError.contains("EPIPE"))
    }

    @Test("a full disk ends the command with 69 and a message", arguments: commands)
    func fullDisk(words: [String]) async throws {
        var process = RunProcess.tickrun(words)
        process.standardOutput = .file("/dev/full")
        let result = try await process.run()
        #expect(result.exitCode == 69)
        #expect(result.standardError.contains("ENOSPC"))
    }

    @Test("a closed standard output ends the command with 69 and a message", arguments: commands)
    func closed(words: [String]) async throws {
        var process = RunProcess.tickrun(words)
        process.standardOutput = .closed
        let result = try await process.run()
        #expect(result.exitCode == 69)
        #expect(result.standardError.contains("EBADF"))
    }

    @Test("a closed input and a closed error stream do not matter")
    func otherStreamsClosed() async throws {
        var process = RunProcess.tickrun("deadlines", "25", "--count", "1", "--json")
        process.standardInput = .closed
        process.standardError = .closed
        let result = try await process.run()
        #expect(result.exitCode == 0)
        #expect(result.lines.count == 1)
    }

    @Test("a long list arrives complete and in order, through a blocking pipe and a non-blocking one")
    func longList() async throws {
        try await longList(through: .captured)
        try await longList(through: .nonBlocking)
    }

    private func longList(through stream: RunProcess.Stream) async throws {
        var process = RunProcess.tickrun("deadlines", "1000", "--count", "50000")
        process.standardOutput = stream
        let result = try await process.run()
        #expect(result.exitCode == 0)
        #expect(result.lines.count == 50_002)
        #expect(result.lines.dropFirst(2).enumerated().allSatisfy { $1.hasPrefix("\($0) ") })
    }
}
