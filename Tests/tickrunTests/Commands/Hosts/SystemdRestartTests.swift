import Foundation
import Glibc
import TestSupport
import Testing
import TickTime
import TimeSyncAudit

/// The restart rules of the shipped units, run with a fake clock, with tickrun's real exit codes.
@Suite("The units' restart rules")
struct SystemdRestartTests {
    private static let dayInSeconds = 86_400.0

    private static func unit(_ name: String, _ options: [String] = []) async throws -> UnitFile {
        let printed = try await RunProcess.tickrun(["manifest", "systemd", name] + options).run()
        try #require(printed.exitCode == 0, "\(printed.standardError)")
        return UnitFile(printed.standardOutput)
    }

    /// The unit as it was first shipped.
    private static func firstUnit() throws -> UnitFile {
        UnitFile(
            try String(
                contentsOf: Vectors.packageRoot.appending(path: "Fixtures/systemd/first-unit.service"), encoding: .utf8)
        )
    }

    private static func code(_ words: [String]) async throws -> Int32 {
        let result = try await RunProcess.tickrun(words).withoutNodes().run()
        return try #require(result.exitCode, "\(words): \(result.standardError)")
    }

    /// The exit code of `tickrun` if the clock is not proved to be synchronized.
    private static func refusedProof() async throws -> Int32 {
        let folder = try TemporaryFolder(), path = "\(folder.path)/proof.json"
        let checked = UTCInstant(nanoseconds: 0)
        let audit = SyncAudit(
            evidence: [], circumstances: SyncCircumstances(now: checked, version: "1", environment: nil))
        let result = SyncResult(audit, audit.verdict(), host: "here", tool: "tickrun", toolVersion: "1")
        try Data(result.json(isPretty: true)).write(to: URL(filePath: path))
        return try await code(["25", "--ticks", "1", "--host", "here", "--require-sync", path])
    }

    /// A start on a host whose clock is proved to be synchronized from a certain time on, with the unit's --sync-wait.
    private static func boot(
        _ unit: UnitFile, synchronizedAt moment: Double, refused: Int32
    ) throws
        -> (Double, Int) -> ServiceModel.Start
    {
        let wait = unit.option("--sync-wait").map { text in
            UnitFile("wait=\(text.replacing("m", with: "min"))").seconds("wait", or: 0)
        }
        return { begin, _ in
            let origin = MonotonicInstant(nanoseconds: Int64(begin * 1e9))
            var waiting = SyncWait(atMost: Nanoseconds(Int64((wait ?? 0) * 1e9)), from: origin)
            var now = origin
            while true {
                // A check takes a few tenths of a second.
                now = now + .milliseconds(300)
                let passed = Double((now - origin).count) / 1e9
                if begin + passed >= moment { return .ready(after: passed, end: nil) }
                switch waiting.failed(at: now) {
                case .giveUp: return .fails(code: refused, after: passed)
                case .wait(let length, _, _): now = now + length
                }
            }
        }
    }

    @Test("a clock that is proved minutes after the boot: on air at once then, even after a quarter of an hour")
    func coldBoot() async throws {
        let refused = try await Self.refusedProof()
        #expect(refused == 3)
        for minutes in [0.0, 3, 15] {
            let unit = try await Self.unit("tickrun@.service")
            let outcome = ServiceModel(unit).play(
                try Self.boot(unit, synchronizedAt: minutes * 60, refused: refused))
            #expect(outcome.state == .onAir)
            let since = try #require(outcome.onAirSince)
            #expect(since >= minutes * 60 && since <= minutes * 60 + 10, "\(minutes) min: \(since)")
        }
        // The first unit used up its five starts in five seconds, and stayed down.
        let first = try Self.firstUnit()
        let before = ServiceModel(first).play(try Self.boot(first, synchronizedAt: 180, refused: 1))
        #expect(before.state == .stopped(failed: true) && before.starts.count == 5)
    }

    @Test("after a crash, a stall that the watchdog ends, or a missing service, the unit is always started again")
    func crashes() async throws {
        let unit = try await Self.unit("tickrun@.service")
        for end in [ServiceModel.End.signal(SIGSEGV, after: 2), .signal(SIGABRT, after: 3), .code(69, after: 1)] {
            let outcome = ServiceModel(unit).play { _, number in
                number <= 100 ? .ready(after: 0.2, end: end) : .ready(after: 0.2, end: nil)
            }
            #expect(outcome.state == .onAir && outcome.starts.count == 101)
            let gaps = zip(outcome.starts, outcome.starts.dropFirst()).map { $1 - $0 }
            // The channel is back within seconds.
            #expect(gaps.allSatisfy { $0 <= 10 })
        }
    }

    @Test("an existing journal name after a crash prevents no start")
    func takenName() async throws {
        let own = try TemporaryFolder(), folder = own.path
        let unit = try await Self.unit("tickrun@.service")
        // What systemd puts for the unit's name, in our folder.
        let name = try #require(unit.option("--journal")).replacing("%S/tickrun", with: folder)
            .replacing("%i", with: "ntsc").replacing("%%", with: "%")
        var codes: [Int32] = []
        for _ in 0..<3 {
            codes.append(try await Self.code(["1000", "--ticks", "5", "--no-levels", "--quiet", "--journal", name]))
        }
        #expect(codes == [0, 0, 0])
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 3)
        // It was 2, which the first unit treated as final.
        let before = ServiceModel(try Self.firstUnit()).play { _, number in
            number == 1
                ? .ready(after: 0.2, end: .signal(SIGKILL, after: 60)) : .fails(code: 2, after: 0.1)
        }
        #expect(before.state == .stopped(failed: true) && before.starts.count == 2)
    }

    @Test("a run that has ended stays ended: as a success with its levels met, as a failure with one missed")
    func over() async throws {
        let unit = try await Self.unit("tickrun@.service")
        let missed = try await withProfile(
            #""rate":"1000","ticks":50,"work_ns":1500000,"service_levels":{"start_lateness_ns_max":0}"#
        ) { try await Self.code([$0, "--quiet"]) }
        let met = try await withProfile(
            #""rate":"1000","ticks":50,"service_levels":{"start_lateness_ns_max":60000000000}"#
        ) { try await Self.code([$0, "--quiet"]) }
        #expect([met, missed] == [0, 1])
        for (code, failed) in [(met, false), (missed, true)] {
            let outcome = ServiceModel(unit).play { _, _ in
                .ready(after: 0.2, end: .code(code, after: Self.dayInSeconds))
            }
            #expect(outcome.state == .stopped(failed: failed) && outcome.starts.count == 1)
        }
    }

    @Test("what only a person can correct is not tried again: a command line, a file, a contradiction")
    func final() async throws {
        let folder = try TemporaryFolder(), cluster = "\(folder.path)/z.json"
        let text = try String(
            contentsOf: Vectors.packageRoot.appending(path: "Fixtures/cluster/a.json"), encoding: .utf8)
        try text.replacing(#""node": "a""#, with: #""node": "z""#)
            .write(toFile: cluster, atomically: true, encoding: .utf8)
        let codes = [
            try await Self.code(["25", "--tick", "5"]),
            try await Self.code(["Fixtures/broken-profiles/empty.json"]),
            try await Self.code(["node", cluster]),
        ]
        #expect(codes == [2, 65, 65])
        for name in [
            "tickrun@.service", "tickrun-node@.service", "tickrun-agent@.service", "tickrun-check.service",
        ] {
            let unit = try await Self.unit(name)
            for code in codes + [78] {
                let outcome = ServiceModel(unit).play { _, _ in .fails(code: code, after: 0.1) }
                #expect(outcome.state == .stopped(failed: true) && outcome.starts.count == 1, "\(name): \(code)")
            }
            // A permission or a service may become available.
            for code in [Int32(69), 77] {
                let outcome = ServiceModel(unit).play { time, _ in
                    time < 300 ? .fails(code: code, after: 0.1) : .ready(after: 0.1, end: nil)
                }
                #expect(outcome.state == .onAir, "\(name): \(code)")
            }
        }
    }

    @Test("a bad verdict of a check or a node is not a failure of its service")
    func verdicts() async throws {
        for name in ["tickrun-check.service", "tickrun-node@.service"] {
            let outcome = ServiceModel(try await Self.unit(name)).play { _, _ in
                .ready(after: 0.2, end: .code(1, after: 100))
            }
            #expect(outcome.state == .stopped(failed: false), "\(name)")
        }
    }

    @Test("from systemd 254 on, the delay grows up to a minute, so a start follows a proof within a minute")
    func growingDelays() async throws {
        let unit = try await Self.unit("tickrun@.service", ["--systemd-version", "254"])
        let outcome = ServiceModel(unit).play { _, number in
            number <= 20 ? .fails(code: 69, after: 0) : .ready(after: 0.1, end: nil)
        }
        let gaps = zip(outcome.starts, outcome.starts.dropFirst()).map { $1 - $0 }
        #expect(outcome.state == .onAir && gaps[0] == 1)
        #expect(
            zip(gaps, gaps.dropFirst()).allSatisfy { $0 <= $1 + 0.001 } && (59...60.1).contains(gaps.last ?? 0),
            "\(gaps)")
    }
}
