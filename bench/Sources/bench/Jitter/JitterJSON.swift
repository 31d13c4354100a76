internal import TickTime

/// The comparison as JSON.
extension JitterResult {
    var json: JSONValue {
        .object([
            ("schema", .string("tickbench/jitter/2")), ("made", .string(Host.date)),
            ("seconds_per_turn", .integer(Int64(options.seconds))), ("rounds", .integer(Int64(options.rounds))),
            ("cpu", .integer(Int64(options.cpu))), ("fifo_priority", .integer(Int64(options.fifo ?? 0))),
            ("kernel", .string(Host.kernel)), ("clock_source", .string(Host.clockSource)),
            ("processor", .string(Host.processor)),
            (
                "contenders",
                .array(
                    Contender.allCases.map {
                        .object([("name", .string($0.rawValue)), ("measures", .string($0.measures))])
                    })
            ),
            ("comparisons", .array(cells.map(\.json))), ("targets", .array(targets.map(\.json))),
        ])
    }
}

extension JitterCellResult {
    fileprivate var json: JSONValue {
        .object([
            ("rate", .string(cell.rate.rational)), ("condition", .string(cell.condition.rawValue)),
            ("ticks_per_turn", .integer(Int64(cell.ticks))),
            ("cyclictest_period_us", .integer(cell.periodMicroseconds)),
            ("contenders", .array(Contender.allCases.map(json))),
        ])
    }

    private func json(of contender: Contender) -> JSONValue {
        let p50 = ratio(contender, \.p50), p99 = ratio(contender, \.p99)
        func spread(_ ratio: RoundRatio) -> JSONValue {
            .object([
                ("median", .number(ratio.median)), ("min", .number(ratio.spread.lowerBound)),
                ("max", .number(ratio.spread.upperBound)),
            ])
        }
        let turns = rounds(of: contender)
        let rounds: [JSONValue] = turns.enumerated().map { round, turn in
            var members: [(String, JSONValue)] = [
                ("position", .integer(Int64(turn.position))), ("policy", .string(turn.policy)),
            ]
            members += self.members(turn.lateness)
            members += [
                ("woke_p50_ns", .integer(turn.woke.p50)), ("woke_p99_ns", .integer(turn.woke.p99)),
                ("missed_periods", .integer(turn.missed)), ("drift_ns", .integer(turn.drift)),
                ("cpu_percent", .number(turn.cpuPercent)), ("steal_percent", .number(turn.stealPercent)),
                ("wall_ns", .integer(turn.wallNanoseconds)),
                ("p50_ratio_to_ours_hybrid", .number(p50.rounds[round])),
                ("p99_ratio_to_ours_hybrid", .number(p99.rounds[round])),
            ]
            return .object(members)
        }
        return .object([
            ("name", .string(contender.rawValue)), ("policy", .string(policy(of: contender))),
            ("all_rounds", .object(members(pool(of: contender)))),
            ("missed_periods", .integer(turns.reduce(0) { $0 + $1.missed })),
            ("drift_ns_median", .number(median(contender) { Double($0.drift) })),
            ("cpu_percent_median", .number(median(contender, \.cpuPercent))),
            ("p50_ratio_to_ours_hybrid", spread(p50)), ("p99_ratio_to_ours_hybrid", spread(p99)),
            ("rounds", .array(rounds)),
        ])
    }

    private func members(_ percentiles: Percentiles) -> [(String, JSONValue)] {
        [
            ("p50_ns", .integer(percentiles.p50)), ("p99_ns", .integer(percentiles.p99)),
            ("p999_ns", .integer(percentiles.p999)), ("max_ns", .integer(percentiles.max)),
        ]
    }
}
