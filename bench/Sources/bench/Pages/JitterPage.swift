internal import PlotPages

extension JitterResult {
    var sections: [PageSection] {
        cells.map { cell in
            PageSection(
                title: "Jitter at \(cell.cell.name)",
                facts: [
                    "\(options.rounds) rounds of \(options.seconds) s, \(cell.cell.ticks) ticks a turn, CPU \(options.cpu), "
                        + "each round in another order."
                ],
                figures: [
                    cell.latencyFigure, cell.costFigure, cell.ratioFigure("p50", \.p50, JitterCellResult.p50Goal),
                    cell.ratioFigure("p99", \.p99, JitterCellResult.p99Goal),
                ],
                targets: cell.targets,
                notes: cell.cell == cells.last?.cell ? Contender.allCases.map { "\($0.rawValue): \($0.measures)" } : [])
        }
    }
}

extension JitterCellResult {
    fileprivate var latencyFigure: PlotFigure {
        let pools = Contender.allCases.map { ($0, pool(of: $0)) }
        func shown(_ value: Int64) -> Double { Double(max(1, value)) }
        let axis = logarithmicAxis(
            pools.flatMap { [shown($0.1.p50), shown($0.1.max)] }, title: "latency of all rounds",
            label: PlotLabel.duration)
        let rows = pools.map { contender, pool in
            SVGRows.Row(
                contender.rawValue, span: min(shown(pool.p50), shown(pool.max))...shown(pool.max),
                marks: [
                    (shown(pool.max), "fourth"), (shown(pool.p999), "third"), (shown(pool.p99), "second"),
                    (shown(pool.p50), "first"),
                ])
        }
        return PlotFigure(
            title: "How late, of all rounds",
            svg: SVGRows("Latency of each contender, on a logarithmic axis", axis: axis, rows: rows).svg,
            legend: [("first", "p50"), ("second", "p99"), ("third", "p99.9"), ("fourth", "max")],
            explanation: "The far tail comes from the host: a hypervisor takes time from the program that runs then.",
            table: [["contender", "p50", "p99", "p99.9", "max"]]
                + pools.map { contender, pool in
                    [contender.rawValue]
                        + [pool.p50, pool.p99, pool.p999, pool.max].map { PlotLabel.duration(Double($0)) }
                })
    }

    fileprivate var costFigure: PlotFigure {
        let shares = Contender.allCases.map { ($0, max(0.01, median($0, \.cpuPercent))) }
        let axis = logarithmicAxis(shares.map(\.1), title: "% of one CPU", label: numberLabel)
        return PlotFigure(
            title: "What it costs, and what it loses",
            svg: SVGRows(
                "CPU time of each contender's process, of one CPU", axis: axis,
                rows: shares.map { SVGRows.Row($0.0.rawValue, marks: [($0.1, "first")]) },
                limits: hasGoals ? [Self.cpuGoal] : []
            ).svg,
            legend: [("first", "CPU, median of the rounds")]
                + (hasGoals ? [("limit", "goal for ours_hybrid: \(numberLabel(Self.cpuGoal)) %")] : []),
            explanation: "Missed: periods without their tick, in all rounds. Drift: from the grid, over one turn.",
            table: [["contender", "policy", "CPU %", "steal %", "missed", "drift"]]
                + Contender.allCases.map { contender in
                    let turns = rounds(of: contender), drift = median(contender) { Double($0.drift) }
                    return [
                        contender.rawValue, policy(of: contender), fixed(median(contender, \.cpuPercent), 2),
                        fixed(median(contender, \.stealPercent), 2), "\(turns.reduce(0) { $0 + $1.missed })",
                        "\(fixed(drift / 1_000, 1)) µs",
                    ]
                })
    }

    fileprivate func ratioFigure(
        _ name: String, _ value: (TurnResult) -> Double, _ goal: Double
    ) -> PlotFigure {
        let others = Contender.allCases.filter { $0 != .hybrid }
        let ratios = others.map { ($0, ratio($0, value)) }
        let axis = logarithmicAxis(
            ratios.flatMap { [$0.1.spread.lowerBound, $0.1.spread.upperBound] } + [goal],
            title: "times ours_hybrid", label: numberLabel)
        let rows = ratios.map { contender, ratio in
            SVGRows.Row(contender.rawValue, span: ratio.spread, marks: [(ratio.median, "first")])
        }
        return PlotFigure(
            title: "\(name), relative to ours_hybrid in the same round",
            svg: SVGRows(
                "\(name) of each contender by that of ours_hybrid", axis: axis, rows: rows,
                limits: hasGoals ? [goal] : []
            ).svg,
            legend: [("first", "median of the rounds"), ("steal", "spread of the rounds")]
                + (hasGoals
                    ? [("limit", "goal for programs that do not spin: \(numberLabel(goal)) times or more")] : []),
            explanation: "To the right of 1, ours is earlier.",
            table: [["contender", "median", "least", "most", ""]]
                + ratios.map { contender, ratio in
                    [
                        contender.rawValue, timesText(ratio.median), timesText(ratio.spread.lowerBound),
                        timesText(ratio.spread.upperBound),
                        hasGoals && contender.isPeer ? ratio.median >= goal ? "reached" : "MISSED" : "",
                    ]
                })
    }
}
