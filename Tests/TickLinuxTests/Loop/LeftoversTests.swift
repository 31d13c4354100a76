import Foundation
import TestSupport
import Testing

/// What loops leave behind in a process of their own: `liveprobe leftovers`.
@Suite("What a loop leaves behind")
struct LeftoversTests {
    @Test("500 loops, pushed, pulled and refused, leave nothing, and the thread that pulled as it was")
    func fiveHundred() async throws {
        var process = RunProcess.built("liveprobe", ["leftovers", "500"])
        process.timeout = 120
        let result = try await process.run()
        try #require(result.exitCode == 0, "\(result.standardError)")
        let seen = try ProcessHoldings.lines(result.lines)
        let running = try #require(seen["running"])
        let before = try #require(seen["before"]), after = try #require(seen["after"])
        #expect(after.descriptors == before.descriptors, "\(before) \(after)")
        #expect(after.threads == before.threads && after.mappings <= before.mappings + 2, "\(before) \(after)")
        #expect(after.latencyDescriptors == 0 && after.lockedKib == 0, "\(after)")
        #expect(after.policy == 0 && after.cpus == before.cpus && after.timerSlack == before.timerSlack)
        #expect(running.latencyDescriptors <= 1)
    }
}
