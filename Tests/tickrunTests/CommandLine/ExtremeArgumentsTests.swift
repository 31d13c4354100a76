import Foundation
import TestSupport
import Testing

@Suite("Values beyond what is admitted on the command line")
struct ExtremeArgumentsTests {
    private struct Line: Decodable, Sendable, CustomStringConvertible {
        let words: String
        let names: [String]
        var description: String { words }

        static func all() throws -> [Line] {
            struct File: Decodable { let lines: [Line] }
            let path = Vectors.packageRoot.appending(path: "Fixtures/extremes/command_lines.json")
            return try JSONDecoder().decode(File.self, from: try Data(contentsOf: path)).lines
        }
    }

    @Test("each is refused with exit code 2, and the option and the greatest value named")
    func refused() async throws {
        for line in try Line.all() {
            let words = line.words.replacing("FILE", with: "Fixtures/cluster/a.json").split(separator: " ").map(
                String.init)
            let result = try await RunProcess.tickrun(words).run()
            #expect(result.exitCode == 2, "\(line): \(String(describing: result.exitCode)): \(result.standardError)")
            for name in line.names { #expect(result.standardError.contains(name), "\(line): \(result.standardError)") }
        }
    }

    @Test("the greatest duration itself is taken")
    func greatest() async throws {
        // A result that does not exist is what is wrong here, and not its age.
        let result = try await RunProcess.tickrun("25", "--require-sync", "no-such.json", "--sync-max-age", "876600h")
            .run()
        #expect(result.exitCode == 69, "\(result.standardError)")
    }
}
