import ClusterClock
import Foundation
import Glibc
import TestSupport
import Testing
import TickTime
import TimeSyncAudit

/// A run that begins only where the clock is proved to be synchronized.
@Suite("tickrun PROFILE --require-sync")
struct RunSyncGateTests {
    private static func withFolder(_ body: (String) async throws -> Void) async throws {
        try await TemporaryFolder.with(body)
    }

    /// Writes a host's result, as if its check were this old.
    private static func write(
        _ path: String, host: String = "here", offset: Nanoseconds = .milliseconds(1), age: Nanoseconds = .seconds(5)
    ) throws {
        let now = Int64(Date().timeIntervalSince1970 * 1e9)
        let checked = UTCInstant(nanoseconds: now - age.count)
        let audit = SyncAudit(
            evidence: [
                SyncEvidence(
                    node: host, method: .ntpQuery, source: "test",
                    utc: SourcedBound(
                        offset, bound: .milliseconds(1), reference: NTPReference(id: 0x4750_5300, stratum: 1),
                        own: OwnReferences()), taken: checked)
            ], circumstances: SyncCircumstances(now: checked, version: "1", environment: nil))
        let result = SyncResult(audit, audit.verdict(), host: host, tool: "tickrun", toolVersion: "1")
        try Data(result.json(isPretty: true)).write(to: URL(filePath: path))
    }

    private struct Summary: Decodable {
        struct TimeSync: Decodable {
            let status: String
            let method: String
            let exception: String?
            let source: String
            let checkedUtcNs: Int64
        }

        let ticks: Int64
        let timeSync: TimeSync?
    }

    private static func run(_ words: [String]) async throws -> RunProcess.Result {
        try await RunProcess.tickrun(
            ["1000", "--ticks", "20", "--no-levels", "--json=summary", "--host", "here"] + words
        )
        .withoutNodes()
        .run()
    }

    @Test("a run may ask for stricter limits, which the result must have been judged by")
    func limits() async throws {
        try await Self.withFolder { folder in
            let file = "\(folder)/time_sync.json"
            try Self.write(file)
            for (words, code, text) in [
                (["--limit-utc", "5ms"], 3, "judged by wider limits than the run asks for"),
                (["--limit-pair", "50ms"], 0, ""),
                (["--limit-utc", "26ms"], 2, "--limit-utc: give more than 0 and at most 25ms"),
                (["--limit-pair", "0ns"], 2, "--limit-pair: give more than 0 and at most 50ms"),
            ] {
                let result = try await Self.run(["--require-sync", file] + words)
                #expect(result.exitCode == Int32(code), "\(words): \(result.standardError)")
                #expect(text.isEmpty || result.standardError.contains(text), "\(result.standardError)")
            }
        }
    }

    @Test("a good result lets the run begin, and is in its report and in its journal")
    func good() async throws {
        try await Self.withFolder { folder in
            let (file, journal) = ("\(folder)/time_sync.json", "\(folder)/run.journal")
            try Self.write(file)
            let result = try await Self.run(["--require-sync", file, "--journal", journal])
            #expect(result.exitCode == 0, "\(result.standardError)")
            let summary = try #require(try result.objects(as: Summary.self).first)
            #expect(summary.ticks == 20 && summary.timeSync?.status == "PASS")
            #expect(summary.timeSync?.method == "ntp_query" && summary.timeSync?.source == file)
            let dump = try await RunProcess.tickrun("journal", "cat", journal).run()
            #expect(dump.standardOutput.contains("OBS_TIME_SYNC_V0"), "\(dump.standardOutput.prefix(2_000))")
            let verified = try await RunProcess.tickrun("journal", "verify", journal).run()
            #expect(verified.exitCode == 0)
            let text = try await RunProcess.tickrun(
                "1000", "--ticks", "20", "--host", "here", "--require-sync=\(file)"
            ).run()
            #expect(text.standardOutput.contains("synchronization PASS by ntp_query"))
        }
    }

    @Test("a run without the option does not mention the check")
    func notAsked() async throws {
        let result = try await RunProcess.tickrun("1000", "--ticks", "5", "--json=summary").run()
        #expect(try result.objects(as: Summary.self).first?.timeSync == nil)
    }

    @Test("with a result that is bad, old, from the future or of another host, no run begins and no journal is left")
    func refused() async throws {
        try await Self.withFolder { folder in
            func expect(_ message: String, _ more: [String] = [], _ write: (String) throws -> Void) async throws {
                let (file, journal) = ("\(folder)/time_sync.json", "\(folder)/run.journal")
                try write(file)
                let result = try await Self.run(["--require-sync", file, "--journal", journal] + more)
                #expect(result.exitCode == 3 && result.standardOutput.isEmpty, "\(result.standardError)")
                #expect(result.standardError.contains("not on air"), "\(result.standardError)")
                #expect(result.standardError.contains(message), "\(result.standardError)")
                #expect(!FileManager.default.fileExists(atPath: journal))
            }
            try await expect("says FAIL: here is at least 39 ms") { try Self.write($0, offset: .milliseconds(40)) }
            try await expect(" s ago; the limit is 600 s") { try Self.write($0, age: .seconds(700)) }
            try await expect("the limit is 60.0 s", ["--sync-max-age", "60s"]) { try Self.write($0, age: .seconds(90)) }
            try await expect("in the future") { try Self.write($0, age: .seconds(-90)) }
            try await expect("has no entry for this host, 'here', only for there") { try Self.write($0, host: "there") }
        }
    }

    @Test("a waiting gate reports that it waits, and begins the run as soon as the proof exists")
    func waits() async throws {
        try await Self.withFolder { folder in
            let file = "\(folder)/time_sync.json"
            let waiting = try LiveProcess(
                RunProcess.tickrun(
                    "1000", "--ticks", "20", "--no-levels", "--json=summary", "--host", "here", "--require-sync", file,
                    "--sync-wait", "10m"), named: "run", in: folder)
            // First there is no result, then one of a host whose clock is off, then a good one.
            let end = ContinuousClock.now + .seconds(60)
            while !waiting.errors.contains("waiting for the clock"), ContinuousClock.now < end {
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(waiting.errors.contains("cannot read \(file)"), "\(waiting.errors)")
            try Self.write(file, offset: .milliseconds(40))
            try await Task.sleep(for: .milliseconds(500))
            try Self.write(file)
            #expect(try await waiting.exitCode(within: 120) == 0, "\(waiting.errors)")
            #expect(waiting.output.contains(#""status":"PASS""#))
        }
    }

    @Test("a gate whose time is over exits with 3, and a signal ends a waiting gate")
    func waitsInVain() async throws {
        try await Self.withFolder { folder in
            let file = "\(folder)/time_sync.json"
            try Self.write(file, offset: .milliseconds(40))
            let words = ["25", "--ticks", "20", "--host", "here", "--require-sync", file, "--sync-wait"]
            let over = try await RunProcess.tickrun(words + ["1s"]).run()
            #expect(over.exitCode == 3 && over.standardError.contains("not on air"), "\(over.standardError)")
            var process = RunProcess.tickrun(words + ["1h"])
            process.signals = [.init(containing: "waiting for the clock", send: SIGTERM)]
            let ended = try await process.run()
            #expect(ended.exitCode == 69 && !ended.timedOut, "\(ended.standardError)")
            #expect(ended.standardError.contains("ended by a signal while it waited"), "\(ended.standardError)")
            let lone = try await RunProcess.tickrun("25", "--ticks", "1", "--sync-wait", "1m").run()
            #expect(lone.exitCode == 2 && lone.standardError.contains("belongs to --require-sync"))
        }
    }

    @Test("it checks every two seconds, prints at most every ten, and checks a last time when its time is over")
    func waitInVirtualTime() {
        var now = MonotonicInstant(nanoseconds: 0)
        var waiting = SyncWait(atMost: .seconds(61), from: now)
        var (checks, notices) = (0, [Nanoseconds]())
        loop: while true {
            checks += 1
            switch waiting.failed(at: now) {
            case .giveUp: break loop
            case .wait(let length, let rest, let isNoticeDue):
                #expect(length <= rest && length <= .seconds(2))
                if isNoticeDue { notices.append(now - MonotonicInstant(nanoseconds: 0)) }
                now = now + length
            }
        }
        #expect(now == MonotonicInstant(nanoseconds: 61_000_000_000) && checks == 32)
        #expect(notices == (0...6).map { .seconds(10 * Int64($0)) })
        // Without a wait the first failed check is the last.
        var none = SyncWait(atMost: .zero, from: now)
        #expect(none.failed(at: now) == .giveUp)
    }

    @Test("a file without a result, and options that contradict, end with their exit codes")
    func bad() async throws {
        try await Self.withFolder { folder in
            let file = "\(folder)/x.json"
            try Data("{}".utf8).write(to: URL(filePath: file))
            let damaged = try await Self.run(["--require-sync", file])
            #expect(damaged.exitCode == 65 && damaged.standardError.contains("schema: expected"))
            let missing = try await Self.run(["--require-sync", "/none"])
            #expect(missing.exitCode == 69)
            let age = try await Self.run(["--require-sync", "now", "--sync-max-age", "1m"])
            #expect(age.exitCode == 2)
            let lonely = try await RunProcess.tickrun("25", "--ticks", "1", "--sync-max-age", "1m").run()
            #expect(lonely.exitCode == 2 && lonely.standardError.contains("belongs to --require-sync"))
        }
    }

    @Test("'now' is the result of 'tickrun check' now, in each spelling")
    func now() async throws {
        let check = try await RunProcess.tickrun("check", "--json", "--host", "here").withoutNodes().run()
        for words in [["--require-sync", "now"], ["--require-sync=now"], ["--require-sync"], ["--require-sync="]] {
            let result = try await Self.run(words)
            #expect(result.exitCode == (check.exitCode == 0 ? 0 : 3), "\(words): \(result.standardError)")
            if check.exitCode == 0 {
                #expect(try result.objects(as: Summary.self).first?.timeSync?.source == "now")
            } else {
                #expect(result.standardError.contains("not on air") && result.standardError.contains("FAIL"))
            }
        }
    }

    @Test("with a member of a cluster in the run, its peers are the evidence", .requires(.cc))
    func cluster() async throws {
        try await LiveCluster.with(["a", "b", "c"]) { cluster in
            for name in ["b", "c"] { try await cluster.start(name) }
            let words = [
                "run", "1000", "--ticks", "20", "--no-levels", "--json=summary", "--require-sync", "now", "--cluster",
            ]
            let good = try await RunProcess.tickrun(words + [try cluster.file(of: "a")]).run()
            #expect(good.exitCode == 0, "\(good.standardError)")
            let summary = try #require(try good.objects(as: Summary.self).first)
            #expect(summary.timeSync?.method.hasPrefix("peer_exchange") == true)
            try cluster.shift("b", by: 80_000_000)
            let far = try await RunProcess.tickrun(words + [try cluster.file(of: "a")]).run()
            #expect(far.exitCode == 3 && far.standardError.contains("not on air"), "\(far.standardError)")
        }
    }
}
