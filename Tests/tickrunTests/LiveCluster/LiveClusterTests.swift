import ClusterClock
import Foundation
import Glibc
import TestSupport
import Testing
import TickLinux
import TickTime

/// Real processes, each with its own wall clock. The tests judge their statements, not their speed, except for the
/// limits in the design.
@Suite("A cluster of real processes", .serialized, .requires(.cc))
struct LiveClusterTests {
    private static let second: Int64 = 1_000_000_000
    private static let millisecond: Int64 = 1_000_000

    /// The host's own clock, from which the members' clocks are shifted.
    private static func truth(_ line: NodeLine, shift: Int64) -> Int64 { line.hostUtcNs - shift }

    @Test(
        "five nodes agree in under 10 s, bound the truth at every sample, and name the one that is false; a minority that is cut off holds, a majority that is cut off lets all expire, and they recover",
        .timeLimit(.minutes(10)), .prefers(.ip, .nsenter))
    func five() async throws {
        let shifts: [String: Int64] = [
            "a": 0, "b": 3 * Self.millisecond, "c": -5 * Self.millisecond, "d": 8 * Self.millisecond,
            "e": 2 * Self.second,
        ]
        let names = shifts.keys.sorted(), honest = ["a", "b", "c", "d"]
        try await LiveCluster.with(names, inNamespaces: true) { cluster in
            for name in names {
                try cluster.shift(name, by: shifts[name] ?? 0)
                // e states a false error.
                cluster.settings[name] = #""stated_error_ns":\#(9 * Self.millisecond)"#
                try await cluster.start(name)
            }
            let took = try await cluster.wait(honest, atMost: 12) { $0.status == "synchronized" }
            #expect((took ?? 99) < 10, "\(cluster.transcript)")
            // Two more windows, so that every member has judged each.
            try await cluster.wait(honest, atMost: 10) { $0.peer("e")?.verdict == "false" }
            for name in honest {
                let last = try #require(try cluster.line(name))
                let e = try #require(last.peer("e"))
                #expect(e.verdict == "false", "\(cluster.transcript)")
                #expect((1_900 * Self.millisecond...2_100 * Self.millisecond).contains(e.falseByNs))
                for other in honest where other != name {
                    #expect(["agreeing", "wide"].contains(last.peer(other)?.verdict))
                }
            }
            try await cluster.wait(["e"], atMost: 12) { $0.status == "synchronized" }
            // e knows that it is `false`, because the others' majority is its cluster's time.
            let e = try #require(try cluster.line("e"))
            #expect(e.status == "synchronized", "\(cluster.transcript)")
            // Its time before was 2 s ahead, so it may still be held, and it states by how much.
            let error = e.timeUtcNs - e.heldNs - Self.truth(e, shift: 2 * Self.second)
            #expect(abs(error) < 100 * Self.millisecond, "\(cluster.transcript)")
            try await cluster.waitForAgreements(1, of: honest, atMost: 20)
            try Self.expectTruth(cluster, shifts)

            guard case .namespaces(let network) = cluster.network else {
                // Without namespaces there is no link to cut. Another test kills a peer.
                return
            }
            for name in ["d", "e"] { try await network.link(name, up: false) }
            // The majority has agreed without them, and their window without an agreement has ended.
            let cut = try await cluster.wait(["a", "b", "c"], atMost: 30) { line in
                line.status == "synchronized" && ["d", "e"].allSatisfy { line.peer($0)?.verdict == "silent" }
            }
            #expect(cut != nil, "\(cluster.transcript)")
            let held = try await cluster.wait(["d", "e"], atMost: 20) { $0.status == "holding" }
            #expect(held != nil, "\(cluster.transcript)")
            for name in ["a", "b", "c"] { #expect(try cluster.line(name)?.status == "synchronized") }
            for name in ["d", "e"] { try await network.link(name, up: true) }
            let back = try await cluster.wait(names, atMost: 20) { $0.status == "synchronized" }
            #expect(back != nil, "\(cluster.transcript)")
            for name in ["c", "d", "e"] { try await network.link(name, up: false) }
            // An epoch is 30 s old at most, and the window in which the link went down may have agreed last.
            let expired = try await cluster.wait(names, atMost: 50) { $0.status == "expired" }
            #expect(expired != nil, "\(cluster.transcript)")
            for name in names { #expect(try cluster.line(name)?.quality != "cluster") }
            for name in ["c", "d", "e"] { try await network.link(name, up: true) }
            let again = try await cluster.wait(names, atMost: 20) { $0.status == "synchronized" }
            #expect(again != nil, "\(cluster.transcript)")
            try Self.expectTruth(cluster, shifts)
        }
    }

    /// True UTC was within the bounds in every printed line whose bounds are bounds of UTC.
    private static func expectTruth(_ cluster: LiveCluster, _ shifts: [String: Int64]) throws {
        var looked = 0
        for (name, process) in cluster.processes {
            for line in try NodeLine.all(process) where line.traceable && line.quality == "cluster" {
                let truth = truth(line, shift: shifts[name] ?? 0)
                let (earliest, latest) = (try #require(line.earliestUtcNs), try #require(line.latestUtcNs))
                #expect(earliest <= truth && truth <= latest, "\(name): \(truth) is not in \(earliest)...\(latest)")
                looked += 1
            }
        }
        #expect(looked > 10)
    }

    @Test(
        "without stated errors they agree and say that it is untraceable", .timeLimit(.minutes(1)),
        .prefers(.ip, .nsenter))
    func untraceable() async throws {
        // If this host's kernel is synchronized, it states an error for each of them.
        let isSynchronized = (try? KernelClock.read())?.bound.interval != nil
        try await LiveCluster.with(["a", "b", "c"], inNamespaces: true) { cluster in
            try cluster.shift("b", by: 20 * Self.millisecond)
            try cluster.shift("c", by: -15 * Self.millisecond)
            for name in cluster.names { try await cluster.start(name) }
            let status = isSynchronized ? "synchronized" : "agreedUntraceable"
            let took = try await cluster.wait(cluster.names, atMost: 10) { $0.status == status }
            #expect(took != nil, "\(cluster.transcript)")
            for name in cluster.names { #expect(try cluster.line(name)?.traceable == isSynchronized) }
        }
    }

    @Test("with 30 % loss and 80 ms of one-sided delay, every bound still contains the truth", .timeLimit(.minutes(1)))
    func relayed() async throws {
        try await LiveCluster.with(["a", "b", "c"]) { cluster in
            // The relay is between c and the others. It delays only datagrams from c, by 80 ms.
            var relays: [SeededRelay] = []
            defer { for relay in relays { relay.stop() } }
            for other in ["a", "b"] {
                let relay = try SeededRelay(
                    between: cluster.address(of: other), and: cluster.address(of: "c"), lossPercent: 30,
                    delayToFirst: .milliseconds(80), delayToSecond: .milliseconds(0), seed: 7)
                cluster.detours[other, default: [:]]["c"] = relay.facingFirst
                cluster.detours["c", default: [:]][other] = relay.facingSecond
                relays.append(relay)
            }
            let shifts = ["a": 0, "b": 2 * Self.millisecond, "c": -3 * Self.millisecond]
            for name in cluster.names {
                try cluster.shift(name, by: shifts[name] ?? 0)
                cluster.settings[name] = #""stated_error_ns":\#(4 * Self.millisecond)"#
                try await cluster.start(name)
            }
            let took = try await cluster.wait(cluster.names, atMost: 15) { line in
                line.status == "synchronized" && line.peers.allSatisfy { $0.verdict != "silent" }
            }
            #expect(took != nil, "\(cluster.transcript)")
            // A few more rounds, each with losses.
            try await cluster.waitForAgreements(2, of: cluster.names, atMost: 30)
            try Self.expectTruth(cluster, shifts)
            // It can be wrong by at most half of the one-sided delay, and the interval allows for this.
            let c = try #require(try cluster.line("c"))
            #expect(
                c.status == "synchronized" && c.peers.allSatisfy { $0.verdict == "agreeing" || $0.verdict == "wide" })
            #expect(relays.allSatisfy { $0.lost > 0 && $0.carried > $0.lost })
        }
    }
}
