// Runs all programs in turn, in each round in another order. So slow changes of the machine (its clock speed, its
// neighbours) affect all programs equally, and not always the same one follows a spin. A ratio is taken within one
// round, and the report shows the median of the ratios.

internal import TickTime

/// What one contender showed in one round.
struct TurnResult {
    /// Its place in that round, from 0.
    let position: Int
    let lateness: Percentiles
    /// The lateness of the first reading after the wait. For the other programs it equals `lateness`.
    let woke: Percentiles
    let missed: Int64
    let drift: Int64
    /// The CPU time of the whole process, as a share of one CPU.
    let cpuPercent: Double
    /// The time that the hypervisor took from the CPU meanwhile.
    let stealPercent: Double
    let wallNanoseconds: Int64
    let policy: String
}

extension TurnResult {
    var p50: Double { Double(lateness.p50) }
    var p99: Double { Double(lateness.p99) }
    var wokeP50: Double { Double(woke.p50) }
    var wokeP99: Double { Double(woke.p99) }
}

/// All programs' turns at one rate under one condition.
struct JitterCellResult {
    let cell: JitterCell
    /// The turns, by contender and then by round.
    var turns: [Contender: [TurnResult]] = [:]
    /// All latencies of a contender, from all rounds.
    var latencies: [Contender: [Int64]] = [:]
    /// The percentiles of these latencies.
    var pooled: [Contender: Percentiles] = [:]

    init(_ cell: JitterCell) { self.cell = cell }

    func rounds(of contender: Contender) -> [TurnResult] {
        guard let rounds = turns[contender] else { preconditionFailure("every contender took its turns") }
        return rounds
    }

    func pool(of contender: Contender) -> Percentiles {
        guard let pooled = pooled[contender] else { preconditionFailure("every contender took its turns") }
        return pooled
    }

    /// The median over the rounds.
    func median(_ contender: Contender, _ value: (TurnResult) -> Double) -> Double {
        bench.median(rounds(of: contender).map(value))
    }

    /// In each round, the contender's value divided by that of the hybrid wait.
    func ratio(_ contender: Contender, _ value: (TurnResult) -> Double) -> RoundRatio {
        RoundRatio(zip(rounds(of: contender), rounds(of: .hybrid)).map { value($0) / max(value($1), 1) })
    }
}

/// A ratio in each of several rounds.
struct RoundRatio {
    let rounds: [Double]

    init(_ rounds: [Double]) { self.rounds = rounds }

    var median: Double { bench.median(rounds) }
    var spread: ClosedRange<Double> { (rounds.min() ?? 0)...(rounds.max() ?? 0) }
}

/// A finished comparison.
struct JitterResult {
    let options: JitterOptions
    let cells: [JitterCellResult]
}

enum JitterRun {
    /// The order of round `round`. In as many rounds as there are contenders, each contender takes every place once.
    static func order(ofRound round: Int) -> [Contender] {
        let all = Contender.allCases
        return all.indices.map { all[($0 + round) % all.count] }
    }

    /// - Throws: `BenchError`, at the first program that fails, because a comparison needs all its programs.
    static func run(_ options: JitterOptions, _ peers: Peers) throws(BenchError) -> JitterResult {
        // Fails at once, not after the first minute.
        _ = try Command(program: "cyclictest", arguments: ["--help"], package: "rt-tests").run()
        var cells: [JitterCellResult] = []
        for cell in options.cells { cells.append(try run(cell, options, peers)) }
        return JitterResult(options: options, cells: cells)
    }

    private static func run(
        _ cell: JitterCell, _ options: JitterOptions, _ peers: Peers
    ) throws(BenchError) -> JitterCellResult {
        var result = JitterCellResult(cell)
        let busy = cell.condition == .busy ? try BusyProcesses(peers) : nil
        for round in 0..<options.rounds {
            for (position, contender) in order(ofRound: round).enumerated() {
                if cell.condition == .idle, options.waitsUntilIdle { try Host.waitUntilIdle() }
                let (turn, latencies) = try turn(of: contender, at: position, cell, options, peers)
                result.turns[contender, default: []].append(turn)
                result.latencies[contender, default: []] += latencies
                progress(
                    "jitter, \(cell.name): round \(round + 1)/\(options.rounds), \(contender.rawValue): "
                        + "p50 \(turn.lateness.p50) ns, p99 \(turn.lateness.p99) ns, "
                        + "CPU \(fixed(turn.cpuPercent, 2)) %, steal \(fixed(turn.stealPercent, 1)) %")
            }
        }
        try busy?.stop()
        result.pooled = result.latencies.mapValues { Percentiles($0) }
        return result
    }

    private static func turn(
        of contender: Contender, at position: Int, _ cell: JitterCell, _ options: JitterOptions, _ peers: Peers
    ) throws(BenchError) -> (TurnResult, [Int64]) {
        let before = try ProcessorTime.now(ofCPU: options.cpu)
        let finished = try contender.command(cell, fifo: options.fifo, cpu: options.cpu, peers).run()
        let after = try ProcessorTime.now(ofCPU: options.cpu)
        let output = try ContenderOutput(contender, finished.output, ticks: cell.ticks)
        guard contender.strategy == nil || !output.woke.isEmpty else {
            throw .unreadable(program: contender.rawValue, "no wake latency")
        }
        let result = TurnResult(
            position: position, lateness: Percentiles(output.lateness),
            woke: Percentiles(output.woke.isEmpty ? output.lateness : output.woke),
            missed: output.missedPeriods(of: contender, period: cell.period), drift: output.drift(of: contender, cell),
            cpuPercent: finished.cpuPercent, stealPercent: after.stealPercent(since: before),
            wallNanoseconds: finished.wall.count, policy: output.policy ?? contender.policy(options.fifo))
        return (result, output.lateness)
    }
}
