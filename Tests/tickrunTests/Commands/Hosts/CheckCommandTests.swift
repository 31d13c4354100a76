import Foundation
import TestSupport
import Testing
import TickTime
import TimeSyncAudit

/// 'tickrun check' with files, which anybody can repeat.
@Suite("tickrun check, of files")
struct CheckCommandTests {
    private static let circumstances = [
        "--environment", "pilot-aks", "--for-version", "1.0.0", "--at", "2026-11-17T12:00:00Z",
    ]

    private static func offline(_ words: [String]) -> RunProcess {
        .tickrun(["check", "--offline"] + words + circumstances)
    }

    private static func fixture(_ name: String) -> String { "Fixtures/timesync/\(name)" }

    private static func heartbeats(_ name: String) -> String { "--heartbeats=\(fixture(name))" }

    @Test(
        "heartbeats and an exception: the status and the exit code of each",
        arguments: [
            ("nodes-3.2s.json", "exception.json", "PASS_WITH_EXCEPTION", 0),
            ("nodes-5s.json", "exception.json", "PASS_WITH_EXCEPTION", 0),
            ("nodes-121s.json", "exception.json", "FAIL_PROXY_PASS_SLA", 1),
            ("nodes-225s.json", "exception.json", "FAIL_PROXY_PASS_SLA", 1),
            ("nodes-without-ready.json", "exception.json", "FAIL_PROXY_PASS_SLA", 69),
            ("nodes-unparsable-time.json", "exception.json", "FAIL_PROXY_PASS_SLA", 69),
            ("nodes-3.2s.json", "exception-expired.json", "FAIL", 1),
            ("nodes-3.2s.json", "exception-other-version.json", "FAIL", 1),
            ("nodes-3.2s.json", "exception-other-environment.json", "FAIL", 1),
            ("nodes-3.2s.json", "exception-wide-claim.json", "FAIL", 1),
        ])
    func statuses(nodes: String, exception: String, status: String, exitCode: Int32) async throws {
        let words = [Self.heartbeats(nodes), "--exception", Self.fixture(exception)]
        let result = try await Self.offline(words + ["--json"]).run()
        let found = try SyncResult(json: Array(result.standardOutput.utf8), file: "-")
        #expect(found.status.rawValue == status && result.exitCode == exitCode, "\(result.standardOutput)")
        #expect(result.lines.count == 1)
        // The text says the same.
        let text = try await Self.offline(words).run()
        #expect(text.exitCode == exitCode && text.lines.first?.hasPrefix("\(status)  ") == true)
        // With --strict, no exception counts.
        let strict = try await Self.offline(words + ["--strict", "--json"]).run()
        #expect(strict.exitCode == (exitCode == 0 ? 1 : exitCode))
        #expect(strict.standardOutput == result.standardOutput)
    }

    @Test("leases count before heartbeats, and the heartbeats are still reported")
    func leases() async throws {
        let result = try await Self.offline([
            Self.heartbeats("nodes-225s.json"), "--leases=\(Self.fixture("leases-2.776544s.json"))", "--exception",
            Self.fixture("exception.json"), "--json",
        ]).run()
        // The heartbeats' nodes have other names: the leases do not cover them.
        let found = try SyncResult(json: Array(result.standardOutput.utf8), file: "-")
        #expect(found.status == .failProxyPassSLA && found.note.contains("does not cover n0, n1"))
        #expect(found.heartbeatMaxDeltaSeconds == 2.776544)
        #expect(found.notes.contains { $0.contains("225 s") })
    }

    @Test("a result replaces the file as a whole, and is judged again with others")
    func output() async throws {
        let own = try TemporaryFolder(), folder = own.path
        for (host, file) in [("a", "chronyc-synchronized.csv"), ("b", "chronyc-40ms-off.csv")] {
            let path = "\(folder)/\(host).json"
            try Data("old".utf8).write(to: URL(filePath: path))
            let made = try await Self.offline([
                "--chrony=\(Self.fixture(file))", "--host", host, "--output", path, "--json",
            ]).run()
            #expect(made.exitCode == (host == "a" ? 0 : 1), "\(made.standardOutput)")
            let written = try SyncResult(json: Array(try Data(contentsOf: URL(filePath: path))), file: path)
            #expect(written == (try SyncResult(json: Array(made.standardOutput.utf8), file: "-")))
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["a.json", "b.json"])
        let both = try await Self.offline(["\(folder)/a.json", "\(folder)/b.json", "--json"]).run()
        // 40 ms off UTC, each to microseconds: any two are within 50 ms.
        let found = try SyncResult(json: Array(both.standardOutput.utf8), file: "-")
        #expect(both.exitCode == 0 && found.status == .pass)
        #expect(found.pairwiseWorst.map { (39_000_000...41_000_000).contains($0.skewNs) } == true)
    }

    private static func chrony(
        _ file: String, at: String, _ words: [String] = []
    ) async throws -> (SyncResult, Int32) {
        let run = try await RunProcess.tickrun(
            ["check", "--offline", "--host", "a", "--chrony=\(fixture(file))", "--at", at, "--json"] + words
        ).run()
        return (try SyncResult(json: Array(run.standardOutput.utf8), file: "-"), run.exitCode ?? -1)
    }

    @Test("the text of an unfounded measurement has its reason after one colon")
    func unfoundedText() async throws {
        let run = try await RunProcess.tickrun(
            "check", "--offline", "--host", "a", "--chrony=\(Self.fixture("chronyc-manual.csv"))", "--at",
            "2025-06-15T03:49:55Z"
        ).run()
        #expect(run.standardOutput.contains(", unfounded, no bound: chronyd was set by hand"), "\(run.standardOutput)")
    }

    @Test(
        "a chronyd that follows no UTC, or has none yet, passes nothing, and the evidence says why",
        arguments: [
            ("chronyc-local-reference.csv", SyncResult.Evidence.State.unfounded, "127.127.1.1"),
            ("chronyc-orphan.csv", .unfounded, "127.0.0.1"), ("chronyc-manual.csv", .unfounded, "set by hand"),
            ("chronyc-locl.csv", .unfounded, "LOCL"), ("chronyc-not-synchronised.csv", .failed, "not synchronised"),
            ("chronyc-huge-dispersion.csv", .measured, ""),
        ])
    func undisciplined(file: String, state: SyncResult.Evidence.State, why: String) async throws {
        let (result, exitCode) = try await Self.chrony(file, at: "2025-06-15T03:49:55Z")
        let evidence = try #require(result.nodes.first?.evidence.first)
        #expect(exitCode == 1 && result.status == .fail && evidence.state == state, "\(result)")
        #expect(evidence.reason?.contains(why) ?? why.isEmpty, "\(evidence)")
        #expect(result.remedies.isEmpty == false && result.note.contains("PASS") == false)
        if state == .measured {
            // The bound is the dispersion that it states.
            #expect(evidence.boundNs.map { $0 > 47_000_000_000 } == true && result.nodes[0].standing == .over)
        } else {
            #expect(result.nodes[0].standing == .unmeasured && result.nodes[0].utcBoundNs == nil)
        }
    }

    @Test("a line from a file is judged for its own time, and one from the future is refused")
    func age() async throws {
        let (now, first) = try await Self.chrony("chronyc-synchronized.csv", at: "2026-11-17T12:00:00Z")
        #expect(first == 0 && now.status == .pass)
        #expect(now.nodes[0].evidence[0].takenUtc == "2026-11-17T11:59:58.720628343Z")
        // An hour later the clock may have drifted by 180 ms.
        let (hour, second) = try await Self.chrony("chronyc-synchronized.csv", at: "2026-11-17T13:00:00Z")
        #expect(second == 1 && hour.status == .fail && hour.nodes[0].standing == .over)
        #expect(hour.nodes[0].utcBoundNs.map { $0 > 180_000_000 && $0 < 181_000_000 } == true, "\(hour.nodes)")
        let (before, third) = try await Self.chrony("chronyc-synchronized.csv", at: "2026-11-17T11:00:00Z")
        #expect(third == 1 && before.nodes[0].evidence[0].state == .failed)
        #expect(before.nodes[0].evidence[0].reason?.contains("after the time of the check") == true)
    }

    @Test("another host's result ages; one from the future or without provenance does not count")
    func oldResults() async throws {
        let own = try TemporaryFolder(), folder = own.path
        let path = "\(folder)/a.json"
        _ = try await Self.chrony("chronyc-synchronized.csv", at: "2026-11-17T12:00:00Z", ["--output", path])
        func judged(_ at: String) async throws -> (SyncResult, Int32?) {
            let run = try await RunProcess.tickrun("check", "--offline", path, "--at", at, "--json").run()
            return (try SyncResult(json: Array(run.standardOutput.utf8), file: "-"), run.exitCode)
        }
        let (second, _) = try await judged("2026-11-17T12:00:01Z")
        // 50 ppm of 2.3 s since the reference time, counted once.
        #expect(second.status == .pass && second.nodes[0].utcBoundNs.map { (118_500..<119_500).contains($0) } == true)
        let (hour, exitCode) = try await judged("2026-11-17T13:00:00Z")
        #expect(hour.status == .fail && exitCode == 1 && hour.nodes[0].standing == .over)
        #expect(try await judged("2026-11-17T11:00:00Z").0.nodes[0].evidence[0].state == .failed)
        // Written by a version that did not record the provenance of a bound.
        let text = try String(contentsOfFile: path, encoding: .utf8)
        #expect(text.contains(#""provenance" : "referenced""#))
        try text.replacing(#""provenance" : "referenced","#, with: "").write(
            toFile: path, atomically: true, encoding: .utf8)
        let missing = try await RunProcess.tickrun("check", "--offline", path).run()
        #expect(missing.exitCode == 65 && missing.standardError.contains("provenance is missing; write it again"))
        try text.replacing(#""provenance" : "referenced","#, with: #""provenance" : null,"#).write(
            toFile: path, atomically: true, encoding: .utf8)
        let (old, code) = try await judged("2026-11-17T12:00:01Z")
        #expect(old.status == .fail && code == 1 && old.nodes[0].evidence[0].state == .unfounded)
        #expect(old.nodes[0].evidence[0].reason?.contains("write it again") == true)
    }

    @Test(
        "heartbeats of sixteen days before the check, or seven hours after it, bear no exception out",
        arguments: ["2026-12-03T12:00:00Z", "2026-11-17T05:00:00Z"])
    func staleHeartbeats(at: String) async throws {
        let words = [
            "check", "--offline", Self.heartbeats("nodes-3.2s.json"), "--exception", Self.fixture("exception.json"),
            "--environment", "pilot-aks", "--for-version", "1.0.0", "--at", at, "--json",
        ]
        let run = try await RunProcess.tickrun(words).run()
        let result = try SyncResult(json: Array(run.standardOutput.utf8), file: "-")
        #expect(run.exitCode == 1 && result.status != .passWithException, "\(run.standardOutput)")
        #expect(result.proxies[0].passes == nil && result.proxies[0].discarded?.isEmpty == false)
    }

    @Test("from leases of all namespaces, and of a removed node, only nodes are taken as nodes")
    func leasesOfOthers() async throws {
        let run = try await Self.offline([
            "--leases=\(Self.fixture("leases-all-namespaces.json"))", "--exception", Self.fixture("exception.json"),
            "--json",
        ]).run()
        let result = try SyncResult(json: Array(run.standardOutput.utf8), file: "-")
        #expect(run.exitCode == 0 && result.status == .passWithException, "\(run.standardOutput)")
        #expect(result.nodes.map(\.node) == ["n0", "n1"] && result.proxies[0].spreadSeconds == 0.9)
        #expect(result.proxies[0].discarded?.keys.sorted() == ["kube-system/kube-scheduler", "n9"])
    }

    @Test("the dossier is the section that a certification needs")
    func dossier() async throws {
        let result = try await Self.offline([
            Self.heartbeats("nodes-3.2s.json"), "--exception", Self.fixture("exception.json"), "--dossier",
        ]).run()
        #expect(result.exitCode == 0 && result.lines.first == "## Time Synchronization Validation")
        #expect(result.standardOutput.contains("criteria not met"))
    }

    @Test(
        "every sort of result is what the shipped schema says, by a validator that is not ours", .requires(.jsonschema))
    func schema() async throws {
        let schema = try await RunProcess.tickrun("check", "--schema").run()
        #expect(schema.exitCode == 0)
        var documents: [String] = []
        for words in [
            [Self.heartbeats("nodes-3.2s.json"), "--exception", Self.fixture("exception.json")],
            [Self.heartbeats("nodes-225s.json"), "--exception", Self.fixture("exception.json")],
            [Self.heartbeats("nodes-without-ready.json")],
            [Self.heartbeats("nodes-3.2s.json"), "--exception", Self.fixture("exception-expired.json")],
            ["--chrony=\(Self.fixture("chronyc-synchronized.csv"))", "--host", "a"],
            ["--chrony=\(Self.fixture("chronyc-unsynchronized.csv"))", "--host", "a"],
            ["--chrony=\(Self.fixture("chronyc-no-daemon.txt"))", "--host", "a"],
            ["--chrony=/none", "--host", "a", Self.heartbeats("nodes-5s.json")],
        ] { documents.append(try await Self.offline(words + ["--json"]).run().standardOutput) }
        documents.append(try await RunProcess.tickrun("check", "--json").withoutNodes().run().standardOutput)
        let script = """
            import json, sys
            from jsonschema import Draft202012Validator
            schema = json.loads(sys.argv[1])
            Draft202012Validator.check_schema(schema)
            validator = Draft202012Validator(schema)
            for text in sys.argv[2:]:
                document = json.loads(text)
                print(len(list(validator.iter_errors(document))))
            for change in [{"status": "FINE"}, {"extra": 1}, {"exception": 3}, {"azure_ntp_sla": "MAYBE"}]:
                print(len(list(validator.iter_errors(dict(document, **change)))) > 0)
            """
        let python = RunProcess("/usr/bin/env", ["python3", "-c", script, schema.standardOutput] + documents)
        let checked = try await python.run()
        let expected = documents.map { _ in "0" } + Array(repeating: "True", count: 4)
        #expect(checked.lines == expected, "\(checked.standardOutput)\(checked.standardError)")
    }

    @Test("unreadable input gives its exit code, and names the file and the fault")
    func badInput() async throws {
        let exception = try await Self.offline([
            Self.heartbeats("nodes-5s.json"), "--exception", Self.fixture("exception-missing-fields.json"),
        ]).run()
        #expect(exception.exitCode == 65 && exception.standardError.contains("did you mean expires?"))
        let result = try await Self.offline([Self.fixture("adjtimex.json")]).run()
        #expect(result.exitCode == 65 && result.standardError.contains("adjtimex.json: "))
        let missing = try await Self.offline(["/none/time_sync.json"]).run()
        #expect(missing.exitCode == 69 && missing.standardError.contains("/none/time_sync.json"))
        #expect(missing.standardError.contains("RESULT: cannot read "), "\(missing.standardError)")
        #expect(missing.standardError.contains("there is no such file; check the path"))
        let nowhere = try await Self.offline([
            Self.heartbeats("nodes-5s.json"), "--output", "/none/time_sync.json",
        ]).run()
        #expect(nowhere.exitCode == 69 && nowhere.standardError.contains("--output"))
        let heartbeat = try await Self.offline(["--heartbeats=/none/nodes.json", "--json"]).run()
        #expect(heartbeat.exitCode == 69 && heartbeat.standardOutput.contains("No such file"))
    }

    @Test("the verdict names the age of a file that is too old to prove anything, and the remedy")
    func oldFile() async throws {
        let words = ["check", "--offline", "--host", "a", "--chrony=\(Self.fixture("chronyc-40ms-off.csv"))", "--at"]
        let old = try await RunProcess.tickrun(words + ["2026-11-29T12:00:00Z"]).run()
        #expect(old.exitCode == 1 && old.lines.first?.contains(" s off UTC") == true, "\(old.standardOutput)")
        #expect(old.lines.first?.contains("chronyc-40ms-off.csv) is 12 days old.") == true, "\(old.standardOutput)")
        #expect(old.lines.last?.contains("to do: ") == true && old.lines.last?.contains("measure again") == true)
        #expect(!old.standardOutput.contains("Find out why the clock is off"))
        let fresh = try await RunProcess.tickrun(words + ["2026-11-17T12:00:00Z"]).run()
        #expect(fresh.exitCode == 1 && !fresh.standardOutput.contains("old"), "\(fresh.standardOutput)")
        #expect(fresh.standardOutput.contains("Find out why the clock is off"))
    }

    @Test(
        "words that contradict each other are refused",
        arguments: [
            (["--offline"], "--offline judges files"), (["--at", "2026-11-17T12:00:00Z"], "--at belongs to --offline"),
            (["--offline", "--ntp", "x", "r.json"], "--ntp measures"), (["--offline", "--chrony"], "--chrony=FILE"),
            (["--offline", "--chrony=x"], "--host NAME"), (["--json", "--dossier"], "exclude each other"),
            (["--history", "x"], "--history belongs to --watch"), (["--watch", "10ms"], "--watch: give 1s or more"),
            (["--ntp", ","], "give 1 to 16 servers"), (["--host", ""], "--host needs a value"),
            (["--ntp", "a:99999"], "port 99999 is not from 1 to 65535"), (["--ntp", "a:0"], "port 0 is not from 1"),
            (["--ntp", "a:b"], "write HOST:PORT"), (["--offline", "--at", "noon", "r.json"], "--at: "),
            (["--cluster", "a", "--socket", "b"], "--cluster and --socket: give one"),
            // An earlier name of the same option.
            (["--config", "a", "--socket", "b"], "--cluster and --socket: give one"),
            (["--config", "a", "--cluster", "b"], "--cluster is given twice"),
        ])
    func contradictions(words: [String], message: String) async throws {
        let result = try await RunProcess.tickrun(["check"] + words).run()
        #expect(result.exitCode == 2 && result.standardError.contains(message), "\(result.standardError)")
    }
}
