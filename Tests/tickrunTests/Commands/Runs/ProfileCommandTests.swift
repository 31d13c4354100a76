import Foundation
import TestSupport
import Testing

@Suite("tickrun profile")
struct ProfileCommandTests {
    struct Check: Decodable {
        struct Problem: Decodable {
            let path: String
            let line: Int?
            let column: Int?
            let fault: String
            let remedy: String
        }
        let file: String
        let valid: Bool
        let name: String?
        let sessionCount: Int?
        let problems: [Problem]
    }

    private func files(in folder: String) throws -> [String] {
        let url = Vectors.packageRoot.appending(path: folder)
        return try FileManager.default.contentsOfDirectory(atPath: url.path)
            .filter { $0.hasSuffix(".json") }.sorted().map { "\(folder)/\($0)" }
    }

    @Test("every shipped profile is valid, and explained")
    func shipped() async throws {
        let files = try files(in: "Fixtures/profiles")
        #expect(files.count >= 15)
        let result = try await RunProcess.tickrun(["profile", "--json"] + files).run()
        #expect(result.exitCode == 0)
        let checks = try result.objects(schema: "tickrun/profile-check/1", as: Check.self)
        #expect(checks.map(\.file) == files)
        #expect(checks.allSatisfy { $0.valid && $0.problems.isEmpty && ($0.sessionCount ?? 0) > 0 })

        let text = try await RunProcess.tickrun(["profile"] + files).run()
        #expect(text.exitCode == 0)
        #expect(files.allSatisfy { file in text.lines.contains { $0.hasPrefix("\(file): ") } })
    }

    @Test("every broken profile is refused with 65, in text and in JSON, file and fault named")
    func broken() async throws {
        for file in try files(in: "Fixtures/broken-profiles") {
            let text = try await RunProcess.tickrun("profile", file).run()
            #expect(text.exitCode == 65, "\(file)")
            #expect(text.standardOutput.isEmpty)
            #expect(text.standardError.contains(file))

            let json = try await RunProcess.tickrun("profile", "--json", file).run()
            #expect(json.exitCode == 65)
            let check = try #require(
                try json.objects(schema: "tickrun/profile-check/1", as: Check.self).first)
            #expect(!check.valid)
            #expect(check.problems.first?.fault.isEmpty == false)
        }
    }

    @Test("of several files each is reported, and the worst decides the exit code")
    func mixed() async throws {
        let good = "Fixtures/profiles/pal-25.json"
        let broken = "Fixtures/broken-profiles/rate-zero.json"
        let files = ["no-such-file", broken, good]
        let result = try await RunProcess.tickrun(["profile", "--json"] + files).run()
        #expect(result.exitCode == 69)
        let checks = try result.objects(schema: "tickrun/profile-check/1", as: Check.self)
        #expect(checks.map(\.valid) == [false, false, true])
        #expect(checks.map(\.file) == files)
    }

    @Test("a profile may come through standard input")
    func standardInput() async throws {
        let path = Vectors.packageRoot.appending(path: "Fixtures/profiles/pal-25.json").path
        var process = RunProcess.tickrun("profile", "/dev/stdin")
        process.standardInput = .text(try String(contentsOfFile: path, encoding: .utf8))
        let result = try await process.run()
        #expect(result.exitCode == 0)
        #expect(result.standardOutput.hasPrefix("/dev/stdin: pal-25"))
    }

    @Test("the schema is one JSON document that names the format")
    func schema() async throws {
        let result = try await RunProcess.tickrun("profile", "--schema").run()
        #expect(result.exitCode == 0)
        let document = try JSONSerialization.jsonObject(with: Data(result.standardOutput.utf8))
        #expect(document is [String: Any])
        #expect(result.standardOutput.contains("tickrun/profile/1"))
    }

    @Test("without a file it says so")
    func noFile() async throws {
        let result = try await RunProcess.tickrun("profile").run()
        #expect(result.exitCode == 2)
        #expect(result.standardError.contains("FILE"))
    }
}
