import Foundation
import Glibc
import TestSupport
import Testing
import TickConfiguration
import TickTime

/// 'tickrun time' with real nodes, the choice of the source, and the state that outlives a node.
@Suite("The time that real nodes give", .serialized)
struct LiveTimeTests {
    private static let second: Int64 = 1_000_000_000

    @Test(
        "the worked example: peers 0 s, 4 s and 12 min ahead make a consensus of two, which outlives the node in its state file; a damaged one warns",
        .timeLimit(.minutes(2)), .requires(.cc))
    func workedExample() async throws {
        try await LiveCluster.with(["a", "b", "c", "d"]) { cluster in
            for (name, seconds) in [("a", 0), ("b", 0), ("c", 4), ("d", 715)] {
                try cluster.shift(name, by: Int64(seconds) * Self.second)
                try await cluster.start(name)
            }
            let first = try await cluster.ask("a", atMost: 10) { $0.driftNs != nil }
            try #require(first != nil, "\(cluster.transcript)")
            let said = try await cluster.ask("a", "sync")
            // 14:03:05 and 14:03:09 give 14:03:07; 14:15:00 is left out.
            let drift = try #require(said.driftNs)
            #expect(abs(drift + 2 * Self.second) < Self.second / 10)
            #expect(said.peer("d")?.reason == "outlier" && said.peer("d")?.included == false)
            #expect(said.peer("b")?.included == true && said.peer("c")?.included == true)
            #expect(said.quality == "consensus" && !said.traceable)
            #expect(abs(said.timeUtcNs - said.hostUtcNs - 2 * Self.second) < Self.second / 10)
            let socket = "\(cluster.folder)/a.sock"
            let status = try await RunProcess.tickrun("time", "status", "--socket", socket).urgently.run()
            #expect(
                status.standardOutput.contains("(local behind)") && status.standardOutput.contains("Sources     2 of 3")
            )
            let peers = try await RunProcess.tickrun("time", "peers", "--socket", socket).urgently.run()
            #expect(peers.lines.count == 4 && peers.standardOutput.contains("no: outlier"))

            // After a step of one second forward, it is one second less behind, and its time does not change.
            try cluster.shift("a", by: Self.second)
            let stepped = try await cluster.ask("a", atMost: 5) { line in
                line.driftNs.map { abs($0 + Self.second) < Self.second / 10 } == true
            }
            #expect(
                stepped != nil && stepped.map { abs($0.timeUtcNs - $0.hostUtcNs - Self.second) } ?? 0 < Self.second / 10
            )
            try cluster.shift("a", by: 0)
            _ = try await cluster.ask("a", atMost: 5) { line in
                line.driftNs.map { abs($0 + 2 * Self.second) < Self.second / 10 } == true
            }
            // The state is written within a second.
            let path = "\(cluster.folder)/a.state.json"
            for _ in 0..<50 {
                if let kept = try? ConsensusState(json: Array(Data(contentsOf: URL(filePath: path))), file: path),
                    (kept.drift + .seconds(2)).magnitude < .milliseconds(100)
                {
                    break
                }
                try await Task.sleep(for: .milliseconds(100))
            }
            for name in cluster.names { cluster.kill(name) }
            // Alone, it continues with the kept state.
            try await cluster.start("a")
            let restored = try await cluster.ask("a", atMost: 10) { $0.quality == "consensus" }
            #expect(restored != nil, "\(cluster.transcript)")
            #expect(abs((restored?.driftNs ?? 0) + 2 * Self.second) < Self.second / 10)
            cluster.kill("a")
            // Below the required confidence, system time is used.
            try await cluster.start(
                "a", ["node", try cluster.file(of: "a"), "--json", "--min-confidence", "80"])
            let distrusted = try await cluster.ask("a", atMost: 10) { $0.confidence != nil }
            #expect(distrusted?.quality == "system" || distrusted?.quality == "ntp", "\(cluster.transcript)")
            cluster.kill("a")

            let whole = try String(contentsOfFile: path, encoding: .utf8)
            try whole.replacing(#""drift_ns":-"#, with: #""drift_ns":-9"#).write(
                toFile: path, atomically: true, encoding: .utf8)
            let damaged = try await cluster.start("a")
            let clean = try await cluster.ask("a", atMost: 10) { _ in true }
            #expect(clean?.driftNs == nil && clean?.quality != "consensus")
            #expect(damaged.errors.contains("damaged") && damaged.errors.contains("a.state.json"))
        }
    }

    @Test(
        "the ladder: NTP lost, peers lost, peers back, NTP back; each tick's timestamp says what it rests on, and none falls",
        .timeLimit(.minutes(3)), .requires(.cc, .python3))
    func ladder() async throws {
        try await LiveCluster.with(["a", "b", "c"]) { cluster in
            var server = try await ReferenceServer()
            defer { server.end() }
            cluster.settings["a"] = """
                "ntp":[{"server":"\(server.address)"}],"ntp_interval_ns":1000000000,\
                "consensus":{"interval_ns":2000000000,"peer_timeout_ns":1000000000}
                """
            // The others agree with each other, 2 s ahead of the NTP time.
            for name in ["b", "c"] {
                try cluster.shift(name, by: 2 * Self.second)
                try await cluster.start(name)
            }
            let run = try await cluster.start(
                "a",
                ["25", "--duration", "150s", "--cluster", try cluster.file(of: "a"), "--cluster-wait", "0s", "--json"])
            func step(_ quality: String, _ seconds: Double) async throws -> NodeLine? {
                let said = try await cluster.ask("a", atMost: seconds) { $0.quality == quality }
                #expect(said != nil, "\(quality): \(cluster.transcript)")
                return said
            }
            let first = try await step("ntp", 15)
            #expect(first?.ntpSynced == true)
            // The cluster must have agreed before NTP stops.
            _ = try await cluster.ask("a", atMost: 15) { $0.epoch > 0 && $0.driftNs != nil }
            server.end()
            let second = try await step("cluster", 20)
            #expect(second?.traceable == false && second.map { Self.ahead($0) } == 2)
            cluster.kill("b")
            cluster.kill("c")
            let third = try await step("consensus", 45)
            #expect(third.map { Self.ahead($0) } == 2)
            try await Self.expectExpired(cluster)
            for name in ["b", "c"] { try await cluster.start(name) }
            _ = try await step("cluster", 20)
            server = try await ReferenceServer(.init(port: server.port))
            let fifth = try await step("ntp", 20)
            // System time again, 2 s behind the shown time, which is held until system time has caught up.
            #expect(fifth?.heldNs ?? 0 > Self.second)
            // The rest is the difference of two readings of a clock.
            let last = try await cluster.ask("a", atMost: 15) { $0.quality == "ntp" && $0.heldNs < 100_000 }
            #expect(last.map { Self.ahead($0) } == 0, "\(cluster.transcript)")

            run.send(SIGINT)
            #expect(try await run.exitCode(within: 10) != nil)
            try Self.expectLadder(run)
        }
    }

    /// The quorum is gone, and the last agreement has expired: the condition of 'status' and 'now' does not hold.
    private static func expectExpired(_ cluster: LiveCluster) async throws {
        let expired = try await cluster.ask("a", atMost: 10) { $0.status == "expired" }
        #expect(expired != nil, "\(cluster.transcript)")
        for (question, isBad) in [("status", true), ("now", true), ("peers", true), ("drift", false)] {
            let socket = "\(cluster.folder)/a.sock"
            let text = try await RunProcess.tickrun("time", question, "--socket", socket).urgently.run()
            #expect(text.exitCode == (isBad ? 1 : 0) && !text.standardOutput.isEmpty, "\(question): \(text)")
            #expect(text.standardError.contains("'time \(question)' does not hold") == isBad, "\(text)")
            let said = try await cluster.ask("a", question)
            #expect(said.question == question && said.holds != isBad && (said.why != nil) == isBad, "\(said)")
            if question == "status" || question == "now" { #expect(said.why?.contains("expired after 30.0 s") == true) }
            // The agreement says nothing about peers that have ended.
            #expect(said.peers.allSatisfy { $0.state == "silent" && $0.verdict == "silent" && $0.timeMs == nil })
        }
    }

    /// By how many whole seconds the time is ahead of the host's.
    private static func ahead(_ line: NodeLine) -> Int64 {
        (line.timeUtcNs - line.hostUtcNs + second / 2) / second
    }

    private struct Stamped: Decodable {
        let tick: Int64?
        let timestampUtcNs: Int64?
        let timestampQuality: String?
    }

    private static func expectLadder(_ run: LiveProcess) throws {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        var qualities: [String] = []
        var (last, count) = (Int64.min, Int64(0))
        for line in run.lines {
            let tick = try decoder.decode(Stamped.self, from: Data(line.utf8))
            guard let index = tick.tick else { continue }
            #expect(index == count)
            count += 1
            let (time, quality) = (try #require(tick.timestampUtcNs), try #require(tick.timestampQuality))
            #expect(time >= last, "tick \(index) falls by \(last - time) ns")
            last = time
            if qualities.last != quality { qualities.append(quality) }
        }
        // It begins with system time, until the first reply of the server.
        if qualities.first == "system" || qualities.first == "cluster" { qualities.removeFirst() }
        #expect(qualities == ["ntp", "cluster", "consensus", "cluster", "ntp"])
        #expect(count > 500)
    }

    @Test(
        "a script's gate opens once UTC is bounded, and says why where it does not", .timeLimit(.minutes(1)),
        .requires(.cc))
    func gate() async throws {
        try await LiveCluster.with(["a", "b", "c"]) { cluster in
            for name in cluster.names {
                cluster.settings[name] = #""stated_error_ns":2000000"#
                try await cluster.start(name)
            }
            let socket = "\(cluster.folder)/a.sock"
            let open = try await RunProcess.tickrun(
                "time", "wait", "--max-bound", "50ms", "--timeout", "20s", "--socket", socket
            ).urgently.run()
            #expect(open.exitCode == 0 && open.standardOutput.contains("quality cluster"), "\(open.standardError)")
            let tight = try await RunProcess.tickrun(
                "time", "wait", "--max-bound", "1us", "--timeout", "1s", "--socket", socket
            ).urgently.run()
            #expect(
                tight.exitCode == 69 && tight.standardError.contains("waited 1.00 s without success: UTC is known"))
            let nobody = try await RunProcess.tickrun(
                "time", "wait", "--timeout", "500ms", "--socket", "\(cluster.folder)/none.sock"
            ).urgently.run()
            #expect(nobody.exitCode == 69 && nobody.standardError.contains("no node answered"))
        }
    }

    @Test("without a local node, it polls the peers in the node's place", .timeLimit(.minutes(1)), .requires(.cc))
    func polls() async throws {
        try await LiveCluster.with(["a", "b", "c"]) { cluster in
            for name in cluster.names { cluster.settings[name] = #""stated_error_ns":4000000"# }
            for name in ["b", "c"] { try await cluster.start(name) }
            let path = try cluster.file(of: "a")
            let said = try await RunProcess.tickrun("time", "status", "--config", path, "--timeout", "10s").urgently
                .run()
            #expect(said.exitCode == 0, "\(said.standardError)")
            #expect(said.standardOutput.contains("Sources     2 of 2 peers"))
            #expect(said.standardOutput.contains("3 of 3 agree"))
            // As soon as there is a node, it asks the node.
            try await cluster.start("a")
            _ = try await cluster.ask("a", atMost: 10) { $0.epoch > 0 }
            let now = try await RunProcess.tickrun("time", "now", "--cluster", path, "--json").urgently.run()
            #expect(now.exitCode == 0)
            let line = try NodeLine.decoded(try #require(now.lines.first))
            #expect(line.epoch > 0)
        }
    }

    @Test("without a node it exits with 69 and names the command that starts one")
    func nobody() async throws {
        var process = RunProcess.tickrun("time", "status")
        let folder = try TemporaryFolder()
        process.environment["XDG_RUNTIME_DIR"] = .some(folder.path)
        let result = try await process.run()
        #expect(result.exitCode == 69 && result.standardError.contains("tickrun node"))
        let word = try await RunProcess.tickrun("time", "stauts").urgently.run()
        #expect(word.exitCode == 2 && word.standardError.contains("status"))
    }
}
