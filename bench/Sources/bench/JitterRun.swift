// Everything in turn, again and again, each round in another order: what drifts slowly on a
// machine (its clock speed, its neighbours) meets all alike, and whoever comes after a spin is not
// always the same. A ratio is taken within one round, and the median of those is reported.

internal import TickTime

/// What one contender showed in one round.
struct TurnResult {
    /// Its place in that round, from 0.
    let position: Int
    let lateness: Percentiles
    /// Up to the first reading after the wait: for ours beside `lateness`, for the others the same.
    let woke: Percentiles
    /// CPU time of the whole process, of one CPU.
    let cpuPercent: Double
    /// Time that the hypervisor took from the CPU meanwhile.
    let stealPercent: Double
    let wallNanoseconds: Int64
}

/// A finished comparison.
struct JitterResult {
    let options: JitterOptions
    /// By contender, then by round.
    let turns: [Contender: [TurnResult]]

    /// The median over the rounds.
    func median(_ contender: Contender, _ value: (TurnResult) -> Double) -> Double {
        bench.median(rounds(of: contender).map(value))
    }

    /// In each round, the contender's value by that of `other`.
    func ratios(_ contender: Contender, to other: Contender, _ value: (TurnResult) -> Double) -> [Double] {
        zip(rounds(of: contender), rounds(of: other)).map { value($0) / max(value($1), 1) }
    }

    func medianRatio(_ contender: Contender, to other: Contender, _ value: (TurnResult) -> Double) -> Double {
        bench.median(ratios(contender, to: other, value))
    }

    func rounds(of contender: Contender) -> [TurnResult] {
        guard let rounds = turns[contender] else { preconditionFailure("every contender took its turns") }
        return rounds
    }
}

extension TurnResult {
    var p50: Double { Double(lateness.p50) }
    var p99: Double { Double(lateness.p99) }
    var wokeP50: Double { Double(woke.p50) }
    var wokeP99: Double { Double(woke.p99) }
    var p999: Double { Double(lateness.p999) }
    var max: Double { Double(lateness.max) }
}

enum JitterRun {
    /// The order of round `round`: in as many rounds as there are contenders, everyone is at
    /// every place once.
    static func order(ofRound round: Int) -> [Contender] {
        let all = Contender.allCases
        return all.indices.map { all[($0 + round) % all.count] }
    }

    /// - Throws: `BenchError`, at the first program that fails: a comparison without one of its
    ///   sides is none.
    static func run(_ options: JitterOptions, _ peers: Peers) throws(BenchError) -> JitterResult {
        // Said at once, not after the first minute.
        _ = try Command(program: "cyclictest", arguments: ["--help"], package: "rt-tests").run()
        var turns: [Contender: [TurnResult]] = [:]
        for round in 0..<options.rounds {
            for (position, contender) in order(ofRound: round).enumerated() {
                if options.waitsUntilIdle { try Host.waitUntilIdle() }
                let result = try turn(of: contender, at: position, options, peers)
                turns[contender, default: []].append(result)
                progress(
                    "jitter: round \(round + 1)/\(options.rounds), \(contender.rawValue): "
                        + "p50 \(result.lateness.p50) ns, p99 \(result.lateness.p99) ns, "
                        + "CPU \(fixed(result.cpuPercent, 2)) %, steal \(fixed(result.stealPercent, 1)) %")
            }
        }
        return JitterResult(options: options, turns: turns)
    }

    private static func turn(
        of contender: Contender, at position: Int, _ options: JitterOptions, _ peers: Peers
    ) throws(BenchError) -> TurnResult {
        let before = try ProcessorTime.now(ofCPU: options.cpu)
        let finished = try contender.command(options, peers).run()
        let after = try ProcessorTime.now(ofCPU: options.cpu)
        let samples = try contender.samples(in: finished.output, ticks: options.ticks)
        let woke = contender.wakeLatencies(in: finished.output) ?? samples
        guard !woke.isEmpty else { throw .unreadable(program: contender.rawValue, "no wake latency") }
        return TurnResult(
            position: position, lateness: Percentiles(samples), woke: Percentiles(woke),
            cpuPercent: finished.cpuPercent,
            stealPercent: after.stealPercent(since: before), wallNanoseconds: finished.wall.count)
    }
}
