// Turns of our loop with and without a feature, alternately: the ratio of the two, next to the ratio of neighbouring
// rounds of the same kind. A difference that also appears between equal rounds is noise.

internal import TickTime

/// One turn of our loop.
struct LoopTurn {
    let p50: Double
    let p90: Double
    /// CPU time of the tick thread, a tick.
    let threadNanoseconds: Double
    /// Of the whole process, a tick.
    let processNanoseconds: Double
    let journalBytes: Double

    init(p50: Double, p90: Double, threadNanoseconds: Double, processNanoseconds: Double, journalBytes: Double) {
        (self.p50, self.p90) = (p50, p90)
        (self.threadNanoseconds, self.processNanoseconds) = (threadNanoseconds, processNanoseconds)
        self.journalBytes = journalBytes
    }

    init(_ finished: Finished, ticks: Int, journalBytes: Int = 0) throws(BenchError) {
        let output = try ContenderOutput(.hybrid, finished.output, ticks: ticks)
        guard let thread = output.thread else { throw .unreadable(program: "our loop", "no CPU time of its thread") }
        let sorted = output.lateness.sorted()
        p50 = Double(sorted[(sorted.count - 1) / 2])
        p90 = Double(sorted[sorted.count * 9 / 10])
        threadNanoseconds = Double(thread) / Double(ticks)
        processNanoseconds = Double(finished.cpu.count) / Double(ticks)
        self.journalBytes = Double(journalBytes)
    }
}

/// The same number of turns with something and without it.
struct PairedTurns {
    let with: [LoopTurn]
    let without: [LoopTurn]

    private static var figures: [(name: String, unit: String, value: (LoopTurn) -> Double)] {
        [
            ("start lateness p50", "ns", \.p50), ("start lateness p90", "ns", \.p90),
            ("tick thread's CPU a tick", "ns", \.threadNanoseconds),
            ("process's CPU a tick", "ns", \.processNanoseconds),
        ]
    }

    private func ratio(_ value: (LoopTurn) -> Double) -> Double {
        median(zip(with, without).map { value($0) / max(1, value($1)) })
    }

    /// The ratio of neighbouring rounds without the feature: the noise.
    private func spread(_ value: (LoopTurn) -> Double) -> ClosedRange<Double> {
        let ratios = zip(without, without.dropFirst()).map { value($1) / max(1, value($0)) }
        return (ratios.min() ?? 1)...(ratios.max() ?? 1)
    }

    /// A table of the figures.
    func rows(with withName: String, without withoutName: String) -> [String] {
        table(
            ["", withName, withoutName, "ratio", "spread \(withoutName)", ""],
            Self.figures.map { figure in
                let (ratio, spread) = (ratio(figure.value), spread(figure.value))
                return [
                    "\(figure.name) \(figure.unit)", fixed(median(with.map(figure.value)), 0),
                    fixed(median(without.map(figure.value)), 0), fixed(ratio, 3),
                    "\(fixed(spread.lowerBound, 3)) - \(fixed(spread.upperBound, 3))",
                    spread.contains(ratio) ? "within the rounds' spread" : "BEYOND the rounds' spread",
                ]
            }, leftColumns: 1, lastLeft: true)
    }

    var json: JSONValue {
        .array(
            Self.figures.map { figure in
                let spread = spread(figure.value)
                return .object([
                    ("name", .string(figure.name)), ("unit", .string(figure.unit)),
                    ("with_median", .number(median(with.map(figure.value)))),
                    ("without_median", .number(median(without.map(figure.value)))),
                    ("ratio", .number(ratio(figure.value))), ("spread_min", .number(spread.lowerBound)),
                    ("spread_max", .number(spread.upperBound)),
                    ("with", .array(with.map { .number(figure.value($0)) })),
                    ("without", .array(without.map { .number(figure.value($0)) })),
                ])
            })
    }
}
