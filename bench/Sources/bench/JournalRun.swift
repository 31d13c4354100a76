// What recording costs the ticks: the same turn with a journal and without, in turn, each round the other way
// round. A difference that the rounds do not show of themselves would have to be the journal's.

internal import Foundation
internal import TickScheduling
internal import TickTime

struct JournalOptions {
    let rate: FrameRate
    let ticks: Int
    let rounds: Int
    let strategy: WaitStrategy
    let fifo: Int?
    let cpu: Int

    static let valued: Set<String> = ["--rate", "--ticks", "--rounds", "--wait", "--fifo", "--cpu"]

    init(_ arguments: Arguments) throws(BenchError) {
        rate = try arguments.rate()
        ticks = try arguments.integer("--ticks", in: 100...10_000_000, or: 600, because: "the length of a turn")
        rounds = try arguments.integer("--rounds", in: 4...10_000, or: 12, because: "a median of fewer says little")
        let wait = arguments.string("--wait") ?? WaitStrategy.hybrid.rawValue
        guard let strategy = WaitStrategy(rawValue: wait) else { throw .usage("--wait \(wait): sleep, hybrid or spin") }
        self.strategy = strategy
        let priority = try arguments.integer("--fifo", in: 0...99, or: 80, because: "a SCHED_FIFO priority, 0 for none")
        fifo = priority > 0 ? priority : nil
        cpu = try arguments.cpu()
    }
}

/// One turn: with a journal or without.
struct JournalTurn {
    let p50: Double
    let p90: Double
    /// CPU time of the tick thread, a tick.
    let threadNanoseconds: Double
    /// Of the whole process, a tick.
    let processNanoseconds: Double
    let journalBytes: Double

    init(_ finished: Finished, ticks: Int, journalBytes: Int) throws(BenchError) {
        var (latencies, thread): ([Int64], Double?) = ([], nil)
        for line in finished.output.split(separator: "\n") {
            if line.hasPrefix(Turn.threadPrefix) {
                thread = Double(line.dropFirst(Turn.threadPrefix.count))
            } else if !line.hasPrefix(Contender.wokePrefix), let value = Int64(line) {
                latencies.append(value)
            }
        }
        guard let thread, latencies.count == ticks else {
            throw .unreadable(program: "our loop", "\(latencies.count) latencies for \(ticks) ticks")
        }
        let sorted = latencies.sorted()
        p50 = Double(sorted[(sorted.count - 1) / 2])
        p90 = Double(sorted[sorted.count * 9 / 10])
        threadNanoseconds = thread / Double(ticks)
        processNanoseconds = Double(finished.cpu.count) / Double(ticks)
        self.journalBytes = Double(journalBytes)
    }
}

struct JournalReport {
    let options: JournalOptions
    let with: [JournalTurn]
    let without: [JournalTurn]

    static func run(_ options: JournalOptions) throws(BenchError) -> JournalReport {
        var turns: (with: [JournalTurn], without: [JournalTurn]) = ([], [])
        let path = "\(NSTemporaryDirectory())bench-\(getpid()).journal"
        let turn = Turn(
            rate: options.rate, ticks: options.ticks, strategy: options.strategy, priority: options.fifo,
            cpu: options.cpu)
        for round in 0..<options.rounds {
            for isJournalled in round % 2 == 0 ? [true, false] : [false, true] {
                try? FileManager.default.removeItem(atPath: path)
                let finished = try turn.command(journal: isJournalled ? path : nil).run()
                let size = (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? 0
                try? FileManager.default.removeItem(atPath: path)
                let result = try JournalTurn(finished, ticks: options.ticks, journalBytes: size)
                if isJournalled { turns.with.append(result) } else { turns.without.append(result) }
            }
            progress("journal: round \(round + 1)/\(options.rounds)")
        }
        return JournalReport(options: options, with: turns.with, without: turns.without)
    }

    private static var figures: [(name: String, unit: String, value: (JournalTurn) -> Double)] {
        [
            ("start lateness p50", "ns", \.p50), ("start lateness p90", "ns", \.p90),
            ("tick thread's CPU a tick", "ns", \.threadNanoseconds),
            ("process's CPU a tick", "ns", \.processNanoseconds),
        ]
    }

    private func ratio(_ value: (JournalTurn) -> Double) -> Double {
        median(zip(with, without).map { value($0) / max(1, value($1)) })
    }

    /// What neighbouring rounds without a journal are to each other: the spread that is nobody's doing.
    private func spread(_ value: (JournalTurn) -> Double) -> ClosedRange<Double> {
        let ratios = zip(without, without.dropFirst()).map { value($1) / max(1, value($0)) }
        return (ratios.min() ?? 1)...(ratios.max() ?? 1)
    }

    var text: String {
        var lines = [
            "journal: \(options.rate.nameWithRational) fps, \(options.ticks) ticks a turn, wait \(options.strategy.rawValue), "
                + "CPU \(options.cpu); medians of \(options.rounds) rounds", "(\(Host.processor))", "",
        ]
        lines += table(
            ["", "with", "without", "ratio", "spread without", ""],
            Self.figures.map { figure in
                let (ratio, spread) = (ratio(figure.value), spread(figure.value))
                return [
                    "\(figure.name) \(figure.unit)", fixed(median(with.map(figure.value)), 0),
                    fixed(median(without.map(figure.value)), 0), fixed(ratio, 3),
                    "\(fixed(spread.lowerBound, 3)) - \(fixed(spread.upperBound, 3))",
                    spread.contains(ratio) ? "within the rounds' spread" : "BEYOND the rounds' spread",
                ]
            }, leftColumns: 1, lastLeft: true)
        lines += [
            "ratio: with by without in the same round, the median over the rounds; spread: of one round without by the",
            "round before it. Recording is the drain thread's work: the process's CPU bears it, the tick thread's must not.",
            "", "a journal of \(options.ticks) ticks: \(fixed(median(with.map(\.journalBytes)), 0)) bytes",
        ]
        lines += [Host.buildWarning].compactMap { $0 }
        return lines.joined(separator: "\n")
    }

    var json: JSONValue {
        .object([
            ("schema", .string("tickbench/journal/1")), ("rate", .string(options.rate.rational)),
            ("ticks_per_turn", .integer(Int64(options.ticks))), ("rounds", .integer(Int64(options.rounds))),
            ("wait", .string(options.strategy.rawValue)), ("cpu", .integer(Int64(options.cpu))),
            ("processor", .string(Host.processor)),
            ("journal_bytes", .number(median(with.map(\.journalBytes)))),
            (
                "figures",
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
            ),
        ])
    }
}
