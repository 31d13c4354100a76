import TestSupport
import Testing

@Suite("Colour")
struct StyleTests {
    private func host(_ stream: RunProcess.Stream, _ environment: [String: String?]) async throws -> String {
        var process = RunProcess.tickrun("host")
        process.standardOutput = stream
        process.environment = environment
        return try await process.run().standardOutput
    }

    private let escape = "\u{1B}["

    @Test("a terminal gets colour")
    func terminal() async throws {
        let text = try await host(.terminal, ["NO_COLOR": nil, "TERM": "xterm"])
        #expect(text.contains(escape))
    }

    @Test("an empty NO_COLOR counts as none")
    func emptyNoColor() async throws {
        let text = try await host(.terminal, ["NO_COLOR": "", "TERM": "xterm"])
        #expect(text.contains(escape))
    }

    @Test(
        "NO_COLOR, a dumb terminal and no known terminal keep colour away",
        arguments: [
            ["NO_COLOR": "1", "TERM": "xterm"], ["NO_COLOR": nil, "TERM": "dumb"], ["NO_COLOR": nil, "TERM": nil],
        ])
    func without(environment: [String: String?]) async throws {
        let text = try await host(.terminal, environment)
        #expect(text.contains("clock_source"))
        #expect(!text.contains(escape))
    }

    @Test("a pipe gets no colour")
    func pipe() async throws {
        let text = try await host(.captured, ["NO_COLOR": nil, "TERM": "xterm"])
        #expect(text.contains("clock_source"))
        #expect(!text.contains(escape))
    }
}
