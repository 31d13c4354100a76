internal import PlotPages

extension MicroReport {
    var section: PageSection {
        let results = groups.enumerated().flatMap { number, group in
            group.enumerated().map { place, result in (result, budget(group: number, place: place)) }
        }
        let axis = logarithmicAxis(
            results.flatMap { [$0.0.median, $0.1 ?? $0.0.median] }, title: "an operation", label: PlotLabel.duration)
        let rows = results.map { result, budget in
            SVGRows.Row(
                result.subject.name, marks: (budget.map { [($0, "late")] } ?? []) + [(result.median, "first")])
        }
        return PageSection(
            title: "Micro: what the arithmetic costs",
            facts: ["\(options.repeats) repeats, CPU \(options.cpu), seed \(options.seed)."],
            figures: [
                PlotFigure(
                    title: "ns an operation",
                    svg: SVGRows("Time of an operation, on a logarithmic axis", axis: axis, rows: rows).svg,
                    legend: [("first", "median"), ("late", "budget")],
                    explanation: "Throughput: one operation's time among many. Ratio: to ours, the first of a group.",
                    table: [Self.header.dropLast()] + self.rows.map { $0.dropLast() })
            ], targets: targets)
    }
}
