internal import TickScheduling
internal import TickTime

/// The micro-benchmarks as text and as JSON.
extension MicroReport {
    var targets: [PerformanceTarget] {
        let steps = groups[3]
        return [
            PerformanceTarget("deadline(of:)", atMost: 6, unit: " ns", measured: groups[0][0].median) { fixed($0, 2) },
            PerformanceTarget(
                "schedule step at 10 000 sessions / at 1", atMost: 6, measured: steps[4].ratio(to: steps[0])
            ) { fixed($0, 2) },
            PerformanceTarget("cluster stamp", atMost: 15, unit: " ns", measured: groups[4][0].median) { fixed($0, 2) },
            PerformanceTarget(
                "a clock event folded, under any policy but consensusTime", atMost: 100, unit: " ns",
                measured: groups[5].dropLast().map(\.median).max() ?? 0
            ) { fixed($0, 2) },
            PerformanceTarget("now", atMost: 2, unit: " ns", measured: groups[6][0].median) { fixed($0, 2) },
        ] + stamps.targets
    }

    var text: String {
        var lines = [
            "micro: \(options.rate.nameWithRational) fps, CPU \(options.cpu); throughput over \(options.repeats) repeats "
                + "of \(MicroWorkload.operations) varied inputs, seed \(options.seed)",
            "(\(Host.processor))", "",
        ]
        let rows = groups.flatMap { group in
            group.map { result in
                [
                    result.subject.name, fixed(result.median, 2), fixed(result.least, 2),
                    ratioText(result.ratio(to: group[0])), result.subject.remark,
                ]
            }
        }
        lines += table(["operation", "median ns", "least ns", "ratio", ""], rows, leftColumns: 1, lastLeft: true)
        lines += ["ratio: to ours (the first of each group) in the same repeat, the median over the repeats", ""]
        lines += table(
            ["allocations of the tick thread", "1000 ticks", "2000 ticks", "a tick"],
            allocations.map {
                [$0.strategy.rawValue, "\($0.after1000)", "\($0.after2000)", fixed($0.perTick, 3)]
            }, leftColumns: 1)
        lines += ["1000 ticks, 2000 ticks: up to the last tick of a run so long, setting up included", ""]
        lines += table(
            ["stamp of a tick, ns", "p50", "p99", "p99.9", "clocks p50", "timing p50", "ratio", "without timing"],
            stamps.rows,
            leftColumns: 1)
        lines += [
            "clocks: the readings that it needs; timing: what timing either takes; ratio: stamp by clocks, p50", "",
        ]
        lines += targets.map(\.line)
        lines += [Host.buildWarning].compactMap { $0 }
        return lines.joined(separator: "\n")
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
                    groups.flatMap { group in
                        group.map { result in
                            .object([
                                ("name", .string(result.subject.name)),
                                ("beside", .string(group[0].subject.name)),
                                ("remark", .string(result.subject.remark)),
                                ("median_ns", .number(result.median)), ("min_ns", .number(result.least)),
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
