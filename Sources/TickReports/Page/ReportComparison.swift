internal import PlotPages
internal import TickScheduling
internal import TickTime

/// Several runs, compared with the first.
struct ReportComparison {
    private let runs: [ReportRun]

    init(_ runs: [ReportRun]) { self.runs = runs }

    var html: String {
        var html = "<section class=\"run\">\n<header>\n<h1>\(runs.count) runs compared</h1>\n"
        html += "<p>With \(HTML.escaped(runs[0].name)), the first, as the baseline.</p>\n</header>\n"
        html += "<h3>Figures</h3>\n" + HTML.table(table, isStacked: true)
        html += "<div class=\"figures\">\n"
        let styles = ["first", "second", "third", "fourth"]
        html += HTML.figure(
            ReportRun.percentileFigure(
                Array(zip(runs, styles)).map { (run: $0.0, style: $0.1) },
                title: runs.count > styles.count ? "Percentiles of the first \(styles.count)" : "Percentiles"))
        return html + "</div>\n</section>\n"
    }

    private var table: [[String]] {
        [["run", "verdict", "ticks", "late", "skipped", "p50", "p99", "p99.9", "max", "work p99"]]
            + runs.enumerated().map { place, run in
                let latency = { (percentile: Double) -> String in
                    compared(place) { $0.latencies.startLateness.value(atPercentile: percentile)?.count }
                }
                return [
                    run.name, run.verdict.rawValue, "\(run.sessions.reduce(0) { $0 + $1.statistics.delivered })",
                    "\(run.sessions.reduce(0) { $0 + $1.statistics.lateCount })",
                    "\(run.sessions.reduce(Int128(0)) { $0 + Int128($1.statistics.skipped) })", latency(50),
                    latency(99), latency(99.9),
                    latency(100), compared(place) { $0.latencies.work.value(atPercentile: 99)?.count },
                ]
            }
    }

    /// A length, and its ratio to the baseline's.
    private func compared(_ place: Int, _ value: (ReportRun) -> Int64?) -> String {
        guard let own = value(runs[place]) else { return "–" }
        let text = Quantity.pageLength(Nanoseconds(own))
        guard place > 0, let base = value(runs[0]), base > 0 else { return text }
        return "\(text) (×\(Decimals.trimmed(Double(own) / Double(base), 2)))"
    }
}
