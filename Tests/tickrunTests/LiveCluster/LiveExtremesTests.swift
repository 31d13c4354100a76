import Foundation
import Glibc
import TestSupport
import Testing

/// A member with valid keys whose every answer is authentic and impossible, against real processes.
@Suite("A hostile member with valid keys", .serialized, .requires(.cc))
struct LiveExtremesTests {
    /// How long it answers: `TICK_HOSTILE_SECONDS`, default 12 s.
    private static let seconds = ProcessInfo.processInfo.environment["TICK_HOSTILE_SECONDS"].flatMap { Int64($0) } ?? 12

    private struct TickObject: Decodable {
        let tick: Int64?
        let timestampUtcNs: Int64?
        let timestampQuality: String?
    }

    @Test(
        "it answers with each value at its extreme: two nodes and a run with ticks go on, agree, and count its answers by reason",
        .timeLimit(.minutes(30)))
    func hostile() async throws {
        try await LiveCluster.with(["a", "b", "c", "d"]) { cluster in
            for name in ["a", "b", "d"] {
                cluster.settings[name] = #""stated_error_ns":3000000,"poll_interval_ns":50000000"#
            }
            let seed = SeededGenerator().seed
            let hostile = try HostileMember("c", of: cluster, seed: seed)
            try await cluster.start("a")
            try await cluster.start("b")
            let file = try cluster.file(of: "d")
            let words = ["25", "--duration", "\(Self.seconds + 300)s", "--cluster", file, "--json"]
            let run = try await cluster.start("d", words)
            // It lies from the first moment until the others have agreed.
            func goOn(for length: Duration) async throws {
                try await hostile.answer(for: length) { cluster.processes.values.allSatisfy { !$0.hasEnded } }
            }
            try await goOn(for: .seconds(Self.seconds))
            // On a busy machine most replies come too late and are refused for their nonces, so it goes on until each
            // node has counted every reason.
            let end = ContinuousClock.now + .seconds(120)
            while await !Self.haveCounted(cluster), ContinuousClock.now < end { try await goOn(for: .seconds(6)) }
            for name in ["a", "b", "d"] {
                #expect(cluster.processes[name]?.hasEnded == false, "\(name), seed \(seed): \(cluster.transcript)")
            }

            var times: [Int64] = []
            for name in ["a", "b", "d"] {
                let said = try await cluster.ask(name)
                #expect(
                    said.status == "synchronized" && said.traceable,
                    "\(name), seed \(seed): \(said) \(cluster.transcript)")
                for reason in Self.reasons {
                    #expect(said.datagramsRefused[reason] ?? 0 > 0, "\(name): \(reason): \(said.datagramsRefused)")
                }
                for other in ["a", "b", "d"] where other != name {
                    #expect(said.peer(other)?.verdict == "agreeing", "\(name): \(said)")
                }
                times.append(said.timeUtcNs - said.hostUtcNs)
                for question in ["peers", "now", "drift"] {
                    let socket = "\(cluster.folder)/\(name).sock"
                    var asked = RunProcess.tickrun("time", question, "--socket", socket)
                    asked.isUrgent = true
                    let told = try await asked.run()
                    // There is no consensus if no honest peer had begun at the time of the only round so far.
                    let isGood = told.exitCode == 0 || question == "drift" && told.exitCode == 1
                    #expect(isGood && !told.standardOutput.isEmpty, "\(told.standardError)")
                }
            }
            // On one host there is one clock, so all times are within the skew interval.
            #expect(times.allSatisfy { abs($0) < 10_000_000 }, "\(times)")
            #expect(hostile.answered > 100)

            run.send(SIGINT)
            let exitCode = try await run.exitCode(within: 10)
            #expect(exitCode == 0 || exitCode == 1, "\(String(describing: exitCode)): \(cluster.transcript)")
            try Self.expectTicks(run)
        }
    }

    /// The reasons to refuse a reply that a node must count.
    private static let reasons = ["utc", "hold", "stated_error"]

    /// Whether each node that is left has refused replies for every reason.
    private static func haveCounted(_ cluster: LiveCluster) async -> Bool {
        for name in ["a", "b", "d"] where cluster.processes[name]?.hasEnded == false {
            guard let refused = try? await cluster.ask(name).datagramsRefused,
                reasons.allSatisfy({ refused[$0] ?? 0 > 0 })
            else {
                return false
            }
        }
        return true
    }

    /// Every tick was delivered in order, with a time that does not fall, at nearly one per period.
    private static func expectTicks(_ run: LiveProcess) throws {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        var (count, last) = (Int64(0), Int64.min)
        for line in run.lines {
            let tick = try decoder.decode(TickObject.self, from: Data(line.utf8))
            guard let index = tick.tick else { continue }
            #expect(index == count)
            let time = try #require(tick.timestampUtcNs)
            #expect(time >= last)
            (count, last) = (count + 1, time)
        }
        // It waits for the cluster's agreement before the first; 25 a second from then on.
        #expect(count > (seconds - 6) * 25 / 2, "\(count) ticks in \(seconds) s")
    }
}
