import TestSupport
import Testing

/// The commands that help lists, in its order.
private let commandNames = ["run", "host", "profile", "deadlines", "timecode", "fence", "align"]

@Suite("The command line as a whole")
struct ProgramTests {
    @Test("each way to ask for help lists every command on standard output", arguments: ["--help", "-h", "help"])
    func overview(word: String) async throws {
        let result = try await RunProcess.tickrun(word).run()
        #expect(result.exitCode == 0)
        #expect(result.standardError.isEmpty)
        let named = result.lines.compactMap { $0.hasPrefix("  ") ? $0.split(separator: " ").first : nil }
        #expect(commandNames.allSatisfy { name in named.contains { $0 == name } })
    }

    @Test("both ways to a command's help give the same text, with examples", arguments: commandNames)
    func commandHelp(name: String) async throws {
        let byOption = try await RunProcess.tickrun(name, "--help").run()
        let byCommand = try await RunProcess.tickrun("help", name).run()
        #expect(byOption.exitCode == 0)
        #expect(byOption.standardOutput == byCommand.standardOutput)
        #expect(byOption.lines[0].hasPrefix("usage: tickrun \(name)"))
        #expect(try await !examples(of: name).isEmpty)
    }

    @Test("what help explains has lines of at most 90 columns")
    func helpWidth() async throws {
        let overview = try await RunProcess.tickrun("help").run().lines
        let begin = try #require(overview.firstIndex(of: "commands:"))
        let names = overview[(begin + 1)...].prefix { $0.hasPrefix("  ") }.compactMap { $0.split(separator: " ").first }
        #expect(names.count > 20 && overview.allSatisfy { $0.count <= 90 })
        for name in names {
            let lines = try await RunProcess.tickrun("help", String(name)).run().lines
            let explained = lines.dropFirst().prefix { $0 != "options:" }
            #expect(!explained.isEmpty && explained.allSatisfy { $0.count <= 90 }, "\(name)")
        }
    }

    @Test("help is printed even if the rest of the line is wrong")
    func helpBesideMistakes() async throws {
        let result = try await RunProcess.tickrun("deadlines", "--wrong", "--help").run()
        #expect(result.exitCode == 0)
        #expect(result.standardOutput.hasPrefix("usage: tickrun deadlines"))
    }

    @Test("every example of every command's help works as it stands", arguments: commandNames.filter { $0 != "run" })
    func examplesWork(name: String) async throws {
        for example in try await examples(of: name) {
            let words = example.split(separator: " ").dropFirst().map { String($0.filter { $0 != "'" }) }
            let result = try await RunProcess.tickrun(words).run()
            // The verdict depends on this host.
            #expect(result.exitCode == 0 || (name == "host" && result.exitCode == 1), "\(example)")
            #expect(!result.standardOutput.isEmpty)
        }
    }

    private func examples(of name: String) async throws -> [String] {
        let lines = try await RunProcess.tickrun(name, "--help").run().lines
        let heading = try #require(lines.firstIndex(of: "examples:"))
        return lines[(heading + 1)...].map { String($0.drop { $0 == " " }) }
    }

    @Test("the version is one line")
    func version() async throws {
        let result = try await RunProcess.tickrun("--version").run()
        #expect(result.exitCode == 0)
        #expect(result.standardOutput.wholeMatch(of: /tickrun \d+\.\d+\.\d+\n/) != nil)
    }

    @Test(
        "a command that is mistyped is refused with the nearest one",
        arguments: [
            ("deadline", "'deadlines'"), ("tiemcode", "'timecode'"), ("hots", "'host'"), ("deadlnie", "'deadlines'"),
            ("Profile", "'profile'"),
        ])
    func mistypedCommand(word: String, suggestion: String) async throws {
        for words in [[word, "25"], ["help", word]] {
            let result = try await RunProcess.tickrun(words).run()
            #expect(result.exitCode == 2)
            #expect(result.standardError.contains("did you mean \(suggestion)?"))
            #expect(result.standardError.contains("tickrun --help"))
            #expect(result.standardOutput.isEmpty)
        }
    }

    @Test("a word that is near to no command gets no suggestion", arguments: ["xyzzy", "fine", "x"])
    func noGuess(word: String) async throws {
        let result = try await RunProcess.tickrun(word).run()
        #expect(result.exitCode == 2)
        #expect(result.standardError.contains("unknown command '\(word)'"))
        #expect(!result.standardError.contains("did you mean"))
    }

    @Test("an empty command line is wrong usage, and the message names the next step")
    func nothing() async throws {
        let result = try await RunProcess.tickrun().run()
        #expect(result.exitCode == 2)
        #expect(result.standardError.contains("tickrun --help"))
    }
}
