// The grid and the clocks of a run, plotted.

internal import PlotPages
internal import TickScheduling
internal import TickTime

extension ReportRun {
    var driftFigure: PlotFigure {
        let session = sessions.first { $0.rate.denominator > 1 } ?? sessions.first
        let rate = session?.rate
        let span = max(0.001, Double(timeline.span.count) / 1e9)
        /// How far a period rounded to whole multiples of this length drifts from the grid, in ns per second.
        func gain(_ unit: Int64) -> Double {
            guard let rate else { return 0 }
            let exact = Int128(rate.denominator) * 1_000_000_000, ticks = Int128(rate.numerator)
            let period = (exact + ticks * Int128(unit) / 2) / (ticks * Int128(unit)) * Int128(unit)
            return Double(period * ticks - exact) / Double(rate.denominator)
        }
        let rounded: [(style: String, name: String, gain: Double)] = [
            ("second", "period in whole ms", gain(1_000_000)), ("third", "period in whole µs", gain(1_000)),
        ]
        let ends = rounded.map { $0.gain * span } + [0]
        let (low, high) = (ends.min() ?? 0, ends.max() ?? 0)
        var plot = SVGPlot(
            "Grid drift along the run, which is 0, and the drift of rounded periods", x: time,
            y: .init(
                scale: .linear(low * 1.1, high > low ? high * 1.1 : 1_000), title: "drift", label: PlotLabel.duration))
        for line in rounded { plot.curve([(0, 0), (span, line.gain * span)], line.style) }
        plot.curve([(0, 0), (span, 0)], "first")
        let drift = sessions.map(\.statistics.drift).max() ?? .zero
        return PlotFigure(
            title: "Grid drift", svg: plot.svg,
            legend: [("first", "the grid, recomputed")] + rounded.map { ($0.style, $0.name) },
            explanation:
                "Each deadline is computed from the tick's number, never by adding periods. The report computed each one again with another formula. The other lines show the drift of a timer with a rounded period of \(session?.name ?? "the session").",
            table: [
                ["", "after the run", "after a day"],
                ["the grid", Quantity.pageLength(drift), "0 ns"],
            ]
                + rounded.map { line in
                    [line.name, PlotLabel.duration(line.gain * span), PlotLabel.duration(line.gain * 86_400)]
                })
    }

    var clockFigure: PlotFigure {
        let columns = timeline.columns
        let bounds = along { $0.widestBound.map { Double(max(1, $0.count)) } }
        let values = bounds.compactMap { $0?.y }
        guard let low = values.min(), let high = values.max() else { return divergenceFigure }
        var plot = SVGPlot(
            "How far the time of day may be off, along the run", x: time,
            y: .init(
                scale: .logarithmic(PlotScale.decade(below: low), max(high * 2, low * 10)),
                title: "bound of the time of day",
                label: PlotLabel.duration))
        for (place, column) in columns.enumerated() where column.quality != nil && !column.isTraceable {
            plot.strip(from: seconds(place), to: seconds(place + 1), "untraceable")
        }
        plot.curve(bounds, "first")
        var rows: [[String]] = [["source of time", "stretches", "widest bound"]]
        for source in UTCSource.allCases {
            let of = columns.filter { $0.quality == source }
            if !of.isEmpty {
                rows.append([source.rawValue, "\(of.count)", Quantity.pageLength(of.compactMap(\.widestBound).max())])
            }
        }
        return PlotFigure(
            title: "Clock bound and quality", svg: plot.svg,
            legend: [("first", "bound"), ("untraceable", "not traceable to UTC")],
            explanation:
                "True UTC is at most this far from the ticks' timestamps. Where the time is not traceable, this holds for the cluster's clocks instead.",
            table: rows)
    }

    /// Without timestamps: the change of UTC against the monotonic clock.
    private var divergenceFigure: PlotFigure {
        let points = timeline.columns.enumerated().map { place, column in
            column.divergence.map { (x: seconds(place), y: Double($0.count)) }
        }
        let values = points.compactMap { $0?.y } + [0]
        let most = max(1_000, values.map { abs($0) }.max() ?? 0) * 1.1
        let isBelow = values.contains { $0 < 0 }, isAbove = values.contains { $0 > 0 }
        var plot = SVGPlot(
            "This host's UTC against the monotonic clock, along the run", x: time,
            y: .init(
                scale: .linear(isBelow ? -most : 0, isAbove || !isBelow ? most : 0), title: "UTC divergence",
                label: PlotLabel.duration))
        plot.level(0, "grid")
        // Readings are a second apart: the line goes from one to the next.
        plot.curve(points.compactMap(\.self).map { Optional($0) }, "first")
        let readings = timeline.columns.compactMap(\.divergence)
        return PlotFigure(
            title: "Clock divergence", svg: plot.svg, legend: [("first", "UTC − monotonic, since the anchor")],
            explanation:
                "No cluster member ran, so ticks have no time of day: UTC is the host's, and no bound on it is known.",
            table: [
                ["", "last", "least", "most"],
                [
                    "UTC divergence", Quantity.pageLength(readings.last), Quantity.pageLength(readings.min()),
                    Quantity.pageLength(readings.max()),
                ],
            ])
    }
}
