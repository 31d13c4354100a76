import Foundation
import TestSupport
import Testing

@Suite("tickrun host")
struct HostCommandTests {
    struct Line: Decodable {
        let schema: String
        let check: String?
        let verdict: String
        let found: String?
        let remedy: String?
        let figures: [String: Int64]?
        let badChecks: Int?
        let goodChecks: Int?
        let warnChecks: Int?
        let unknownChecks: Int?
    }

    private func lines(_ result: RunProcess.Result) throws -> [Line] {
        try result.objects(as: Line.self)
    }

    @Test("each check has a verdict, a finding, and a remedy if something is wrong")
    func checks() async throws {
        let result = try await RunProcess.tickrun("host", "--json").run()
        let all = try lines(result)
        let checks = all.dropLast()
        #expect(checks.allSatisfy { $0.schema == "tickrun/host/1" })
        #expect(
            checks.compactMap(\.check) == [
                "preemption", "clock_source", "realtime_permission", "realtime_throttling", "timer_slack",
                "wake_from_idle", "cpu_governor", "cpu_isolation", "memory_lock", "tai_offset",
                "clock_synchronization", "steal", "cpu_quota",
            ])
        for check in checks {
            #expect(["good", "unknown", "warn", "bad"].contains(check.verdict))
            #expect(check.found?.isEmpty == false)
            if ["warn", "bad"].contains(check.verdict) { #expect(check.remedy?.isEmpty == false) }
        }
    }

    @Test("the last line counts the verdicts, and the exit code follows the worst")
    func summary() async throws {
        let result = try await RunProcess.tickrun("host", "--json").run()
        let all = try lines(result)
        let summary = try #require(all.last)
        #expect(summary.schema == "tickrun/host-summary/1")
        let verdicts = all.dropLast().map(\.verdict)
        #expect(summary.goodChecks == verdicts.count { $0 == "good" })
        #expect(summary.unknownChecks == verdicts.count { $0 == "unknown" })
        #expect(summary.warnChecks == verdicts.count { $0 == "warn" })
        #expect(summary.badChecks == verdicts.count { $0 == "bad" })
        #expect(result.exitCode == (verdicts.contains("bad") ? 1 : 0))
    }

    @Test("the conclusion says that the clock is not proved, unless the kernel's clock is good")
    func clock() async throws {
        let all = try lines(try await RunProcess.tickrun("host", "--json").run())
        let isGood = all.contains { $0.check == "clock_synchronization" && $0.verdict == "good" }
        let text = try await RunProcess.tickrun("host").run()
        let says = text.lines.last?.hasSuffix("; the clock is not proved: see 'tickrun check'") == true
        #expect(says != isGood, "\(text.lines.last ?? "")")
    }

    @Test("its findings agree with the host's files")
    func agreesWithFiles() async throws {
        let all = try lines(try await RunProcess.tickrun("host", "--json").run())
        func file(_ path: String) throws -> String {
            try String(contentsOfFile: path, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        }
        let clockSource = try file("/sys/devices/system/clocksource/clocksource0/current_clocksource")
        #expect(all.first { $0.check == "clock_source" }?.found?.hasPrefix(clockSource) == true)
        let release = try file("/proc/sys/kernel/osrelease")
        #expect(all.first { $0.check == "preemption" }?.found?.contains(release) == true)
        let runtime = Int64(try file("/proc/sys/kernel/sched_rt_runtime_us"))
        let throttling = all.first { $0.check == "realtime_throttling" }
        #expect(throttling?.figures?["sched_rt_runtime_us"] == runtime)
    }

    @Test("a quota that stops its group is bad, and is named", .enabled(if: QuotaGroup.isPossible))
    func quota() async throws {
        try await QuotaGroup.with(microseconds: 20_000) { group in
            // Another loop uses up the quota.
            let command =
                "(while :; do :; done) & BUSY=$!; sleep 0.3; \(RunProcess.tickrun().executable) host --json; kill $BUSY"
            let result = try await group.shell(command).run()
            let quota = try #require(try lines(result).first { $0.check == "cpu_quota" })
            #expect(quota.verdict == "bad" && quota.found?.contains(group.folder) == true)
            #expect(quota.figures?["quota_us"] == 20_000 && quota.figures?["period_us"] == 100_000)
            #expect(quota.figures?["sample_throttled_periods"].map { $0 > 0 } == true)
            #expect(quota.remedy?.contains("CPUQuota=") == true)
        }
        let without = try lines(try await RunProcess.tickrun("host", "--json").run())
        #expect(without.first { $0.check == "cpu_quota" }?.figures?["quota_us"] != 20_000)
    }

    @Test("an operand is refused")
    func operand() async throws {
        let result = try await RunProcess.tickrun("host", "localhost").run()
        #expect(result.exitCode == 2)
        #expect(result.standardError.contains("'localhost'"))
    }
}
