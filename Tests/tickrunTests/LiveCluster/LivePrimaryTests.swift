import Foundation
import Glibc
import TestSupport
import Testing

/// A primary that ticks while its wall clock is set back.
@Suite("A primary among real processes", .serialized, .requires(.cc))
struct LivePrimaryTests {
    private struct TickObject: Decodable {
        let tick: Int64?
        let skippedBefore: Int64?
        let startMonoNs: Int64?
        let deadlineMonoNs: Int64?
        let timestampUtcNs: Int64?
        let timestampEarliestUtcNs: Int64?
        let timestampLatestUtcNs: Int64?
        let timestampQuality: String?
        let timestampTraceable: Bool?
        let timestampCommitted: Bool?
        let timestampEpoch: Int64?
    }

    private struct Summary: Decodable {
        struct Incident: Decodable { let kind: String }
        struct Cluster: Decodable {
            let status: String
            let epoch: Int64
            let timestampsCommitted: Int64
            let timestampsFallen: Int64
        }
        struct Session: Decodable { let sessionEpochUtcSource: String }
        let driftNs: Int64
        let skippedTicks: Int64
        let incidents: [Incident]
        let cluster: Cluster
        let sessions: [Session]
    }

    @Test(
        "set back by two hours at 59.94, it commits stamps that never fall, bounds the truth, delivers each tick, says what happened, and recovers",
        .timeLimit(.minutes(2)))
    func stepped() async throws {
        try await LiveCluster.with(["a", "b", "c"], step)
    }

    private func step(_ cluster: LiveCluster) async throws {
        for name in cluster.names { cluster.settings[name] = #""stated_error_ns":3000000"# }
        for name in ["b", "c"] { try await cluster.start(name) }
        // A clock that is not shifted is the truth: stamps are compared with it by the monotonic clock.
        let (monotonic, utc) = (Self.clock(CLOCK_MONOTONIC), Self.clock(CLOCK_REALTIME))
        let journal = "\(cluster.folder)/journal"
        let run = try await cluster.start(
            "a",
            [
                "59.94", "--duration", "16s", "--cluster", try cluster.file(of: "a"), "--view", "3", "--floor",
                "2026-01-01T00:00:00Z", "--json", "--journal", journal,
            ])
        let begun = ContinuousClock.now + .seconds(20)
        while run.lines.count < 240, ContinuousClock.now < begun { try await Task.sleep(for: .milliseconds(50)) }
        try #require(run.lines.count >= 240, "\(run.errors)")
        let before = try await cluster.ask("a")
        #expect(before.statedErrorNs == 3_000_000)
        try cluster.shift("a", by: -7_200 * 1_000_000_000)
        // What its file said of its clock was said of another.
        // The step is found, and what is stated is stated anew.
        let after = try await cluster.ask("a", atMost: 10) { $0.statedErrorNs == nil || $0.ntpSynced }
        #expect(after != nil, "\(cluster.transcript)")
        _ = try await run.exitCode(within: 40)

        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        var last = Int64.min
        var (count, inBounds) = (Int64(0), 0)
        for line in run.lines.dropLast() {
            let tick = try decoder.decode(TickObject.self, from: Data(line.utf8))
            #expect(tick.tick == count && tick.skippedBefore == 0)
            count += 1
            let time = try #require(tick.timestampUtcNs)
            #expect(time >= last, "tick \(count) falls by \(last - time) ns")
            last = time
            #expect(tick.timestampCommitted == true && tick.timestampQuality == "cluster")
            guard tick.timestampTraceable == true else { continue }
            let start = try #require(tick.startMonoNs)
            let truth = utc + (start - monotonic)
            // The stamp is read after the start, as much later as the host lets the thread wait.
            let (earliest, latest) = (
                try #require(tick.timestampEarliestUtcNs), try #require(tick.timestampLatestUtcNs)
            )
            if earliest - 1_000_000 <= truth, truth <= latest + 1_000_000 { inBounds += 1 }
            #expect(time - truth < 100_000_000 && truth - time < 100_000_000, "tick \(count)")
        }
        #expect(count == 960)
        // All of them, but for a few whose thread was made to wait between its two readings.
        #expect(inBounds > 900)

        let summary = try decoder.decode(Summary.self, from: Data(try #require(run.lines.last).utf8))
        #expect(summary.driftNs == 0 && summary.skippedTicks == 0)
        #expect(summary.cluster.timestampsFallen == 0 && summary.cluster.timestampsCommitted == 960)
        #expect(summary.cluster.status == "synchronized" && summary.cluster.epoch > 2)
        #expect(summary.sessions.first?.sessionEpochUtcSource == "cluster")
        let kinds = Set(summary.incidents.map(\.kind))
        #expect(kinds.contains("utc_step") && kinds.contains("cluster_utc_step"), "\(kinds)")

        // The journal tells the same, and replays.
        let replay = try await RunProcess.tickrun("replay", journal).urgently.run()
        #expect(replay.exitCode == 0 && replay.standardOutput.contains("960 ticks recomputed"), "\(replay)")
        let cat = try await RunProcess.tickrun("journal", "cat", journal).urgently.run()
        #expect(cat.standardOutput.contains("timestamp_utc_ns") && cat.standardOutput.contains("OBS_CLUSTER_V0"))
    }

    private static func clock(_ id: clockid_t) -> Int64 {
        var time = timespec()
        unsafe clock_gettime(id, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
