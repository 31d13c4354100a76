import Foundation
import Glibc
import TestSupport
import Testing
import TimeSyncAudit

/// What a node and a run report about a peer that is killed and restarted.
@Suite("A node killed and restarted", .serialized, .requires(.cc, .promtool))
struct LivePeersTests {
    /// Long enough for several questions while the reach falls; eight of them make a peer silent.
    private static let pollInterval: Int64 = 300_000_000

    @Test(
        "its reach falls to 0 and it is silent: no time, no evidence, a line in the log of node and run, metrics; restarted, its reach rises and it is back",
        .timeLimit(.minutes(2)))
    func killed() async throws {
        try await LiveCluster.with(["a", "b", "c"]) { cluster in
            for name in cluster.names {
                cluster.settings[name] = #""stated_error_ns":4000000,"poll_interval_ns":\#(Self.pollInterval)"#
            }
            let metrics = ["--metrics-interval", "200ms", "--metrics"]
            func file(_ name: String) -> String { "\(cluster.folder)/\(name).prom" }
            try await cluster.start("a", ["node", try cluster.file(of: "a"), "--json"] + metrics + [file("a")])
            // A run with ticks is a member like any node.
            let words = ["25", "--duration", "120s", "--cluster", try cluster.file(of: "b"), "--json"]
            try await cluster.start("b", words + metrics + [file("b")])
            try await cluster.start("c")
            let all = try await cluster.ask("a", atMost: 20) { line in
                line.status == "synchronized" && line.peers.allSatisfy { Self.agrees($0) && $0.reach == 255 }
            }
            let whole = try #require(all, "\(cluster.transcript)")
            for peer in whole.peers { Self.expectMeasured(peer) }
            let table = try await Self.ask(cluster, "peers")
            #expect(table.exitCode == 0 && table.lines.first?.hasPrefix("S  NAME  REACH  ") == true, "\(table)")
            #expect(
                table.lines.dropFirst().allSatisfy {
                    ($0.hasPrefix("*  ") || $0.hasPrefix("+  ")) && $0.contains("± ")
                }, "\(table)")

            cluster.kill("c")
            try await Self.expectFall(cluster)
            try await Self.expectSilent(cluster, metrics: [file("a"), file("b")])

            try await cluster.start("c")
            let first = try await cluster.ask("a", "peers", atMost: 10) { $0.peer("c").map { $0.reach > 0 } == true }
            // It answers: not judged yet, if no agreement has been made with it since.
            let state = try #require(first?.peer("c")?.state, "\(cluster.transcript)")
            #expect(["unjudged", "majority", "agreeing"].contains(state), "\(state)")
            let back = try await cluster.ask("a", "peers", atMost: 20) {
                $0.peer("c").map { $0.reach == 255 && Self.agrees($0) } == true
            }
            let peer = try #require(back?.peer("c"), "\(cluster.transcript)")
            Self.expectMeasured(peer)
            for name in ["a", "b"] {
                let log = cluster.processes[name]?.errors ?? ""
                #expect(log.contains("peer c is lost: no answer for ") && log.contains("peer c is back after "))
                // With its time; a node names itself too.
                let who = name == "a" ? "a: " : ""
                #expect(log.contains(try Regex(#"tickrun: \d{4}-\d\d-\d\dT\S+Z  \#(who)c restarted"#)), "\(log)")
            }

            // Without both there is no majority, although the agreement is still in use.
            for name in ["b", "c"] { cluster.kill(name) }
            let alone = try await cluster.ask("a", "peers", atMost: 10) { !$0.holds }
            #expect(alone?.why?.contains("1 of 3 members answer") == true, "\(cluster.transcript)")
            #expect(try await Self.ask(cluster, "peers").exitCode == 1)
            #expect(try await Self.ask(cluster, "now").exitCode == 0)
        }
    }

    /// Of three members, this one and one other are already the majority.
    private static func agrees(_ peer: NodeLine.Peer) -> Bool { peer.state == "majority" || peer.state == "agreeing" }

    private static func ask(_ cluster: LiveCluster, _ question: String) async throws -> RunProcess.Result {
        try await RunProcess.tickrun("time", question, "--socket", "\(cluster.folder)/a.sock").urgently.run()
    }

    /// All clocks are this host's, so the bounds contain 0.
    private static func expectMeasured(_ peer: NodeLine.Peer) {
        let (offset, error) = (peer.offsetNs ?? .max, peer.errorNs ?? -1)
        #expect(abs(offset) <= error && error < 1_000_000_000, "\(peer)")
        #expect(peer.aheadLeastNs ?? 1 <= 0 && peer.aheadMostNs ?? -1 >= 0, "\(peer)")
        #expect(
            peer.lastHeardMs ?? .max < 8 * pollInterval / 1_000_000 && peer.timeMs != nil && peer.roundTripNs != nil)
    }

    /// The register is shifted to the left, poll by poll, until nothing is left.
    private static func expectFall(_ cluster: LiveCluster) async throws {
        var seen: [Int] = []
        let end = ContinuousClock.now + .seconds(20)
        while ContinuousClock.now < end {
            let peer = try #require(try await cluster.ask("a", "peers").peer("c"))
            if seen.last != peer.reach { seen.append(peer.reach) }
            if peer.state == "silent" { break }
            #expect(peer.reach > 0 && peer.timeMs != nil, "\(peer)")
        }
        // Counted from the last answer. c was killed at some moment between two polls.
        let fall = [255, 254, 252, 248, 240, 224, 192, 128, 0]
        #expect(seen.count > 2 && seen.allSatisfy(fall.contains) && seen == seen.sorted(by: >), "\(seen)")
    }

    private static func expectSilent(_ cluster: LiveCluster, metrics: [String]) async throws {
        let said = try await cluster.ask("a", "peers")
        let c = try #require(said.peer("c"))
        #expect(c.state == "silent" && c.verdict == "silent" && !c.included && c.reason == "silent", "\(c)")
        #expect(c.timeMs == nil && c.offsetNs == nil && c.errorNs == nil && c.roundTripNs == nil, "\(c)")
        #expect(c.aheadLeastNs == nil && c.aheadMostNs == nil && c.lastHeardMs ?? 0 > 1_000, "\(c)")
        // Two of three are a majority.
        #expect(said.holds && said.why == nil && said.peer("b")?.state != "silent", "\(said)")
        let table = try await ask(cluster, "peers")
        let line = table.lines.first { $0.contains("  c  ") || $0.contains("  c ") } ?? ""
        #expect(table.exitCode == 0 && line.hasPrefix("?  c") && line.hasSuffix("no: silent"), "\(table)")
        #expect(line.contains("silent ") && !line.contains("±"), "\(table)")

        // There is no evidence about its clock either.
        let check = try await RunProcess.tickrun("check", "--json", "--socket", "\(cluster.folder)/a.sock")
            .urgently.run()
        let result = try SyncResult(json: Array(check.standardOutput.utf8), file: "-")
        let evidence = result.nodes.flatMap(\.evidence).filter {
            $0.reason?.contains("'c' has not answered for ") == true
        }
        #expect(evidence.count == 1 && evidence[0].state == .failed, "\(check.standardOutput)")
        #expect(result.nodes.first { $0.node == "c" }?.standing == .unmeasured, "\(check.standardOutput)")

        for (name, path) in zip(["a", "b"], metrics) {
            let text = try await written(path) { text in
                text.split(separator: "\n").contains {
                    $0.hasPrefix("tickrun_cluster_peer_reach_ratio{") && $0.contains(#"peer="c""#) && $0.hasSuffix(" 0")
                }
            }
            let offsets = text.split(separator: "\n").filter { $0.hasPrefix("tickrun_cluster_peer_offset_seconds{") }
            #expect(offsets.count == 1 && !offsets[0].contains(#"peer="c""#), "\(text)")
            for family in [
                "tickrun_time_offset_seconds{", "tickrun_time_bound_seconds{", "tickrun_time_quality{",
                "tickrun_cluster_datagrams_refused_total{",
            ] { #expect(text.contains("\n\(family)"), "\(name): \(family)") }
            var promtool = RunProcess("/usr/bin/env", ["promtool", "check", "metrics"])
            promtool.standardInput = .text(text)
            let checked = try await promtool.urgently.run()
            #expect(checked.exitCode == 0 && checked.standardError.isEmpty, "\(checked)\n\(text)")
        }
    }

    /// A file's content, as soon as it fulfils the condition.
    private static func written(_ path: String, until holds: (String) -> Bool) async throws -> String {
        var text = ""
        let end = ContinuousClock.now + .seconds(10)
        while ContinuousClock.now < end {
            text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
            if holds(text) { return text }
            try await Task.sleep(for: .milliseconds(100))
        }
        Issue.record("\(path) does not show the silent peer: \(text)")
        return text
    }
}
