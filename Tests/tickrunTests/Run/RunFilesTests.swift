import Foundation
import Glibc
import TestSupport
import Testing

/// Files that a run writes: histograms, cyclictest's format, metrics.
@Suite("Files of a run")
struct RunFilesTests {
    private static func withFolder(_ body: (String) async throws -> Void) async throws {
        try await TemporaryFolder.with(body)
    }

    private struct Summary: Decodable {
        struct Percentiles: Decodable { let count: Int64, min: Int64?, max: Int64? }
        struct Clocks: Decodable { let utcSteps: Int64 }

        let ticks: Int64
        let lateTicks: Int64
        let startLatenessNs: Percentiles
        let workNs: Percentiles
        let clocks: Clocks
    }

    private func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

    private func promtool(_ text: String) async throws -> RunProcess.Result {
        var process = RunProcess("/usr/bin/env", ["promtool", "check", "metrics"])
        process.standardInput = .text(text)
        return try await process.run()
    }

    /// The value of a sample of a run whose metrics are in run.prom, by its name and further labels.
    private func sample(_ name: String, of run: String, _ labels: String = "", in metrics: String) -> Double? {
        let start = "\(name){run=\"\(run)\",file=\"run.prom\"\(labels)} "
        return metrics.split(separator: "\n").first { $0.hasPrefix(start) }.flatMap {
            Double($0.dropFirst(start.utf8.count))
        }
    }

    @Test("each file agrees with the report, and public readers can read it", .requires(.hdrh, .promtool))
    func files() async throws {
        try await Self.withFolder { folder in
            let names = ["r.hgrm", "r.hlog", "r.cyclictest.json"].map { "\(folder)/\($0)" }
            try Data("old".utf8).write(to: URL(filePath: names[0]))
            let result = try await RunProcess.tickrun(
                "Fixtures/profiles/multi-rate.json", "--duration", "1s", "--json=summary", "--report",
                names.joined(separator: ","), "--metrics", "\(folder)/run.prom"
            ).run()
            #expect(result.exitCode == 0 || result.exitCode == 1, "\(result.standardError)")
            let summary = try #require(try result.objects(as: Summary.self).first)
            let script = """
                import json, sys
                from hdrh.log import HistogramLogReader
                from hdrh.histogram import HdrHistogram
                reader = HistogramLogReader(sys.argv[1], HdrHistogram(1, 2**47 - 1, 3))
                while (h := reader.get_next_interval_histogram()): print(h.get_tag(), h.get_total_count())
                threads = json.load(open(sys.argv[2]))["thread"].values()
                print(sum(t["cycles"] for t in threads), max(t["max"] for t in threads))
                print(sum(sum(t["histogram"].values()) + t["histogram_overflow"] for t in threads))
                """
            let read = try await RunProcess("/usr/bin/env", ["python3", "-c", script, names[1], names[2]]).run()
            let lines = read.lines
            #expect(lines.count == 5, "\(read.standardError)")
            #expect(lines.first == "start_lateness \(summary.startLatenessNs.count)")
            #expect(lines.dropFirst(2).first == "work \(summary.workNs.count)")
            let worst = (summary.startLatenessNs.max ?? 0) / 1_000
            #expect(lines.dropFirst(3).first == "\(summary.ticks) \(worst)" && lines.last == "\(summary.ticks)")
            #expect(try text(names[0]).contains("Total count    = ") && !(try text(names[0]).contains("old")))

            let metrics = try text("\(folder)/run.prom")
            let checked = try await promtool(metrics)
            #expect(
                checked.exitCode == 0 && checked.standardError.isEmpty,
                "\(checked.standardError)")
            #expect(
                sample("tickrun_tick_start_lateness_seconds_count", of: "multi-rate", in: metrics)
                    == Double(summary.ticks))
            let late = metrics.split(separator: "\n").filter { $0.hasPrefix("tickrun_ticks_late_total{") }
            #expect(
                late.compactMap { $0.split(separator: " ").last.flatMap { Int64($0) } }.reduce(0, +)
                    == summary.lateTicks)
        }
    }

    @Test("the metrics show a stall and a step of UTC with the report's numbers", .requires(.cc))
    func incidents() async throws {
        try await Self.withFolder { folder in
            var process = RunProcess.tickrun(
                "25", "--ticks", "30", "--work", "120ms", "--policy", "skip", "--json=summary", "--metrics",
                "\(folder)/run.prom")
            process.environment["LD_PRELOAD"] = .some(try await RunShims.library("step_realtime"))
            process.environment["STEP_AFTER_MS"] = "600"
            process.environment["STEP_BY_MS"] = "5000"
            let result = try await process.run()
            let summary = try #require(try result.objects(as: Summary.self).first, "\(result.standardError)")
            let metrics = try text("\(folder)/run.prom")
            #expect(summary.clocks.utcSteps == 1)
            #expect(sample("tickrun_utc_steps_total", of: "25", in: metrics) == 1)
            let divergence = try #require(sample("tickrun_utc_divergence_seconds", of: "25", in: metrics))
            #expect(abs(divergence - 5) < 0.01)
            #expect(
                sample("tickrun_ticks_delivered_total", of: "25", #",session="main""#, in: metrics)
                    == Double(summary.ticks))
            let skipped = try #require(
                sample("tickrun_ticks_skipped_total", of: "25", #",session="main""#, in: metrics))
            #expect(skipped > 0 && Int64(skipped) + summary.ticks == 30)
        }
    }

    @Test("metrics exist during the run, and every reading is complete")
    func live() async throws {
        try await Self.withFolder { folder in
            let path = "\(folder)/run.prom"
            // A number of readings instead of a time, because on a busy host a reading may take many seconds.
            let run = try LiveProcess(
                .tickrun(
                    "100", "--duration", "10m", "--no-levels", "--json=summary", "--metrics", path,
                    "--metrics-interval", "100ms"),
                named: "run", in: folder)
            var values = Set<Double>()
            var looks = 0
            while values.count < 5, looks < 3_000, !run.hasEnded {
                looks += 1
                if let metrics = try? text(path) {
                    #expect(metrics.hasSuffix("\n") && metrics.contains("tickrun_metrics_written_timestamp_seconds{"))
                    values.insert(
                        sample("tickrun_ticks_delivered_total", of: "100", #",session="main""#, in: metrics) ?? -1)
                }
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(values.count == 5 && values.min() ?? -1 >= 0, "\(values) \(run.errors)")
            run.send(SIGINT)
            #expect(try await run.exitCode(within: 30) == 0)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.contains(".new") }.isEmpty)
        }
    }

    @Test(
        "names that say nothing are refused before anything runs",
        arguments: [
            (["--report", "out.txt"], "ends in one of"), (["--report", "a.hgrm,a.hgrm"], "named twice"),
            (["--report", ","], "name a file"), (["--metrics", "out.txt"], "end in .prom"),
            (["--metrics-interval", "1s"], "belongs to --metrics"),
            (["--metrics", "a.prom", "--metrics-interval", "1ms"], "100ms or more"),
        ])
    func names(words: [String], message: String) async throws {
        let result = try await RunProcess.tickrun(["25", "--ticks", "1"] + words).run()
        #expect(result.exitCode == 2 && result.standardError.contains(message), "\(result.standardError)")
        #expect(result.standardOutput.isEmpty)
    }

    @Test("metrics that cannot be written are reported after the report; a report's folder is checked before tick 0")
    func unwritable() async throws {
        let report = try await RunProcess.tickrun("1000", "--ticks", "5", "--no-levels", "--report", "/none/a.hgrm")
            .run()
        #expect(report.exitCode == 69 && report.standardError.contains("--report"))
        #expect(report.standardOutput.isEmpty && report.standardError.contains("No such file"), "\(report)")
        let metrics = try await RunProcess.tickrun("1000", "--ticks", "5", "--no-levels", "--metrics", "/none/a.prom")
            .run()
        #expect(metrics.exitCode == 69 && metrics.standardOutput.hasPrefix("NOT JUDGED"))
        #expect(metrics.standardError.contains("the metrics cannot be written"))
    }

    @Test(
        "a device, a folder or a bare ending is refused as a file, and no file is made",
        arguments: [
            ("--journal", "/dev/null", "device"), ("--journal", "FOLDER", "directory"),
            ("--journal", "FOLDER/.", "directory"), ("--report", "FOLDER/.html", "only the ending"),
            ("--report", "FOLDER/d.html", "directory"), ("--report", "FOLDER/null.hgrm", "device"),
        ])
    func noFile(option: String, path: String, message: String) async throws {
        let own = try TemporaryFolder(), folder = own.path
        try FileManager.default.createDirectory(atPath: "\(folder)/d.html", withIntermediateDirectories: false)
        try FileManager.default.createSymbolicLink(
            atPath: "\(folder)/null.hgrm", withDestinationPath: "/dev/null")
        let result = try await RunProcess.tickrun(
            "1000", "--ticks", "5", option, path.replacing("FOLDER", with: folder)
        ).run()
        #expect(result.exitCode == 2 && result.standardError.contains(message), "\(result.standardError)")
        #expect(result.standardError.contains(option) && result.standardOutput.isEmpty)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["d.html", "null.hgrm"])
    }

    @Test("a template for a report's name is filled in, with a number if the name is taken; a plain name is replaced")
    func templates() async throws {
        let own = try TemporaryFolder(), folder = own.path
        func run(_ report: String) async throws -> RunProcess.Result {
            try await RunProcess.tickrun("30000/1001", "--ticks", "2", "--no-levels", "--quiet", "--report", report)
                .run()
        }
        for _ in 0..<2 {
            let result = try await run("\(folder)/%{run}.cyclictest.json,\(folder)/plain.hgrm")
            #expect(result.exitCode == 0, "\(result.standardError)")
        }
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == [
                "29.97-2.cyclictest.json", "29.97.cyclictest.json", "plain.hgrm",
            ])
        let dated = try await run("\(folder)/%{date}T%{time}.html")
        #expect(dated.exitCode == 0)
        let pages = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".html") }
        #expect(try pages.count == 1 && /\d{4}-\d\d-\d\dT\d{6}\.html/.wholeMatch(in: pages[0]) != nil, "\(pages)")
        let unknown = try await run("\(folder)/%{host}.html")
        #expect(unknown.exitCode == 2 && unknown.standardError.contains("%{run}, %{date}, %{time}"))
    }
}
