import Foundation
import TestSupport
import Testing

/// What loops leave behind in a program that starts many of them, one after another.
@Suite("What a loop leaves behind, from C")
struct LeftoversTests {
    @Test(
        "500 loops, pushed and pulled, leave no descriptor, thread, mapping or lock, and the thread as it was",
        .requires(.gcc))
    func fiveHundred() async throws {
        try await CPrograms.withFolder { folder in
            let program = try await CPrograms.build("Fixtures/c-interface/leftovers.c", in: folder, ["-std=gnu11"])
            var process = RunProcess(program, ["500"])
            process.timeout = 120
            let result = try await process.run()
            try #require(result.exitCode == 0, "\(result.standardError)")
            let seen = try ProcessHoldings.lines(result.lines)
            let running = try #require(seen["running"])
            let before = try #require(seen["before"]), after = try #require(seen["after"])
            #expect(after.leftovers(since: before).isEmpty, "\(before) \(after)")
            // A running loop holds one if the host grants it.
            #expect(running.latencyDescriptors <= 1)
        }
    }
}
