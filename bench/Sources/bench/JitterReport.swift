internal import TickTime

/// The comparison as text and as JSON.
extension JitterResult {
    var text: String {
        let rate = options.rate.nameWithRational
        var lines = [
            "jitter: \(rate) fps, \(options.ticks) ticks a turn, CPU \(options.cpu); medians of \(options.rounds) rounds",
            "(cyclictest: period \(options.periodMicroseconds) us; \(Host.processor), kernel \(Host.kernel), "
                + "clock source \(Host.clockSource))",
            "",
        ]
        lines += table(
            [
                "contender", "policy", "p50 ns", "p99 ns", "p99.9 ns", "max ns", "CPU %", "steal %", "p50 ratio",
                "p99 ratio",
            ],
            Contender.allCases.map { contender in
                [
                    contender.rawValue, contender.policy(in: options),
                    fixed(median(contender, \.p50), 0), fixed(median(contender, \.p99), 0),
                    fixed(median(contender, \.p999), 0), fixed(median(contender, \.max), 0),
                    fixed(median(contender, \.cpuPercent), 2), fixed(median(contender, \.stealPercent), 2),
                    ratioText(medianRatio(contender, to: .cyclictest, \.p50)),
                    ratioText(medianRatio(contender, to: .cyclictest, \.p99)),
                ]
            }, leftColumns: 2)
        lines += ["ratio: to cyclictest in the same round, the median over the rounds", ""]

        lines += table(
            ["ours_hybrid to", "p50 ratio", "p99 ratio"],
            Contender.allCases.filter { $0 != .hybrid }.map { other in
                [
                    other.rawValue, ratioText(medianRatio(.hybrid, to: other, \.p50)),
                    ratioText(medianRatio(.hybrid, to: other, \.p99)),
                ]
            }, leftColumns: 1)
        lines += [""]
        lines += table(
            ["woke - deadline", "p50 ns", "p99 ns", "p50 ratio", "p99 ratio"],
            Contender.allCases.map { contender in
                [
                    contender.rawValue, fixed(median(contender, \.wokeP50), 0), fixed(median(contender, \.wokeP99), 0),
                    ratioText(medianRatio(contender, to: .cyclictest, \.wokeP50)),
                    ratioText(medianRatio(contender, to: .cyclictest, \.wokeP99)),
                ]
            }, leftColumns: 1)
        lines += ["all ending at the first reading after the wait, as cyclictest's do", "", "what is measured above:"]
        lines += Contender.allCases.map { "  \($0.rawValue.padded(toLeast: 12)) \($0.measures)" }
        lines += [
            "  CPU          user and system time of the whole process by its duration, of one CPU, its start included",
            "  OTHER        what spins runs under SCHED_OTHER: the kernel stops a SCHED_FIFO spin 50 ms a second",
            "",
        ]
        lines += targets.isEmpty ? ["targets: stated for 59.94 alone"] : targets.map(\.line)
        lines += [Host.buildWarning].compactMap { $0 }
        return lines.joined(separator: "\n")
    }

    var json: JSONValue {
        .object([
            ("schema", .string("tickbench/jitter/1")),
            ("rate", .string(options.rate.rational)),
            ("ticks_per_turn", .integer(Int64(options.ticks))),
            ("rounds", .integer(Int64(options.rounds))),
            ("cpu", .integer(Int64(options.cpu))),
            ("cyclictest_period_us", .integer(options.periodMicroseconds)),
            ("kernel", .string(Host.kernel)), ("clock_source", .string(Host.clockSource)),
            ("processor", .string(Host.processor)),
            ("contenders", .array(Contender.allCases.map(json))),
            ("targets", .array(targets.map(\.json))),
        ])
    }

    private func json(of contender: Contender) -> JSONValue {
        let p50 = ratios(contender, to: .cyclictest, \.p50)
        let p99 = ratios(contender, to: .cyclictest, \.p99)
        return .object([
            ("name", .string(contender.rawValue)),
            ("measures", .string(contender.measures)),
            ("policy", .string(contender.policy(in: options))),
            (
                "median",
                .object([
                    ("p50_ns", .number(median(contender, \.p50))), ("p99_ns", .number(median(contender, \.p99))),
                    ("p999_ns", .number(median(contender, \.p999))), ("max_ns", .number(median(contender, \.max))),
                    ("cpu_percent", .number(median(contender, \.cpuPercent))),
                    ("steal_percent", .number(median(contender, \.stealPercent))),
                    ("p50_ratio_to_cyclictest", .number(bench.median(p50))),
                    ("p99_ratio_to_cyclictest", .number(bench.median(p99))),
                ])
            ),
            (
                "rounds",
                .array(
                    rounds(of: contender).enumerated().map { round, turn in
                        .object([
                            ("position", .integer(Int64(turn.position))),
                            ("p50_ns", .integer(turn.lateness.p50)), ("p99_ns", .integer(turn.lateness.p99)),
                            ("p999_ns", .integer(turn.lateness.p999)), ("max_ns", .integer(turn.lateness.max)),
                            ("woke_p50_ns", .integer(turn.woke.p50)), ("woke_p99_ns", .integer(turn.woke.p99)),
                            ("cpu_percent", .number(turn.cpuPercent)),
                            ("steal_percent", .number(turn.stealPercent)),
                            ("wall_ns", .integer(turn.wallNanoseconds)),
                            ("p50_ratio_to_cyclictest", .number(p50[round])),
                            ("p99_ratio_to_cyclictest", .number(p99[round])),
                        ])
                    })
            ),
        ])
    }
}
