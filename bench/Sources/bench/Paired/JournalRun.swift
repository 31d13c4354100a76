// What recording costs the ticks: the same turn with a journal and without, in turn, each round the other way
// round. A difference that the rounds do not show of themselves would have to be the journal's.

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

struct JournalReport {
    let options: JournalOptions
    let with: [LoopTurn]
    let without: [LoopTurn]

    static func run(_ options: JournalOptions) throws(BenchError) -> JournalReport {
        var turns: (with: [LoopTurn], without: [LoopTurn]) = ([], [])
        let folder = try TemporaryFolder(), path = folder.path("turn.journal")
        let turn = Turn(
            rate: options.rate, ticks: options.ticks, strategy: options.strategy, priority: options.fifo,
            cpu: options.cpu)
        for round in 0..<options.rounds {
            for isJournalled in round % 2 == 0 ? [true, false] : [false, true] {
                let finished = try turn.command(journal: isJournalled ? path : nil).run()
                let size = folder.size("turn.journal")
                folder.remove("turn.journal")
                let result = try LoopTurn(finished, ticks: options.ticks, journalBytes: size)
                if isJournalled { turns.with.append(result) } else { turns.without.append(result) }
            }
            progress("journal: round \(round + 1)/\(options.rounds)")
        }
        return JournalReport(options: options, with: turns.with, without: turns.without)
    }

    private var pairs: PairedTurns { PairedTurns(with: with, without: without) }

    var text: String {
        var lines = [
            "journal: \(options.rate.nameWithRational) fps, \(options.ticks) ticks a turn, wait \(options.strategy.rawValue), "
                + "CPU \(options.cpu); medians of \(options.rounds) rounds", "(\(Host.processor))", "",
        ]
        lines += pairs.rows(with: "with", without: "without")
        lines += [
            "ratio: with by without in the same round, the median over the rounds; spread: of one round without by the",
            "round before it. The drain thread records: this adds to the process's CPU, and must not add to the tick thread's.",
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
            ("figures", pairs.json),
        ])
    }
}
