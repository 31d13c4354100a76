import Foundation
import TestSupport
import Testing

/// What loops leave behind in a separate process: `liveprobe leftovers`.
@Suite("What a loop leaves behind")
struct LeftoversTests {
    @Test("500 loops, pushed, pulled and refused, leave nothing behind and do not change the pulling thread")
    func fiveHundred() async throws {
        var process = RunProcess.built("liveprobe", ["leftovers", "500"])
        process.timeout = 120
        let result = try await process.run()
        try #require(result.exitCode == 0, "\(result.standardError)")
        let seen = try ProcessHoldings.lines(result.lines)
        let running = try #require(seen["running"])
        let before = try #require(seen["before"]), after = try #require(seen["after"])
        #expect(after.leftovers(since: before).isEmpty, "\(before) \(after)")
        #expect(running.latencyDescriptors <= 1)
    }
}
