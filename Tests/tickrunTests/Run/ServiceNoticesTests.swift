import Foundation
import Glibc
import TestSupport
import Testing

/// The notifications to a service manager, received by another program.
@Suite("Notices to the service manager", .serialized)
struct ServiceNoticesTests {
    private struct Line: Decodable {
        let afterS: Double?
        let notice: String?
        let sent: String?
        let exitCode: Int32?

        private enum CodingKeys: String, CodingKey {
            case notice
            case sent
            case afterS = "after_s"
            case exitCode = "exit_code"
        }
    }

    private func listen(
        _ words: [String], socket: String = "path", watchdog: Int = 400_000, signal: String? = nil
    ) async throws -> [Line] {
        let tickrun = RunProcess.tickrun(words)
        var process = RunProcess(
            "/usr/bin/env",
            [
                "python3", "Fixtures/timesync/notify-listener.py", socket,
                "\(watchdog)\(signal.map { ":\($0)" } ?? "")", tickrun.executable,
            ] + words)
        process.workingDirectory = tickrun.workingDirectory
        let result = try await process.run()
        return try result.lines.map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
    }

    private func pets(_ lines: [Line]) -> [Double] {
        lines.filter { $0.notice == "WATCHDOG=1" }.compactMap(\.afterS)
    }

    @Test(
        "a run says READY once, pets the watchdog while ticks pass, and STOPPING", .requires(.python3),
        arguments: ["path", "abstract"])
    func passing(socket: String) async throws {
        let lines = try await listen(["25", "--ticks", "40", "--no-levels", "--json=summary"], socket: socket)
        let notices = lines.compactMap(\.notice)
        #expect(notices.first == "READY=1" && notices.last == "STOPPING=1", "\(notices)")
        #expect(notices.count { $0 == "READY=1" } == 1)
        #expect(lines.last?.exitCode == 0)
        let times = pets(lines)
        // 1.6 s of ticks, with a notification every 0.2 s: often enough for the manager's 0.4 s.
        #expect(times.count >= 5, "\(times)")
        for (a, b) in zip(times, times.dropFirst()) { #expect(b - a < 0.4, "\(times)") }
    }

    @Test("a stalled loop stops notifying the watchdog, and resumes with the ticks", .requires(.python3))
    func stalled() async throws {
        let lines = try await listen(["25", "--ticks", "3", "--work", "1500ms", "--json=summary"])
        let times = pets(lines)
        let longest = zip(times, times.dropFirst()).map { $1 - $0 }.max() ?? 0
        // A handler of 1.5 s: more than three of the manager's intervals without a notification.
        #expect(longest > 1.2, "\(times)")
        #expect(times.count >= 2 && times.count <= 5, "\(times)")
    }

    @Test(
        "a handler that hangs is ended by the shipped unit's watchdog, within WatchdogSec and a second",
        .requires(.python3))
    func hanging() async throws {
        let own = try TemporaryFolder(), folder = own.path
        let made = try await RunProcess.tickrun("manifest", "systemd", "--output", folder).run()
        #expect(made.exitCode == 0, "\(made.standardError)")
        let unit = try String(contentsOfFile: "\(folder)/tickrun@.service", encoding: .utf8)
        func value(_ key: String) -> Substring? {
            unit.split(separator: "\n").first { $0.hasPrefix("\(key)=") }?.dropFirst(key.count + 1)
        }
        let seconds = try #require(value("WatchdogSec").flatMap { Double($0.dropLast()) })
        let signal = try #require(value("WatchdogSignal"))
        // Each handler takes an hour.
        let lines = try await listen(
            ["1/2", "--ticks", "9", "--work", "1h", "--quiet"], watchdog: Int(seconds * 1e6), signal: String(signal))
        let ready = try #require(lines.first { $0.notice == "READY=1" }?.afterS)
        let end = try #require(lines.last)
        #expect(lines.contains { $0.sent == String(signal) } && end.exitCode == -SIGABRT, "\(lines)")
        // It hangs from tick 0 on, which is due about 20 ms after the unit is ready.
        #expect((end.afterS ?? .infinity) - ready <= seconds + 1, "\(lines)")
    }

    @Test("a rate so slow that no tick is due for a long time is no stall", .requires(.python3))
    func slow() async throws {
        let times = pets(try await listen(["1/2", "--ticks", "2", "--json=summary"]))
        #expect(times.count >= 8, "\(times)")
        for (a, b) in zip(times, times.dropFirst()) { #expect(b - a < 0.4, "\(times)") }
    }

    @Test(
        "the status is renewed every five seconds with timecode, late and stalled ticks and quality of time",
        .requires(.python3))
    func status() async throws {
        let lines = try await listen(["25", "--duration", "12s", "--json=summary"])
        let renewed = lines.filter { $0.notice?.hasPrefix("STATUS=25: main ") == true }
        #expect(renewed.count == 2, "\(lines.compactMap(\.notice))")
        let pattern =
            /STATUS=25: main 00:00:\d\d:\d\d, \d+ late, \d+ stalled, \d+ skipped, time (ntp|system, not synchronized)/
        for line in renewed { #expect(try pattern.wholeMatch(in: line.notice ?? "") != nil, "\(line)") }
        let times = lines.filter { $0.notice?.hasPrefix("STATUS=") == true }.compactMap(\.afterS)
        for (a, b) in zip(times, times.dropFirst()) { #expect(b - a > 4.9, "\(times)") }
    }

    @Test("a node is ready as soon as it answers, and its status text shows its state", .requires(.python3))
    func node() async throws {
        try await LiveCluster.with(["a", "b", "c"]) { cluster in
            let lines = try await listen(["node", try cluster.file(of: "a"), "--duration", "2s"])
            let notices = lines.compactMap(\.notice)
            #expect(notices.first == "READY=1" && notices.last == "STOPPING=1", "\(notices)")
            #expect(notices.contains { $0.hasPrefix("STATUS=") && $0.contains("time ") }, "\(notices)")
            #expect(notices.contains("WATCHDOG=1"))
        }
    }

    @Test("a watching check is ready after its first verdict, and reports it", .requires(.python3))
    func check() async throws {
        let tickrun = RunProcess.tickrun("")
        let script = "timeout -s TERM 1.5 \(tickrun.executable) check --watch 1s --history none --json"
        let process = RunProcess(
            "/usr/bin/env",
            [
                "python3", Vectors.packageRoot.appending(path: "Fixtures/timesync/notify-listener.py").path, "path",
                "400000", "/bin/sh", "-c", "exec \(script)",
            ]
        ).withoutNodes()
        let result = try await process.run()
        #expect(result.standardOutput.contains("READY=1") && result.standardOutput.contains("STATUS="))
        // Between two checks the watchdog is notified; this check waits for nothing else.
        #expect(result.standardOutput.contains("WATCHDOG=1"), "\(result.standardOutput)")
    }

    @Test("without a service manager no notification is sent, and a vanished manager does not end the run")
    func absent() async throws {
        var process = RunProcess.tickrun("1000", "--ticks", "50", "--no-levels", "--json=summary")
        process.environment = ["NOTIFY_SOCKET": "/none/notify", "WATCHDOG_USEC": "100000"]
        let result = try await process.run()
        #expect(result.exitCode == 0)
        #expect(result.standardError.components(separatedBy: "cannot notify").count == 2, "\(result.standardError)")
    }
}
