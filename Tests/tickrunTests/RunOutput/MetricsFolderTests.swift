import Foundation
import TestSupport
import Testing

/// Several runs and a node write metrics into one folder, and a real node_exporter reads them.
@Suite("Metrics in one folder")
struct MetricsFolderTests {
    private static func withFolder(_ body: (String) async throws -> Void) async throws {
        try await TemporaryFolder.with(body)
    }

    /// The exporter's output, as soon as it fulfils the condition.
    private static func scrape(_ port: Int, until holds: (String) -> Bool) async throws -> String {
        let script =
            "import urllib.request as r;print(r.urlopen('http://127.0.0.1:\(port)/metrics',timeout=5).read().decode())"
        let end = ContinuousClock.now + .seconds(40)
        var last = ""
        while ContinuousClock.now < end {
            var process = RunProcess("/usr/bin/env", ["python3", "-c", script])
            process.isUrgent = true
            last = try await process.run().standardOutput
            if holds(last) { break }
            try await Task.sleep(for: .milliseconds(200))
        }
        return last
    }

    @Test(
        "two runs of one name, another run and a node are read together, each told apart, and none is rejected",
        .requires(.nodeExporter, .python3))
    func together() async throws {
        try await LiveCluster.with(["a", "b", "c"]) { cluster in
            try await Self.withFolder { folder in
                let metrics = "\(folder)/prom"
                try FileManager.default.createDirectory(atPath: metrics, withIntermediateDirectories: true)
                let interval = ["--metrics-interval", "200ms"]
                var processes: [LiveProcess] = []
                for (file, rate) in [("one", "25"), ("two", "25"), ("three", "50")] {
                    let words = [rate, "--duration", "5m", "--log", "none", "--metrics", "\(metrics)/\(file).prom"]
                    processes.append(try LiveProcess(.tickrun(words + interval), named: file, in: folder))
                }
                let node = ["node", try cluster.file(of: "a"), "--duration", "5m"]
                processes.append(
                    try LiveProcess(
                        .tickrun(node + ["--metrics", "\(metrics)/node.prom"] + interval), named: "node", in: folder))
                let port = Int(LoopbackPorts.one())
                let exporter = try LiveProcess(
                    RunProcess(
                        Requirement.nodeExporter.path,
                        [
                            "--collector.disable-defaults", "--collector.textfile",
                            "--collector.textfile.directory=\(metrics)", "--web.listen-address=127.0.0.1:\(port)",
                        ]), named: "exporter", in: folder)
                let runs = [("25", "one"), ("25", "two"), ("50", "three")]
                func series(_ text: String, _ run: String, _ file: String) -> Bool {
                    text.contains(#"tickrun_ticks_delivered_total{file="\#(file).prom",run="\#(run)",session="main"}"#)
                }
                let text = try await Self.scrape(port) { text in
                    runs.allSatisfy { series(text, $0, $1) } && text.contains("tickrun_cluster_quorum{")
                }
                for (run, file) in runs { #expect(series(text, run, file), "\(text.prefix(2_000))\(exporter.errors)") }
                #expect(text.contains(#"node="a""#) && text.contains("tickrun_node_info{"))
                // The node's metrics: its peers' answers (they do not run), and refusals, with every reason from 0 on.
                for series in [#"peer="b""#, #"peer="c""#, #"reason="mac""#, #"reason="stated_error""#] {
                    #expect(text.contains(series), "\(series)")
                }
                #expect(text.contains("tickrun_time_offset_seconds{"))
                #expect(text.contains("node_textfile_scrape_error 0"), "\(exporter.errors)")
                #expect(!exporter.errors.contains("level=error"), "\(exporter.errors)")
                // The run that has ended reports this with its verdict; the others run on.
                processes[0].send(SIGTERM)
                _ = try await processes[0].exitCode(within: 30)
                let later = try await Self.scrape(port) { $0.contains(#"file="one.prom",run="25",verdict=""#) }
                let ended = later.split(separator: "\n").filter { $0.hasPrefix("tickrun_run_ended{") }
                #expect(ended.filter { $0.hasSuffix(" 1") }.allSatisfy { $0.contains("one.prom") }, "\(ended)")
                #expect(ended.count == 3 && ended.filter { $0.hasSuffix(" 1") }.count == 1, "\(ended)")
                for process in processes { process.end() }
                exporter.end()
            }
        }
    }
}
