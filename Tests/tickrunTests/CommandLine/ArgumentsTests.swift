import TestSupport
import Testing

@Suite("Options and operands")
struct ArgumentsTests {
    @Test(
        "a value after a space and one after an equals sign mean the same, before and after the operand",
        arguments: [
            ["25", "--from", "3", "--count", "1"], ["25", "--from=3", "--count=1"],
            ["--from", "3", "25", "--count=1"], ["--count=1", "--from=3", "--", "25"],
        ])
    func spellings(words: [String]) async throws {
        let result = try await RunProcess.tickrun(["deadlines", "--json"] + words).run()
        #expect(result.exitCode == 0)
        #expect(result.lines.count == 1)
        #expect(result.standardOutput.contains(#""tick":3,"offset_ns":120000000"#))
    }

    @Test(
        "what the command line cannot mean is refused with the word, the remedy and the way to help",
        arguments: [
            (["25", "--form", "3"], "'--form' (did you mean '--from'?)"),
            (["25", "--jsno"], "'--jsno' (did you mean '--json'?)"),
            (["25", "--zzzzzz"], "unknown option '--zzzzzz'"),
            (["25", "-x"], "unknown option '-x'"),
            (["25", "--from"], "--from needs a value: --from N"),
            (["25", "--from", ""], "--from needs a value: --from N"),
            (["25", "--from="], "--from needs a value: --from N"),
            (["25", "--from", "--json"], "--from needs a value: --from N"),
            (["25", "--json=yes"], "--json takes no value"),
            (["25", "--from", "1", "--from=2"], "--from is given twice"),
            (["25", "30"], "unexpected argument '30'"),
            (["25", "--", "--json"], "unexpected argument '--json'"),
            ([], "RATE is missing"),
        ])
    func refusals(words: [String], message: String) async throws {
        let result = try await RunProcess.tickrun(["deadlines"] + words).run()
        #expect(result.exitCode == 2)
        #expect(result.standardOutput.isEmpty)
        #expect(result.standardError.hasPrefix("tickrun: "))
        #expect(result.standardError.contains(message))
        #expect(result.standardError.contains("'tickrun deadlines --help'"))
    }

    @Test("an unknown option alone belongs to the default command")
    func defaultCommand() async throws {
        let result = try await RunProcess.tickrun("25", "--jsom").run()
        #expect(result.exitCode == 2)
        #expect(result.standardError.contains("did you mean '--json'?"))
        #expect(result.standardError.contains("'tickrun run --help'"))
    }
}
