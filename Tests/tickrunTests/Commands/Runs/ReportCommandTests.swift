import Foundation
import Glibc
import TestSupport
import Testing

/// Pages of runs and of journals.
@Suite("Report pages")
struct ReportCommandTests {
    private static func withFolder(_ body: (String) async throws -> Void) async throws {
        try await TemporaryFolder.with(body)
    }

    private static func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

    /// The text between the first `begin` and the next `end`.
    private static func part(_ html: String, from begin: String, to end: String) throws -> Substring {
        let start = try #require(html.range(of: begin), "no \(begin)")
        let stop = try #require(html.range(of: end, range: start.upperBound..<html.endIndex), "no \(end)")
        return html[start.upperBound..<stop.lowerBound]
    }

    private struct Summary: Decodable {
        struct Incident: Decodable {
            let kind: String
            let sizeNs: Int64?
        }

        let ticks: Int64
        let lateTicks: Int64
        let skippedTicks: Int64
        let incidents: [Incident]
    }

    @Test(
        "a stall and a step of UTC stand on the page of the run, on that of its journal, and in the metrics, with the same numbers",
        .requires(.cc))
    func incidents() async throws {
        try await Self.withFolder { folder in
            var process = RunProcess.tickrun(
                "25", "--ticks", "12", "--work", "120ms", "--json=summary", "--report",
                "\(folder)/run.html", "--journal", "\(folder)/run.journal", "--metrics", "\(folder)/run.prom")
            process.environment["LD_PRELOAD"] = .some(try await RunShims.library("step_realtime"))
            process.environment["STEP_AFTER_MS"] = "700"
            process.environment["STEP_BY_MS"] = "5000"
            let result = try await process.run()
            let summary = try #require(try result.objects(as: Summary.self).first, "\(result.standardError)")
            let again = try await RunProcess.tickrun("report", "\(folder)/run.journal", "-o", "\(folder)/again.html")
                .run()
            #expect(again.exitCode == 0, "\(again.standardError)")
            let (live, replayed) = (try Self.text("\(folder)/run.html"), try Self.text("\(folder)/again.html"))

            // The counts of the report.
            let row = "<td>\(summary.ticks)</td><td>\(summary.lateTicks)</td><td>\(summary.skippedTicks)</td>"
            #expect(live.contains(row) && replayed.contains(row))
            // The same sessions, plots, tables, incidents and late ticks, letter by letter.
            for (begin, end) in [
                ("<h3>Sessions</h3>", "</div>"), ("<div class=\"figures\">", "<h3>Incidents"),
                ("<h3>Incidents", "</section>"),
            ] {
                #expect(try Self.part(live, from: begin, to: end) == Self.part(replayed, from: begin, to: end))
            }
            let step = try #require(summary.incidents.first { $0.kind == "utc_step" }?.sizeNs)
            #expect(abs(step - 5_000_000_000) < 10_000_000)
            for page in [live, replayed] {
                let incidents = try Self.part(page, from: "<h3>Incidents</h3>", to: "</table>")
                #expect(incidents.contains("utc_step") && incidents.contains(">5.00 s<"))
                #expect(incidents.contains("stall") && incidents.contains("cause work"))
                let ticks = try Self.part(page, from: "<h3>Late ticks</h3>", to: "</table>")
                // In time and in frames: one of 25 a second lasts 40 ms.
                let late = ticks.split(separator: "<tr>").filter { $0.contains("late by work") }
                #expect(!late.isEmpty)
                for row in late {
                    func cell(_ label: String) -> Double? {
                        row.split(separator: "data-label=\"\(label)\">").dropFirst().first
                            .flatMap { $0.split(whereSeparator: { $0 == " " || $0 == "<" }).first }.flatMap {
                                Double($0)
                            }
                    }
                    let (size, frames) = (try #require(cell("late")), try #require(cell("frames")))
                    #expect(
                        abs((row.contains(" ms<") ? size : size * 1_000) / 40 - frames) < 0.02 + 0.006 * frames,
                        "\(row)")
                }
                #expect(page.contains("class=\"step\""))
            }
            #expect(
                try Self.text("\(folder)/run.prom").contains(
                    "tickrun_utc_steps_total{run=\"25\",file=\"run.prom\"} 1\n"))
        }
    }

    @Test("a journal's page judges by the levels that its run was judged by, and labels ticks as it did")
    func levels() async throws {
        try await Self.withFolder { folder in
            let result = try await RunProcess.tickrun(
                "Fixtures/profiles/ntsc-59.94.json", "--duration", "1s", "--quiet", "--journal", "\(folder)/j",
                "--report",
                "\(folder)/run.html"
            ).run()
            let again = try await RunProcess.tickrun("report", "\(folder)/j", "-o", "\(folder)/again.html").run()
            #expect(again.exitCode == 0)
            let (live, replayed) = (try Self.text("\(folder)/run.html"), try Self.text("\(folder)/again.html"))
            #expect(live.contains("<title>ntsc-59.94: \(result.exitCode == 0 ? "PASS" : "FAIL")</title>"))
            for (begin, end) in [
                ("<title>", "</title>"), ("<h3>Service levels</h3>", "</div>"), ("<h3>Sessions</h3>", "</div>"),
            ] {
                #expect(try Self.part(live, from: begin, to: end) == Self.part(replayed, from: begin, to: end))
            }
            #expect(live.contains("<td>00:00:00;59</td>"))
        }
    }

    /// What a page looks like in a browser.
    private struct Measured: Decodable {
        let faults: [String]
        let plots: Int
        let smallestLettersPx: Double
        let isDark: Bool
        let contrast: Double
        let tables: Int
        let scripts: Int
    }

    private static func measure(_ page: String, width: Int, scheme: String) async throws -> Measured {
        let harness = Vectors.packageRoot.appending(path: "Fixtures/report/measure.html").path
        // A profile of its own: browsers that run side by side share none.
        let folder = try TemporaryFolder(), profile = "\(folder.path)/chromium"
        var process = RunProcess(
            Requirement.chromium.path,
            [
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                "--allow-file-access-from-files",
                "--user-data-dir=\(profile)", "--virtual-time-budget=4000", "--window-size=1500,1000", "--dump-dom",
                "file://\(harness)?page=file://\(page)&width=\(width)&scheme=\(scheme)",
            ])
        process.timeout = 120
        let result = try await process.run()
        let json = try part(result.standardOutput, from: "<pre id=\"faults\">", to: "</pre>")
        let plain = json.replacing("&lt;", with: "<").replacing("&gt;", with: ">").replacing("&amp;", with: "&")
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Measured.self, from: Data(plain.utf8))
    }

    @Test(
        "in a browser, narrow and wide, light and dark: nothing is cut, covered, unreadable or beyond the page",
        .requires(.chromium, .fcList, .dejaVu))
    func browser() async throws {
        try await Self.withFolder { folder in
            let journals = ["stamped", "utc-step", "lateness"].map { "Fixtures/journals/\($0).journal" }
            let compared = try await RunProcess.tickrun(["report"] + journals + ["-o", "\(folder)/compared.html"]).run()
            #expect(compared.exitCode == 0)
            let live = try await RunProcess.tickrun(
                "Fixtures/profiles/multi-rate.json", "--duration", "1s", "--fifo", "99", "--lock-memory", "--quiet",
                "--report", "\(folder)/live.html"
            ).run()
            #expect(live.exitCode == 0 || live.exitCode == 1)
            for (page, plots) in [("compared", 19), ("live", 6)] {
                for width in [400, 1_400] {
                    for scheme in ["light", "dark"] {
                        let found = try await Self.measure("\(folder)/\(page).html", width: width, scheme: scheme)
                        #expect(found.faults.isEmpty, "\(page) \(width) \(scheme): \(found.faults.prefix(10))")
                        #expect(found.plots == plots && found.scripts == 0)
                        // A table beside every plot.
                        #expect(found.tables >= found.plots)
                        #expect(found.smallestLettersPx >= 9, "\(page) \(width): \(found.smallestLettersPx) px")
                        #expect(found.isDark == (scheme == "dark") && found.contrast > 0.7)
                    }
                }
            }
            // The measuring finds what is wrong.
            let good = try Self.text("\(folder)/live.html")
            let wide = good.replacing("<h3>Incidents", with: "<p style=\"width: 2000px\">wide</p><h3>Incidents")
            try Data(wide.utf8).write(to: URL(filePath: "\(folder)/wide.html"))
            #expect(try await !Self.measure("\(folder)/wide.html", width: 400, scheme: "light").faults.isEmpty)
            let over = good.replacing("figure { margin: 0;", with: "figure { margin: 0 0 -80px;")
            try Data(over.utf8).write(to: URL(filePath: "\(folder)/over.html"))
            #expect(try await !Self.measure("\(folder)/over.html", width: 1_400, scheme: "light").faults.isEmpty)
        }
    }

    @Test("a page is one file that asks for nothing, and names in it are text")
    func selfContained() async throws {
        try await Self.withFolder { folder in
            let profile = """
                { "schema": "tickrun/profile/1", "name": "<script>alert(1)</script> & \\"x\\"", "rate": "25", "ticks": 5 }
                """
            try Data(profile.utf8).write(to: URL(filePath: "\(folder)/p.json"))
            let result = try await RunProcess.tickrun(
                "\(folder)/p.json", "--no-levels", "--quiet", "--report", "\(folder)/p.html"
            )
            .run()
            #expect(result.exitCode == 0, "\(result.standardError)")
            let page = try Self.text("\(folder)/p.html")
            #expect(page.contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;x&quot;"))
            for word in ["<script", "http:", "https:", "@import", "<link", "<img", "url("] {
                #expect(!page.contains(word), "\(word)")
            }
        }
    }

    @Test("a journal that was torn makes a page that says so; one that is damaged makes none")
    func damaged() async throws {
        try await Self.withFolder { folder in
            let torn = try await RunProcess.tickrun(
                "report", "Fixtures/journals/torn.journal", "-o", "\(folder)/torn.html"
            ).run()
            #expect(torn.exitCode == 0, "\(torn.standardError)")
            // What it came to is not what it would have come to.
            #expect(try Self.text("\(folder)/torn.html").contains(" so far; "))
            let replay = try await RunProcess.tickrun("replay", "Fixtures/journals/torn.journal").run()
            #expect(replay.standardOutput.contains("the verdict of the run so far: "))
            #expect(try Self.text("\(folder)/torn.html").contains("torn event"))
            var bytes = try Data(contentsOf: Vectors.packageRoot.appending(path: "Fixtures/journals/ntsc.journal"))
            bytes[bytes.count / 2] ^= 1
            try bytes.write(to: URL(filePath: "\(folder)/bad.journal"))
            let bad = try await RunProcess.tickrun("report", "\(folder)/bad.journal", "-o", "\(folder)/bad.html").run()
            #expect(bad.exitCode == 65 && bad.standardError.contains("bad.journal"))
            #expect(!FileManager.default.fileExists(atPath: "\(folder)/bad.html"))
            let missing = try await RunProcess.tickrun("report", "\(folder)/none", "-o", "\(folder)/none.html").run()
            #expect(missing.exitCode == 69)
        }
    }

    @Test("a journal's histograms are its run's")
    func histograms() async throws {
        try await Self.withFolder { folder in
            let names = [".hgrm", ".hlog", ".cyclictest.json"]
            let live = names.map { "\(folder)/a\($0)" }, again = names.map { "\(folder)/b\($0)" }
            let run = try await RunProcess.tickrun(
                "100", "--ticks", "50", "--no-levels", "--quiet", "--journal", "\(folder)/j", "--report",
                live.joined(separator: ",")
            ).run()
            #expect(run.exitCode == 0)
            let report = try await RunProcess.tickrun("report", "\(folder)/j", "-o", again.joined(separator: ",")).run()
            #expect(report.exitCode == 0, "\(report.standardError)")
            #expect(try Self.text(live[0]) == Self.text(again[0]))
            for (a, b) in [(live[1], again[1]), (live[2], again[2])] {
                let (first, second) = (try Self.text(a), try Self.text(b))
                // The payload, and the threads; a journal's time is that of its record.
                let counts = { (text: String) in
                    text.split(separator: "\n").compactMap { $0.split(separator: ",").last }
                }
                #expect(counts(first).count == counts(second).count)
                #expect(
                    first.split(separator: "histogram").dropFirst().first
                        == second.split(separator: "histogram").dropFirst().first)
            }
        }
    }

    @Test(
        "words that say nothing are refused",
        arguments: [
            ([], "JOURNAL is missing"), (["Fixtures/journals/ntsc.journal"], "-o out.html"),
            (["Fixtures/journals/ntsc.journal", "-o", "x.txt"], "ends in one of"),
            (["Fixtures/journals/ntsc.journal", "Fixtures/journals/pal.journal", "-o", "x.hgrm"], "several journals"),
        ])
    func usage(words: [String], message: String) async throws {
        let result = try await RunProcess.tickrun(["report"] + words).run()
        #expect(result.exitCode == 2 && result.standardError.contains(message), "\(result.standardError)")
    }
}
