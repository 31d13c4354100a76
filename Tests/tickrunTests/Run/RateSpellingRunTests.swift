import Foundation
import TestSupport
import Testing

@Suite("Rates as people spell them")
struct RateSpellingRunTests {
    @Test(
        "a run takes every spelling of a rate, and the suffix chooses the labels",
        arguments: [
            ("50p", "50/1", "non_drop"), ("30fps", "30/1", "non_drop"), ("59.940", "60000/1001", "drop"),
            ("29.97ndf", "30000/1001", "non_drop"), ("29.97df", "30000/1001", "drop"),
            ("23.98", "24000/1001", "non_drop"),
        ])
    func runs(_ spelling: String, rate: String, labels: String) async throws {
        let result = try await RunProcess.tickrun(spelling, "--ticks", "2", "--no-levels", "--json").run()
        #expect(result.exitCode == 0, "\(result.standardError)")
        let first = try #require(result.lines.first), last = try #require(result.lines.last)
        #expect(last.contains("\"rate\":\"\(rate)\""), "\(last.prefix(600))")
        #expect(first.contains(labels == "drop" ? ";00\"" : ":00\""), "\(first)")
    }

    @Test(
        "commands of the grid take the same spellings",
        arguments: [
            ["deadlines", "59.940", "--count", "3"], ["deadlines", "59.94p", "--count", "3"],
            ["deadlines", "59.94df", "--count", "3"], ["deadlines", "60000/1001", "--count", "3"],
        ])
    func deadlines(_ words: [String]) async throws {
        let result = try await RunProcess.tickrun(words).run()
        #expect(result.exitCode == 0, "\(result.standardError)")
        let plain = try await RunProcess.tickrun("deadlines", "59.94", "--count", "3").run()
        #expect(result.standardOutput == plain.standardOutput)
    }

    @Test("timecode counts as the rate's suffix says")
    func timecode() async throws {
        let drop = try await RunProcess.tickrun("timecode", "29.97df", "1800").run()
        #expect(drop.standardOutput.contains("00:01:00;02"))
        let nonDrop = try await RunProcess.tickrun("timecode", "29.97ndf", "1800").run()
        #expect(nonDrop.standardOutput.contains("00:01:00:00"))
        let agreeing = try await RunProcess.tickrun("timecode", "29.97ndf", "--non-drop", "1800").run()
        #expect(agreeing.standardOutput == nonDrop.standardOutput)
    }

    @Test("a file whose name resembles a rate is run as a file; one that spells a rate needs its folder")
    func files() async throws {
        let folder = try TemporaryFolder()
        let profile = Vectors.packageRoot.appending(path: "Fixtures/profiles/pal-25.json")
        for name in ["59.94.json", "50p"] {
            try FileManager.default.copyItem(at: profile, to: folder.url.appending(path: name))
        }
        for (operand, name) in [("59.94.json", "pal-25"), ("./50p", "pal-25"), ("50p", "50")] {
            var process = RunProcess.tickrun(operand, "--ticks", "2", "--json=summary")
            process.workingDirectory = folder.path
            let result = try await process.run()
            #expect(result.standardOutput.contains("\"name\":\"\(name)\""), "\(operand): \(result.standardError)")
        }
    }
}
