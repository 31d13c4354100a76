// Runs every load in turn, ours and the peer one after the other, round after round. Then it searches, from ten
// thousand sessions upwards, for the number of sessions at which a period is missed.

internal import TickTime

/// The result of one turn. Times are in nanoseconds.
struct ScaleResult: Equatable {
    let ticks: Int64
    /// Ticks that started a period late, or were left out.
    let missed: Int64
    /// Records that were lost because the ring was full, so nothing is known about their ticks.
    let lost: Int64
    let p50: Int64
    let p99: Int64
    let max: Int64
    /// The time from the first session's second tick to its last, with the ticks in between.
    let window: Int64
    let windowTicks: Int64
    let threadCPU: Int64
    let processCPU: Int64

    var isClean: Bool { missed == 0 && lost == 0 }
    /// The share of one CPU.
    var threadPercent: Double { 100 * Double(threadCPU) / Double(Swift.max(window, 1)) }
    var processPercent: Double { 100 * Double(processCPU) / Double(Swift.max(window, 1)) }
    /// CPU time of the tick thread, waking included.
    var nanosecondsPerTick: Double { Double(threadCPU) / Double(Swift.max(windowTicks, 1)) }

    /// The text form of a result: one name and one number per line.
    var text: String { fields.map { "\($0) \($1)" }.joined(separator: "\n") }

    private var fields: [(String, Int64)] {
        [
            ("ticks", ticks), ("missed", missed), ("lost", lost), ("p50", p50), ("p99", p99), ("max", max),
            ("window_ticks", windowTicks), ("window", window), ("thread_cpu", threadCPU),
            ("process_cpu", processCPU),
        ]
    }
}

extension ScaleResult {
    /// - Throws: `BenchError.unreadable` if a figure is missing.
    init(printed output: String, by program: String) throws(BenchError) {
        var values: [String: Int64] = [:]
        for line in output.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count == 2, let value = Int64(fields[1]) else {
                throw .unreadable(program: program, "\"\(line)\"")
            }
            values[String(fields[0])] = value
        }
        func value(_ name: String) throws(BenchError) -> Int64 {
            guard let value = values[name] else { throw .unreadable(program: program, "no \(name)") }
            return value
        }
        self.init(
            ticks: try value("ticks"), missed: try value("missed"), lost: try value("lost"), p50: try value("p50"),
            p99: try value("p99"), max: try value("max"), window: try value("window"),
            windowTicks: try value("window_ticks"), threadCPU: try value("thread_cpu"),
            processCPU: try value("process_cpu"))
    }
}

/// A load with its turns, round by round.
struct ScaleRow {
    let load: ScaleLoad
    var ours: [ScaleResult] = []
    var peer: [ScaleResult] = []

    static func median(_ results: [ScaleResult], _ value: (ScaleResult) -> Double) -> Double {
        bench.median(results.map(value))
    }

    /// The medians of the rounds' ratios, of CPU time of the whole process and of p99.
    var cpuRatio: Double { ratio(\.processCPU) }
    var p99Ratio: Double { ratio(\.p99) }

    private func ratio(_ value: (ScaleResult) -> Int64) -> Double {
        bench.median(zip(ours, peer).map { Double(value($0)) / Double(max(value($1), 1)) })
    }

    static func missed(_ results: [ScaleResult]) -> Int64 { results.reduce(0) { $0 + $1.missed + $1.lost } }
}

/// The limit of a loop.
struct ScaleSaturation {
    /// The largest tried number of sessions without a missed period.
    var clean: (load: ScaleLoad, result: ScaleResult)?
    /// The smallest number of sessions that missed a period twice in turn.
    var missed: (load: ScaleLoad, result: ScaleResult)?
}

enum ScaleRun {
    /// The largest number of sessions to try.
    private static let limit = 640_000

    static func run(_ options: ScaleOptions, _ peers: Peers) throws(BenchError) -> ScaleReport {
        var rows = options.loads.map { ScaleRow(load: $0) }
        for round in 0..<options.rounds {
            for place in rows.indices {
                let turn = ScaleTurn(rows[place].load, options)
                let ours = try Self.ours(turn), peer = try Self.peer(turn, peers)
                rows[place].ours.append(ours)
                rows[place].peer.append(peer)
                progress(
                    "scale: round \(round + 1)/\(options.rounds), \(turn.load.name): p99 \(ours.p99) ns, "
                        + "missed \(ours.missed), CPU \(fixed(ours.processPercent, 2)) %; timerfd p99 \(peer.p99) ns, "
                        + "missed \(peer.missed), CPU \(fixed(peer.processPercent, 2)) %")
            }
        }
        var saturations: [ScaleSaturation] = []
        for load in options.saturations { saturations.append(try saturation(load, options)) }
        return ScaleReport(options: options, rows: rows, saturations: saturations)
    }

    private static func ours(_ turn: ScaleTurn) throws(BenchError) -> ScaleResult {
        try ScaleResult(printed: try turn.command.run().output, by: "our loop")
    }

    private static func peer(_ turn: ScaleTurn, _ peers: Peers) throws(BenchError) -> ScaleResult {
        try ScaleResult(printed: try turn.peerCommand(peers).run().output, by: "timerfd_loop")
    }

    /// Doubles until a period is missed, then halves the distance twice.
    private static func saturation(_ load: ScaleLoad, _ options: ScaleOptions) throws(BenchError) -> ScaleSaturation {
        var found = ScaleSaturation()
        var load = load
        var clean = 0, missed: Int?
        while load.sessions <= limit {
            let result = try attempt(load, options)
            guard result.isClean else {
                (missed, found.missed) = (load.sessions, (load, result))
                break
            }
            (clean, found.clean) = (load.sessions, (load, result))
            load.sessions *= 2
        }
        for _ in 0..<2 {
            guard let upper = missed, clean > 0 else { return found }
            load.sessions = (clean + upper) / 2
            let result = try attempt(load, options)
            if result.isClean {
                (clean, found.clean) = (load.sessions, (load, result))
            } else {
                (missed, found.missed) = (load.sessions, (load, result))
            }
        }
        return found
    }

    /// A miss counts if it comes twice, because one miss may come from the machine.
    private static func attempt(_ load: ScaleLoad, _ options: ScaleOptions) throws(BenchError) -> ScaleResult {
        let turn = ScaleTurn(load, options)
        var result = try ours(turn)
        if !result.isClean { result = try ours(turn) }
        progress(
            "scale: saturation, \(load.name): missed \(result.missed), lost \(result.lost), "
                + "CPU \(fixed(result.processPercent, 1)) %, p99 \(result.p99) ns")
        return result
    }
}
