internal import TickScheduling
internal import TickTime

/// The micro-benchmarks as text and as JSON.
extension MicroReport {
    var targets: [PerformanceTarget] {
        let steps = groups[3]
        return [
            PerformanceTarget(
                "deadline(of:)", atMost: budget(group: 0, place: 0) ?? 0, unit: " ns",
                measured: groups[0][0].median
            ) { fixed($0, 2) },
            PerformanceTarget(
                "schedule step at 10 000 sessions / at 1", atMost: 6, measured: steps[4].ratio(to: steps[0])
            ) { fixed($0, 2) },
            PerformanceTarget(
                "cluster stamp", atMost: budget(group: 4, place: 0) ?? 0, unit: " ns",
                measured: groups[4][0].median
            ) { fixed($0, 2) },
            PerformanceTarget(
                "a clock event folded, under any policy but consensusTime", atMost: budget(group: 5, place: 0) ?? 0,
                unit: " ns",
                measured: groups[5].dropLast().map(\.median).max() ?? 0
            ) { fixed($0, 2) },
            PerformanceTarget(
                "now", atMost: budget(group: 6, place: 0) ?? 0, unit: " ns",
                measured: groups[6][0].median
            ) { fixed($0, 2) },
            PerformanceTarget(
                "on-air gate", atMost: budget(group: 7, place: 0) ?? 0, unit: " ns",
                measured: groups[7][0].median
            ) { fixed($0, 2) },
        ] + stamps.targets
    }

    var text: String {
        var lines = [
            "micro: \(options.rate.nameWithRational) fps, CPU \(options.cpu); throughput over \(options.repeats) repeats "
                + "of \(MicroWorkload.operations) varied inputs, seed \(options.seed)",
            "(\(Host.processor))", "",
        ]
        lines += table(Self.header, rows, leftColumns: 1, lastLeft: true)
        lines += ["ratio: to ours (the first of each group) in the same repeat, the median over the repeats", ""]
        lines += table(
            ["allocations of the tick thread", "1000 ticks", "2000 ticks", "a tick"],
            allocations.map {
                [$0.strategy.rawValue, "\($0.after1000)", "\($0.after2000)", fixed($0.perTick, 3)]
            }, leftColumns: 1)
        lines += ["1000 ticks, 2000 ticks: up to the last tick of a run of that length, including set-up", ""]
        lines += table(
            ["stamp of a tick, ns", "p50", "p99", "p99.9", "clocks p50", "timing p50", "ratio", "without timing"],
            stamps.rows,
            leftColumns: 1)
        lines += [
            "clocks: the readings that it needs; timing: its own time; ratio: stamp divided by clocks, p50", "",
        ]
        lines += table(
            ["gate of a tick, ns", "stamp", "and gate", "more", "BOOTTIME", "and gate", "more"], stamps.gateRows,
            leftColumns: 1)
        lines += ["medians over batches of a hundred; BOOTTIME: the reading of a tick without a stamp", ""]
        lines += targets.map(\.line)
        lines += [Host.buildWarning].compactMap { $0 }
        return lines.joined(separator: "\n")
    }

    static let header = ["operation", "median ns", "least ns", "ratio", "budget ns", ""]

    var rows: [[String]] {
        groups.enumerated().flatMap { number, group in
            group.enumerated().map { place, result in
                let budget = budget(group: number, place: place)
                let verdict = budget.map { result.median <= $0 ? "" : "MISSED " } ?? ""
                return [
                    result.subject.name, fixed(result.median, 2), fixed(result.least, 2),
                    ratioText(result.ratio(to: group[0])), verdict + (budget.map { fixed($0, 0) } ?? ""),
                    result.subject.remark,
                ]
            }
        }
    }

    /// The time that an operation may take, in ns; `nil` without a target.
    func budget(group: Int, place: Int) -> Double? {
        switch (group, place) {
        case (0, 0): 6
        case (4, 0): 15
        case (5, ..<(groups[5].count - 1)): 100
        case (6, 0): 2
        case (7, 0): 10
        default: nil
        }
    }

    var json: JSONValue {
        .object([
            ("schema", .string("tickbench/micro/1")),
            ("rate", .string(options.rate.rational)),
            ("cpu", .integer(Int64(options.cpu))),
            ("repeats", .integer(Int64(options.repeats))),
            ("seed", .string("\(options.seed)")),
            ("processor", .string(Host.processor)),
            (
                "operations",
                .array(
                    groups.enumerated().flatMap { number, group in
                        group.enumerated().map { place, result in
                            .object([
                                ("name", .string(result.subject.name)),
                                ("beside", .string(group[0].subject.name)),
                                ("remark", .string(result.subject.remark)),
                                ("median_ns", .number(result.median)), ("min_ns", .number(result.least)),
                                (
                                    "budget_ns", budget(group: number, place: place).map { .number($0) } ?? .null
                                ),
                                ("ratio_to_ours", .number(result.ratio(to: group[0]))),
                                ("checksum", .string("\(result.checksum)")),
                            ])
                        }
                    })
            ),
            (
                "allocations",
                .array(
                    allocations.map {
                        .object([
                            ("wait", .string($0.strategy.rawValue)),
                            ("after_1000_ticks", .integer(Int64($0.after1000))),
                            ("after_2000_ticks", .integer(Int64($0.after2000))),
                            ("per_tick", .number($0.perTick)),
                        ])
                    })
            ),
            ("stamps", stamps.json),
            ("targets", .array(targets.map(\.json))),
        ])
    }
}
