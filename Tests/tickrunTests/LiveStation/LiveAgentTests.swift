import Foundation
import Glibc
import TestSupport
import Testing

/// What one agent shows: two members of a cluster, the first of them a real `tickrun agent`.
@Suite("What an agent shows", .serialized)
struct LiveAgentTests {
    private struct Host {
        let agent: LiveProcess
        /// Its station file.
        let path: String
    }

    /// A text as soon as it fulfils the condition; else as it is after a minute.
    private static func text(_ read: () throws -> String, until holds: (String) -> Bool) async throws -> String {
        let end = ContinuousClock.now + .seconds(60)
        var text = ""
        while ContinuousClock.now < end {
            text = (try? read()) ?? ""
            if holds(text) { break }
            try await Task.sleep(for: .milliseconds(100))
        }
        return text
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
            try await body(Host(agent: agent, path: path))
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
            let text = try await Self.text {
                try String(contentsOfFile: path, encoding: .utf8)
            } until: {
                Self.sample("tickrun_channel_on_air", #",channel="one""#, in: $0) == 1
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
        "of two loops each has a journal and figures of its own, and each channel is in one of them",
        .requires(.etcd, .etcdctl, .cc))
    func loops() async throws {
        let etcd = try await EtcdCluster(), folder = try TemporaryFolder()
        let (metrics, journal) = ("\(folder.path)/a.prom", "\(folder.path)/%{run}.journal")
        // The file gives 'two' the second loop, so 'one' gets the first.
        let file = #","loops":[{},{"cpu":0}],"channels":[{"channel":"two","loop":1}]"#
        try await Self.with(etcd, file: file, ["--metrics", metrics, "--journal", journal, "--json"]) { host in
            let loops = [#","loop":0,"#, #","loop":1,"#]
            let output = try await Self.text {
                host.agent.output
            } until: { text in
                text.split(separator: "\n").contains { line in
                    line.components(separatedBy: #""on_air":true"#).count == 3 && loops.allSatisfy { line.contains($0) }
                }
            }
            let last = try #require(output.split(separator: "\n").last { $0.contains(#""schema":"tickrun/agent/1""#) })
            for part in [#""channel":"one","loop":0"#, #""channel":"two","loop":1"#] {
                #expect(last.contains(part), "\(last)")
            }
            host.agent.send(SIGINT)
            #expect(try await host.agent.exitCode(within: 60) == 0, "\(host.agent.errors)")
            let text = try String(contentsOfFile: metrics, encoding: .utf8)
            for loop in ["0", "1"] {
                let count = Self.sample("tickrun_tick_start_lateness_seconds_count", #",loop="\#(loop)""#, in: text)
                #expect(count ?? 0 > 0, "\(text)")
            }
            for (loop, channel) in [("0", "one"), ("1", "two")] {
                let path = "\(folder.path)/live_a-\(loop).journal"
                for words in [["journal", "verify", path], ["replay", "--channel", channel, path]] {
                    let result = try await RunProcess.tickrun(words).run()
                    #expect(result.exitCode == 0, "\(words): \(result.standardOutput)\(result.standardError)")
                }
                let other = try await RunProcess.tickrun(
                    "replay", "--channel", channel == "one" ? "two" : "one", "--json", path
                ).run()
                #expect(!other.standardOutput.contains(#""good":true"#), "\(other.standardOutput)")
            }
        }
    }

    @Test(
        "on a terminal it takes the screen and gives it back with what happened; --quiet and --live off leave it",
        .requires(.cc))
    func screen() async throws {
        try await Self.with(nil, ["--duration", "1s"]) { host in
            #expect(try await host.agent.exitCode(within: 60) == 0, "\(host.agent.errors)")
            #expect(!host.agent.errors.contains("\u{1B}["))
            func run(_ words: [String] = []) async throws -> String {
                var process = RunProcess.tickrun(["agent", "--station", host.path, "--duration", "2s"] + words)
                process.standardError = .terminal
                process.environment = ["TERM": "xterm", "NO_COLOR": nil]
                let result = try await process.run()
                #expect(result.exitCode == 0, "\(result.standardError)")
                return result.standardError
            }
            let shown = try await run()
            let parts = shown.components(separatedBy: "\u{1B}[?1049")
            #expect(parts.count == 3, "\(shown)")
            #expect(parts.dropFirst().first?.contains("live a  ") == true, "\(shown)")
            #expect(parts.dropFirst().first?.contains("etcd fails, has not answered") == true, "\(shown)")
            // Before the screen, on it, or after it: it is printed as a line once.
            #expect(shown.contains("no connection to etcd: http"), "\(shown)")
            for words in [["--live", "off"], ["--quiet"]] {
                let plain = try await run(words)
                #expect(!plain.contains("\u{1B}[?1049"), "\(plain)")
            }
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
