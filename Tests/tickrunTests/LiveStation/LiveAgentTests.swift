import Foundation
import Glibc
import TestSupport
import Testing

/// What one agent shows: two members of a cluster, the first of them a real `tickrun agent`.
@Suite("What an agent shows", .serialized)
struct LiveAgentTests {
    /// The agent, and the folder with its files.
    private struct Host {
        let cluster: LiveCluster
        let agent: LiveProcess
        var folder: String { cluster.folder }

        /// A file of its folder, as soon as it fulfils the condition; else as it is in the end.
        func text(of name: String, atMost seconds: Double = 60, until holds: (String) -> Bool) async throws -> String {
            let end = ContinuousClock.now + .seconds(seconds)
            var text = ""
            while ContinuousClock.now < end {
                text = (try? String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)) ?? ""
                if holds(text) { break }
                try await Task.sleep(for: .milliseconds(100))
            }
            return text
        }
    }

    /// - Parameters:
    ///   - etcd: its endpoints; a channel 'one' at 25 is put there if there is one.
    ///   - file: further members of the station's file.
    ///   - words: further words of the agent's command line.
    private static func with(
        _ etcd: EtcdCluster?, file: String = "", _ words: [String], _ body: (Host) async throws -> Void
    ) async throws {
        try await LiveCluster.with(["a", "b"]) { cluster in
            for name in ["a", "b"] { cluster.settings[name] = #""stated_error_ns":5000000"# }
            let endpoint = etcd?.endpoints[0] ?? "http://127.0.0.1:1"
            let json =
                #"{"schema":"tickrun/station/1","station":"live","host":"a","cluster":"\#(try cluster.file(of: "a"))","#
                + #""state":"a.memory.json","etcd":[{"endpoint":"\#(endpoint)"}]\#(file)}"#
            let path = "\(cluster.folder)/a.station.json"
            try Data(json.utf8).write(to: URL(filePath: path))
            if etcd != nil {
                for channel in ["one", "two"] {
                    let put = try await RunProcess.tickrun(
                        "channel", "put", channel, "--station", path, "--rate", "25", "--hosts", "a",
                        "--accept", "500ms"
                    ).run()
                    try #require(put.exitCode == 0, "\(put.standardError)")
                }
            }
            try await cluster.start("b")
            let agent = try await cluster.start("a", ["agent", "--station", path] + words)
            try await body(Host(cluster: cluster, agent: agent))
        }
    }

    private static func promtool(_ text: String) async throws -> RunProcess.Result {
        var process = RunProcess("/usr/bin/env", ["promtool", "check", "metrics"])
        process.standardInput = .text(text)
        return try await process.run()
    }

    /// The value of a sample, by its name and the labels after the common ones.
    private static func sample(_ name: String, _ labels: String = "", in metrics: String) -> Double? {
        let common = #"run="live a",file="a.prom",station="live",host="a""#
        let start = "\(name){\(common)\(labels)} "
        return metrics.split(separator: "\n").first { $0.hasPrefix(start) }.flatMap {
            Double($0.dropFirst(start.utf8.count))
        }
    }

    @Test(
        "its metrics say what it has on air and what its store answers, and at its end that it has nothing on air",
        .requires(.etcd, .etcdctl, .cc, .promtool))
    func metrics() async throws {
        let etcd = try await EtcdCluster(), folder = try TemporaryFolder(), path = "\(folder.path)/a.prom"
        try await Self.with(etcd, ["--metrics", path]) { host in
            let end = ContinuousClock.now + .seconds(60)
            var text = ""
            while ContinuousClock.now < end, Self.sample("tickrun_channel_on_air", #",channel="one""#, in: text) != 1 {
                text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
                try await Task.sleep(for: .milliseconds(100))
            }
            let checked = try await Self.promtool(text)
            #expect(checked.exitCode == 0 && checked.standardError.isEmpty, "\(checked.standardError)")
            for (name, labels, value) in [
                ("tickrun_channel_on_air", #",channel="one""#, 1), ("tickrun_station_tenure_held", "", 1),
                ("tickrun_channel_role", #",channel="one",role="owner""#, 1), ("tickrun_agent_ended", "", 0),
                ("tickrun_fencing_number", #",session="one""#, 1), ("tickrun_station_store_failing", "", 0),
            ] {
                #expect(Self.sample(name, labels, in: text) == Double(value), "\(name)\n\(text)\n\(host.agent.errors)")
            }
            for (name, labels) in [
                ("tickrun_ticks_by_air_total", #",session="one",air="on_air""#),
                ("tickrun_station_store_requests_total", #",kind="tenure",outcome="accepted""#),
                ("tickrun_tick_start_lateness_seconds_count", #",loop="0""#),
            ] {
                #expect(Self.sample(name, labels, in: text) ?? 0 > 0, "\(name)\n\(text)")
            }
            let age = try #require(Self.sample("tickrun_station_store_answer_age_seconds", in: text))
            #expect(age >= 0 && Self.sample("tickrun_station_tenure_valid_seconds", in: text) ?? 100 < 3)
            host.agent.send(SIGINT)
            #expect(try await host.agent.exitCode(within: 60) == 0, "\(host.agent.errors)")
            let last = try String(contentsOfFile: path, encoding: .utf8)
            #expect(Self.sample("tickrun_agent_ended", in: last) == 1)
            #expect(Self.sample("tickrun_channel_on_air", #",channel="one""#, in: last) == 0)
        }
    }

    @Test(
        "without etcd they say that the store fails, and nothing of a tenure or an answer that never was",
        .requires(.cc, .promtool))
    func noStore() async throws {
        let folder = try TemporaryFolder(), path = "\(folder.path)/a.prom"
        try await Self.with(nil, ["--metrics", path, "--duration", "3s"]) { host in
            #expect(try await host.agent.exitCode(within: 60) == 0, "\(host.agent.errors)")
            let text = try String(contentsOfFile: path, encoding: .utf8)
            let checked = try await Self.promtool(text)
            #expect(checked.exitCode == 0 && checked.standardError.isEmpty, "\(checked.standardError)")
            #expect(Self.sample("tickrun_station_store_failing", in: text) == 1, "\(text)")
            #expect(Self.sample("tickrun_station_tenure_held", in: text) == 0)
            let failed = Self.sample(
                "tickrun_station_store_requests_total", #",kind="poll",outcome="failed""#, in: text)
            #expect(failed ?? 0 > 0, "\(text)")
            for absent in ["tenure_valid", "answer_age", "station_view", "tickrun_channel", "session="] {
                #expect(!text.contains(absent), "\(absent)\n\(text)")
            }
        }
    }
}
