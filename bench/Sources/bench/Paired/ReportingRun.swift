// Measures what showing a run costs its ticks: tickrun with its screen, metrics, journal and reports together, and
// without all of them, alternately, in each round in the other order. A difference larger than that between equal
// rounds comes from them.

internal import TickScheduling
internal import TickTime

struct ReportingReport {
    let options: JournalOptions
    let with: [LoopTurn]
    let without: [LoopTurn]
    /// The repaints of the screen per turn.
    let repaints: [Int]

    static let standardProgram = PackageFolder.release + "/tickrun"

    static let files = ["run.html", "run.hgrm", "run.hlog", "run.cyclictest.json"]

    static func run(_ options: JournalOptions, program: String) throws(BenchError) -> ReportingReport {
        guard !Host.text(ofFile: program).isEmpty else {
            throw .missing(program: program, remedy: "build it with swift build -c release, or give --tickrun PATH")
        }
        var (with, without, repaints): ([LoopTurn], [LoopTurn], [Int]) = ([], [], [])
        let folder = try TemporaryFolder()
        for round in 0..<options.rounds {
            for isShown in round % 2 == 0 ? [true, false] : [false, true] {
                let terminal = isShown ? try Terminal() : nil
                let finished = try command(options, program, isShown ? folder : nil).run(errors: terminal?.program)
                let painted = terminal?.finish() ?? 0
                let turn = try LoopTurn(
                    summary: finished, ticks: options.ticks, journalBytes: folder.size("run.journal"))
                guard isShown else {
                    without.append(turn)
                    continue
                }
                for file in files + ["run.prom", "run.journal"] {
                    guard folder.size(file) > 0 else { throw .unreadable(program: program, "no \(file)") }
                    folder.remove(file)
                }
                guard painted > 0 else { throw .unreadable(program: program, "no screen") }
                with.append(turn)
                repaints.append(painted)
            }
            progress("reporting: round \(round + 1)/\(options.rounds)")
        }
        return ReportingReport(options: options, with: with, without: without, repaints: repaints)
    }

    private static func command(_ options: JournalOptions, _ program: String, _ folder: TemporaryFolder?) -> Command {
        var arguments = [
            "run", options.rate.rational, "--ticks", "\(options.ticks)", "--wait", options.strategy.rawValue,
            "--cpu", "\(options.cpu)", "--lock-memory", "--no-levels", "--json=summary",
        ]
        if let fifo = options.fifo { arguments += ["--fifo", "\(fifo)"] }
        guard let folder else { return Command(program: program, arguments: arguments + ["--quiet"]) }
        arguments += [
            "--live", "on", "--metrics", folder.path("run.prom"), "--metrics-interval", "1s",
            "--journal", folder.path("run.journal"), "--report", files.map(folder.path).joined(separator: ","),
        ]
        return Command(program: program, arguments: arguments, environment: ["TERM=xterm"])
    }

    private var pairs: PairedTurns { PairedTurns(with: with, without: without) }

    var text: String {
        var lines = [
            "reporting: \(options.rate.nameWithRational) fps, \(options.ticks) ticks a turn, wait "
                + "\(options.strategy.rawValue), CPU \(options.cpu); medians of \(options.rounds) rounds",
            "(\(Host.processor), kernel \(Host.kernel))", "",
        ]
        lines += pairs.rows(with: "with", without: "without")
        lines += [
            "with: a screen on a terminal (\(fixed(median(repaints.map(Double.init)), 0)) repaints a turn), metrics every second, "
                + "a journal, and a report in four formats",
            "ratio: with by without in the same round, the median over the rounds; spread: of one round without by the",
            "round before it. The drain and the main thread do all of this: it adds to the process's CPU.",
        ]
        lines += [Host.buildWarning].compactMap { $0 }
        return lines.joined(separator: "\n")
    }

    var json: JSONValue {
        .object([
            ("schema", .string("tickbench/reporting/1")), ("rate", .string(options.rate.rational)),
            ("ticks_per_turn", .integer(Int64(options.ticks))), ("rounds", .integer(Int64(options.rounds))),
            ("wait", .string(options.strategy.rawValue)), ("cpu", .integer(Int64(options.cpu))),
            ("processor", .string(Host.processor)),
            ("repaints_per_turn", .number(median(repaints.map(Double.init)))), ("figures", pairs.json),
        ])
    }
}

extension LoopTurn {
    /// The summary of a run of tickrun, which is one JSON object.
    init(summary finished: Finished, ticks: Int, journalBytes: Int) throws(BenchError) {
        let text = finished.output
        func figure(_ path: String...) throws(BenchError) -> Double {
            var rest = text[...]
            for name in path {
                guard let place = rest.range(of: "\"\(name)\":") else {
                    throw .unreadable(program: "tickrun", "no \(path.joined(separator: ".")) in its summary")
                }
                rest = rest[place.upperBound...]
            }
            guard let value = Double(rest.prefix { $0.isNumber }) else {
                throw .unreadable(program: "tickrun", "no number at \(path.joined(separator: ".")) in its summary")
            }
            return value
        }
        guard try figure("ticks") == Double(ticks) else {
            throw .unreadable(program: "tickrun", "the number of ticks is not the requested \(ticks)")
        }
        self.init(
            p50: try figure("start_lateness_ns", "p50"), p90: try figure("start_lateness_ns", "p90"),
            threadNanoseconds: try figure("tick_thread_ns") / Double(ticks),
            processNanoseconds: Double(finished.cpu.count) / Double(ticks), journalBytes: Double(journalBytes))
    }
}

extension Substring {
    /// The first place of `text`.
    fileprivate func range(of text: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
            start = index(after: start)
        }
        return nil
    }
}
