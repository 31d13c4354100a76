// The plots of a run, each with a table of the same values.

internal import PlotPages
internal import TickScheduling
internal import TickTime

extension ReportRun {
    var figures: [PlotFigure] {
        [histogramFigure, percentileFigure, latencyFigure, workFigure, driftFigure, clockFigure]
    }

    // MARK: - How often

    /// Twenty bars to each power of ten, from the decade of the least value to that of the greatest.
    private var histogramFigure: PlotFigure {
        let lateness = Self.bins(latencies.startLateness), wakes = Self.bins(latencies.wakeLatency)
        let low = Double(min(lateness.first?.low ?? 100, wakes.first?.low ?? 100))
        let high = max(lateness.last?.high ?? 1_000, wakes.last?.high ?? 1_000, low * 10)
        let most = Double(max(lateness.map(\.count).max() ?? 1, wakes.map(\.count).max() ?? 1))
        var plot = SVGPlot(
            "Histogram of start lateness and wake latency, counts on a logarithmic axis",
            x: .init(scale: .logarithmic(low, high), title: "latency", label: PlotLabel.duration),
            y: .init(scale: .logarithmic(0.8, max(10, most * 1.2)), title: "ticks", label: Self.whole))
        for bin in lateness { plot.bar(from: bin.low, to: bin.high, height: Double(bin.count), "first") }
        plot.curve(wakes.map { (($0.low * $0.high).squareRoot(), Double($0.count)) }, "second")
        return PlotFigure(
            title: "How late ticks start", svg: plot.svg,
            legend: [("first", "start lateness"), ("second", "wake latency, where the loop slept")],
            explanation: "Each bar counts the ticks in its range of lateness; both axes are logarithmic.",
            table: [["", "ticks", "least", "p50", "p99", "p99.9", "most"]] + [
                Self.row("start lateness", latencies.startLateness), Self.row("wake latency", latencies.wakeLatency),
                Self.row("work", latencies.work),
            ])
    }

    private struct Bin {
        let low: Double
        let high: Double
        var count: Int64
    }

    private static let binsPerDecade = 20.0

    private static func bins(_ histogram: borrowing LatencyHistogram) -> [Bin] {
        var counts: [Int: Int64] = [:]
        histogram.forEachBucket { lowest, highest, count in
            let middle = max(1, (Double(lowest.count) + Double(highest.count)) / 2)
            counts[Int((PlotScale.log10(middle) * binsPerDecade).rounded(.down)), default: 0] += count
        }
        let ratio = PlotScale.tenth(ofDecade: 1 / binsPerDecade)
        return counts.sorted { $0.key < $1.key }.map { key, count in
            let low = PlotScale.tenth(ofDecade: Double(key) / binsPerDecade)
            return Bin(low: low, high: low * ratio, count: count)
        }
    }

    static func row(_ name: String, _ histogram: borrowing LatencyHistogram) -> [String] {
        [
            name, "\(histogram.count)", Quantity.pageLength(histogram.minimum),
            Quantity.pageLength(histogram.value(atPercentile: 50)),
            Quantity.pageLength(histogram.value(atPercentile: 99)),
            Quantity.pageLength(histogram.value(atPercentile: 99.9)), Quantity.pageLength(histogram.maximum),
        ]
    }

    // MARK: - Percentiles

    private var percentileFigure: PlotFigure {
        ReportRun.percentileFigure([(self, "first")], title: "Percentiles")
    }

    /// The curves of several runs in one plot.
    static func percentileFigure(_ runs: [(run: ReportRun, style: String)], title: String) -> PlotFigure {
        let curves = runs.map { one in
            one.run.latencies.startLateness.percentileRows().filter { $0.percentile < 1 }.map { row in
                (x: 1 / (1 - row.percentile), y: Double(max(1, row.value.count)))
            }
        }
        let points = curves.flatMap(\.self)
        let low = points.map(\.y).min() ?? 100, high = max(points.map(\.y).max() ?? 1_000, low * 10)
        var plot = SVGPlot(
            "Start lateness by percentile, up to the last that this many ticks can show",
            x: .init(
                scale: .logarithmic(1, max(100, points.map(\.x).max() ?? 100)), title: "percentile",
                label: percentile),
            y: .init(
                scale: .logarithmic(PlotScale.decade(below: low), high), title: "start lateness",
                label: PlotLabel.duration))
        for (place, curve) in curves.enumerated() { plot.curve(curve.map { Optional($0) }, runs[place].style) }
        let shown = [50, 90, 99, 99.9, 99.99, 100].map { ($0, $0 == 100 ? "max" : "p\(Decimals.trimmed($0, 2))") }
        return PlotFigure(
            title: title, svg: plot.svg, legend: runs.map { ($0.style, $0.run.name) },
            explanation:
                "The percentage of ticks that start at most this late. Towards the right, each point stands for fewer ticks.",
            table: [["start lateness"] + shown.map(\.1)]
                + runs.map { one in
                    [one.run.name]
                        + shown.map { Quantity.pageLength(one.run.latencies.startLateness.value(atPercentile: $0.0)) }
                })
    }

    // MARK: - Along the run

    /// A value of each column in which there were ticks; `nil` leaves a gap.
    func along(_ value: (RunTimeline.Column) -> Double?) -> [(x: Double, y: Double)?] {
        timeline.columns.enumerated().filter { $0.element.ticks > 0 }.map { place, column in
            value(column).map { (x: seconds(place), y: $0) }
        }
    }

    /// A column's beginning, in seconds of the run.
    func seconds(_ place: Int) -> Double { Double(timeline.length.count) * Double(place) / 1e9 }

    var time: SVGPlot.Axis {
        let span = max(0.001, Double(timeline.span.count) / 1e9)
        return .init(scale: .linear(0, span), title: "time in the run", label: { Self.clock($0, span) }, marks: 6)
    }

    private var latencyFigure: PlotFigure {
        let columns = timeline.columns
        let worst = along { Double(max(1, $0.worstLateness.count)) }
        let mean = along { Double(max(1, $0.sumOfLateness.count / $0.ticks)) }
        let values = (worst + mean).compactMap { $0?.y }
        let low = values.min() ?? 100, high = max(values.max() ?? 1_000, low * 10)
        var plot = SVGPlot(
            "Start lateness along the run: worst and mean of each stretch, late ticks, steal and steps of UTC",
            x: time,
            y: .init(
                scale: .logarithmic(PlotScale.decade(below: low), high * 1.5), title: "start lateness",
                label: PlotLabel.duration)
        )
        for (place, column) in columns.enumerated() where column.stolen > .zero {
            plot.strip(from: seconds(place), to: seconds(place + 1), "steal")
        }
        for incident in incidents where [.utcStep, .utcSet, .suspend].contains(incident.kind) {
            plot.upright(Double((incident.begin - begin).count) / 1e9, "step")
        }
        plot.curve(mean, "second")
        plot.curve(worst, "first")
        for (place, column) in columns.enumerated() where column.late > 0 {
            plot.dot(seconds(place), Double(max(1, column.worstLateness.count)), "late")
        }
        return PlotFigure(
            title: "Latency along the run", svg: plot.svg,
            legend: [
                ("first", "worst"), ("second", "mean"), ("late", "late ticks"), ("steal", "steal"),
                ("step", "UTC stepped, or the host was suspended"),
            ],
            explanation: "Each stretch is \(Quantity.pageLength(timeline.length)) long.", table: alongTable)
    }

    /// Eight stretches of the run, whatever its length.
    private var alongTable: [[String]] {
        let columns = timeline.columns
        let step = max(1, (columns.count + 7) / 8)
        return [["from", "ticks", "late", "skipped", "mean", "worst", "steal"]]
            + stride(from: 0, to: columns.count, by: step).map { place in
                var column = RunTimeline.Column()
                for one in columns[place..<min(place + step, columns.count)] { column.join(one) }
                let mean = column.ticks > 0 ? Nanoseconds(column.sumOfLateness.count / column.ticks) : nil
                return [
                    Quantity.pageLength(Nanoseconds(Int64(place) * timeline.length.count)), "\(column.ticks)",
                    "\(column.late)", "\(column.skipped)", Quantity.pageLength(mean),
                    Quantity.pageLength(column.worstLateness), Quantity.pageLength(column.stolen),
                ]
            }
    }

    private var workFigure: PlotFigure {
        let columns = timeline.columns
        func percent(_ millionths: Int64) -> Double { Double(millionths) / 10_000 }
        let worst = along { percent($0.worstLoad) }
        let mean = along { percent($0.sumOfLoads / $0.ticks) }
        let most = worst.compactMap { $0?.y }.max() ?? 0
        let high = most > 50 ? max(110, most * 1.1) : max(1, PlotScale.roundStep(most * 1.2))
        var plot = SVGPlot(
            "The handlers' work as a share of the period, along the run", x: time,
            y: .init(scale: .linear(0, high), title: "work of a period", label: { "\(Decimals.trimmed($0, 2)) %" }))
        if high >= 100 { plot.level(100, "limit") }
        plot.curve(mean, "second")
        plot.curve(worst, "first")
        let ticks = columns.reduce(0) { $0 + $1.ticks }
        let loads = columns.reduce(Int128(0)) { $0 + Int128($1.sumOfLoads) }
        let average = Int64(clamping: loads / Int128(max(1, ticks)))
        return PlotFigure(
            title: "Work against the period", svg: plot.svg,
            legend: [("first", "worst"), ("second", "mean"), ("limit", "the period")],
            explanation: "Above 100 % the handler takes longer than its period, and the next tick is overdue.",
            table: [
                ["", "share of the period", "p50", "p99", "most"],
                [
                    "work", "\(Decimals.trimmed(percent(average), 3)) % on average",
                    Quantity.pageLength(latencies.work.value(atPercentile: 50)),
                    Quantity.pageLength(latencies.work.value(atPercentile: 99)),
                    Quantity.pageLength(latencies.work.maximum),
                ],
            ])
    }

    // MARK: - Labels

    private static func whole(_ value: Double) -> String {
        let units: [(size: Double, name: String)] = [(1e9, "G"), (1e6, "M"), (1e3, "k")]
        guard let unit = units.first(where: { value >= $0.size * 0.999_999 }) else { return Decimals.trimmed(value, 0) }
        return Decimals.trimmed(value / unit.size, 0) + unit.name
    }

    /// 1/(1 − p) as the percentile.
    private static func percentile(_ inverse: Double) -> String {
        "\(Decimals.trimmed(100 - 100 / inverse, 7)) %"
    }

    /// Seconds of the run, in the unit of its length.
    private static func clock(_ seconds: Double, _ span: Double) -> String {
        if span < 2 { return "\(Decimals.trimmed(seconds * 1_000, 0)) ms" }
        if span < 180 { return "\(Decimals.trimmed(seconds, 1)) s" }
        if span < 10_800 { return "\(Decimals.trimmed(seconds / 60, 1)) min" }
        return "\(Decimals.trimmed(seconds / 3_600, 1)) h"
    }
}
