import Foundation
import TestSupport
import Testing

@Suite("A run whose plan is over")
struct RunPastPlanTests {
    private static func profile(_ atPlanEnd: String) -> String {
        #"""
        {"schema":"tickrun/profile/1","name":"past","rate":"50","ticks":5,"timecode":"none",
         "plan_start":"2026-01-01T06:00:00Z","blocks":[{"id":"a","duration":"10s"},{"id":"b","duration":"20s"}],
         "at_plan_end":"\#(atPlanEnd)"}
        """#
    }

    private static func withProfile(_ atPlanEnd: String, _ body: (String) async throws -> Void) async throws {
        let folder = try TemporaryFolder(), file = folder.url.appending(path: "past.json")
        try Data(profile(atPlanEnd).utf8).write(to: file)
        try await body(file.path)
    }

    @Test(
        "with at_plan_end: continue it warns once, at its start, and runs; quiet or not", arguments: [[], ["--quiet"]])
    func warns(_ options: [String]) async throws {
        try await Self.withProfile("continue") { file in
            let result = try await RunProcess.tickrun([file, "--no-levels"] + options).run()
            #expect(result.exitCode == 0, "\(result.standardError)")
            let warnings = result.standardError.split(separator: "\n").filter { $0.contains("block plan ended at") }
            #expect(warnings.count == 1, "\(result.standardError)")
            let warning = try #require(warnings.first)
            #expect(warning.contains("session 'past'") && warning.contains("2026-01-01T06:00:30"))
            #expect(warning.contains("plan later blocks"))
        }
    }

    @Test("with at_plan_end: end it is refused")
    func refused() async throws {
        try await Self.withProfile("end") { file in
            let result = try await RunProcess.tickrun(file).run()
            #expect(
                result.exitCode == 78 && result.standardError.contains("plan later blocks"), "\(result.standardError)")
        }
    }

    @Test("'tickrun plan' warns of an epoch at which every block is over, and of no other")
    func plan() async throws {
        try await Self.withProfile("continue") { file in
            let over = try await RunProcess.tickrun("plan", file, "--epoch", "2026-01-01T06:00:30Z").run()
            #expect(over.exitCode == 0 && over.standardError.contains("every block is over before tick 0"))
            let last = try await RunProcess.tickrun("plan", file, "--epoch", "2026-01-01T06:00:29Z").run()
            #expect(last.exitCode == 0 && last.standardError.isEmpty)
        }
    }
}
