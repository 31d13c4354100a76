internal import PlotPages

extension ScaleReport {
    var section: PageSection {
        let values = rows.map { row in
            (
                name:
                    "\(row.load.sessions) at \(row.load.rates.count == 1 ? row.load.rateText : "mixed"), \(row.load.workText)",
                ours: row.ours, peer: row.peer
            )
        }
        func figure(
            _ title: String, _ axisTitle: String, _ value: (ScaleResult) -> Double,
            _ label: @escaping (Double) -> String, _ table: [[String]]
        ) -> PlotFigure {
            let marks = values.map {
                ($0.name, max(0.01, ScaleRow.median($0.ours, value)), max(0.01, ScaleRow.median($0.peer, value)))
            }
            let axis = logarithmicAxis(marks.flatMap { [$0.1, $0.2] }, title: axisTitle, label: label)
            return PlotFigure(
                title: title,
                svg: SVGRows(
                    "\(title), of each load, compared with timers in an epoll set", axis: axis,
                    rows: marks.map { SVGRows.Row($0.0, marks: [($0.2, "second"), ($0.1, "first")]) }
                ).svg,
                legend: [("first", "ours"), ("second", "a timerfd a session")],
                explanation: "Medians of the rounds; mixed: 25, 29.97, 50 and 59.94 in turn.", table: table)
        }
        // Its columns are those of the text; one column before them describes the load.
        func columns(_ head: [String], _ places: [Int]) -> [[String]] {
            [["load"] + head] + zip(values, cells).map { value, row in [value.name] + places.map { row[$0] } }
        }
        return PageSection(
            title: "Scale: many sessions in one loop",
            facts: ["\(options.rounds) rounds of \(options.seconds) s, CPU \(options.cpu)."],
            figures: [
                figure(
                    "CPU of the process", "% of one CPU", \.processPercent, numberLabel,
                    columns(["CPU %", "ns a tick", "timerfd %", "ratio", "budget"], [7, 8, 12, 13, 15])),
                figure(
                    "p99 of start lateness", "latency", { Double($0.p99) }, PlotLabel.duration,
                    columns(["p50 µs", "p99 µs", "missed", "timerfd p99", "missed", "ratio"], [3, 4, 5, 10, 11, 14])),
            ], targets: targets)
    }
}
