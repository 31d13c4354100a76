internal import TickTime

/// The comparison as text.
extension JitterResult {
    var targets: [PerformanceTarget] { cells.flatMap(\.targets) }

    var text: String {
        var lines = [
            "jitter: \(options.seconds) s a turn, CPU \(options.cpu), \(options.rounds) rounds; \(Host.date)",
            "(\(Host.processor), kernel \(Host.kernel), clock source \(Host.clockSource))",
        ]
        for cell in cells {
            lines += ["", "\(cell.cell.name): \(cell.cell.ticks) ticks a turn", ""]
            lines += table(JitterCellResult.header, cell.rows, leftColumns: 2)
            lines += [""]
            lines += table(
                ["times ours_hybrid", "p50", "spread", "p99", "spread", "goals"], cell.ratioRows, leftColumns: 1,
                lastLeft: true)
        }
        lines += ["", "what is measured:"]
        lines += Contender.allCases.map { "  \($0.rawValue.padded(toLeast: 16)) \($0.measures)" }
        lines += [
            "  p50 ... max      of all rounds together; a hypervisor's steal is in the tail of the program that ran then",
            "  missed           periods that passed without their tick having begun, in all rounds",
            "  drift            from the exact grid, of the last tenth of a turn against the first; cyclictest's computed",
            "  CPU, steal       medians of the rounds; user and system time of the whole process by its duration,",
            "                   its start included, and what the hypervisor took, of one CPU",
            "  times            a contender's by ours_hybrid's in the same round: median and spread over the rounds",
            "  woke             ours_hybrid's at the first reading after the wait, where the others' lateness ends",
            "  OTHER            what spins runs under SCHED_OTHER: the kernel stops a SCHED_FIFO spin 50 ms a second",
            "",
        ]
        lines +=
            targets.isEmpty ? ["targets: stated for 25 and 59.94 on an idle machine"] : targets.map(\.line)
        lines += [Host.buildWarning].compactMap { $0 }
        return lines.joined(separator: "\n")
    }
}

extension JitterCellResult {
    static let header = [
        "contender", "policy", "p50 ns", "p99 ns", "p99.9 ns", "max ns", "missed", "drift us", "CPU %", "steal %",
    ]

    var rows: [[String]] {
        Contender.allCases.map { contender in
            let pool = pool(of: contender), turns = rounds(of: contender)
            return [
                contender.rawValue, policy(of: contender), "\(pool.p50)", "\(pool.p99)", "\(pool.p999)",
                "\(pool.max)", "\(turns.reduce(0) { $0 + $1.missed })",
                fixed(median(contender) { Double($0.drift) } / 1_000, 1),
                fixed(median(contender, \.cpuPercent), 2), fixed(median(contender, \.stealPercent), 2),
            ]
        }
    }

    /// All contenders compared with the hybrid wait.
    var ratioRows: [[String]] {
        func cells(_ ratio: RoundRatio) -> [String] {
            [timesText(ratio.median), "\(timesText(ratio.spread.lowerBound)) - \(timesText(ratio.spread.upperBound))"]
        }
        let woke = rounds(of: .hybrid).map { (p50: $0.wokeP50 / max($0.p50, 1), p99: $0.wokeP99 / max($0.p99, 1)) }
        return Contender.allCases.filter { $0 != .hybrid }.map { contender in
            [contender.rawValue] + cells(ratio(contender, \.p50)) + cells(ratio(contender, \.p99))
                + [verdict(contender)]
        } + [["ours_hybrid, woke"] + cells(RoundRatio(woke.map(\.p50))) + cells(RoundRatio(woke.map(\.p99))) + [""]]
    }

    /// What it ran under, in each round if that was not always the same.
    func policy(of contender: Contender) -> String {
        let policies = rounds(of: contender).map(\.policy)
        return Set(policies).count == 1 ? policies[0] : policies.joined(separator: "/")
    }
}

/// So many times something: with three digits or so.
func timesText(_ ratio: Double) -> String { fixed(ratio, ratio < 1 ? 3 : ratio < 10 ? 2 : ratio < 100 ? 1 : 0) }
