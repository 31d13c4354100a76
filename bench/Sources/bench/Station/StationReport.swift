internal import TickTime

struct StationReport {
    let options: StationOptions
    let handOvers: HandOvers
    let with: [StationTurn]
    /// Runs that take part in the cluster, as an owner does, and have no station.
    let without: [StationTurn]
    /// Runs without a cluster: their ticks carry no stamp.
    let plain: [StationTurn]

    private static var figures: [(name: String, value: (StationTurn) -> Double)] {
        [
            ("p50", { Double($0.lateness.p50) }), ("p99", { Double($0.lateness.p99) }),
            ("max", { Double($0.lateness.max) }),
        ]
    }

    /// In each round, the value with a station divided by that with the cluster only.
    func ratio(_ value: (StationTurn) -> Double) -> RoundRatio {
        RoundRatio(zip(with, without).map { value($0) / max(1, value($1)) })
    }

    /// Of one round without a station by the round before it: the noise.
    func noise(_ value: (StationTurn) -> Double) -> RoundRatio {
        RoundRatio(zip(without.dropFirst(), without).map { value($0) / max(1, value($1)) })
    }

    /// Whether the ratio lies within the noise.
    func isWithinSpread(_ value: (StationTurn) -> Double) -> Bool {
        noise(value).spread.contains(ratio(value).median)
    }

    /// The jumps without their sign, in ns.
    var jumps: [Double] { handOvers.jumps.map { Double($0.magnitude) } }

    var targets: [PerformanceTarget] {
        [
            PerformanceTarget(
                "phase jump of a hand-over, twice the greatest bound", atMost: 2 * Double(handOvers.bound) / 1e3,
                unit: " us", measured: (jumps.max() ?? 0) / 1e3, text: { fixed($0, 1) }),
            PerformanceTarget(
                "ticks twice or out of order at hand-overs", atMost: 0, measured: Double(handOvers.faults),
                text: { fixed($0, 0) }),
            PerformanceTarget(
                "an owner's ticks off air while a member of etcd dies", atMost: 0,
                measured: Double(with.reduce(0) { $0 + $1.offAir }), text: { fixed($0, 0) }),
        ]
    }

    private static func microseconds(_ nanoseconds: Double) -> String { fixed(nanoseconds / 1e3, 1) }

    var text: String {
        var lines = [
            "station: \(options.rate.nameWithRational) fps, two hosts and three members of etcd on this machine",
            "(\(Host.processor), kernel \(Host.kernel))", "",
            "hand-over, \(handOvers.jumps.count) planned moves: the phase jumps by min \(Self.microseconds(jumps.min() ?? 0)) us, "
                + "median \(Self.microseconds(median(jumps))) us, max \(Self.microseconds(jumps.max() ?? 0)) us",
            "  the greatest bound that a host stated of its phase: \(Self.microseconds(Double(handOvers.bound))) us; "
                + "\(handOvers.missed) ticks missed, \(handOvers.faults) twice or out of order", "",
            "start lateness of an owner whose etcd members die, and of a run with the cluster and no station; us",
        ]
        lines += table(
            ["round", "with p50", "p99", "max", "without p50", "p99", "max", "ticks", "off air", "deaths"],
            zip(with, without).enumerated().map { round, turns in
                ["\(round + 1)"]
                    + [turns.0, turns.1].flatMap { turn in Self.figures.map { Self.microseconds($0.value(turn)) } }
                    + ["\(turns.0.ticks)", "\(turns.0.offAir)", "\(turns.0.deaths)"]
            }, leftColumns: 1)
        lines += [""]
        lines += table(
            ["start lateness", "with us", "without us", "no cluster us", "ratio", "spread without", ""],
            Self.figures.map { figure in
                let (ratio, noise) = (ratio(figure.value), noise(figure.value).spread)
                return [
                    figure.name, Self.microseconds(median(with.map(figure.value))),
                    Self.microseconds(median(without.map(figure.value))),
                    Self.microseconds(median(plain.map(figure.value))), fixed(ratio.median, 3),
                    "\(fixed(noise.lowerBound, 3)) - \(fixed(noise.upperBound, 3))",
                    isWithinSpread(figure.value) ? "within the rounds' spread" : "BEYOND the rounds' spread",
                ]
            }, leftColumns: 1, lastLeft: true)
        lines += [
            "ratio: with by without in the same round, the median over the rounds; spread: of one round without by the",
            "round before it; no cluster: runs in the same rotation whose ticks carry no stamp", "",
        ]
        lines += targets.map(\.line)
        lines += [Host.buildWarning].compactMap { $0 }
        return lines.joined(separator: "\n")
    }

    private static func json(_ turn: StationTurn) -> JSONValue {
        .object([
            ("p50_ns", .integer(turn.lateness.p50)), ("p99_ns", .integer(turn.lateness.p99)),
            ("max_ns", .integer(turn.lateness.max)), ("ticks", .integer(Int64(turn.ticks))),
            ("off_air", .integer(Int64(turn.offAir))), ("etcd_deaths", .integer(Int64(turn.deaths))),
        ])
    }

    var json: JSONValue {
        .object([
            ("schema", .string("tickbench/station/1")), ("rate", .string(options.rate.rational)),
            ("seconds_per_turn", .integer(Int64(options.seconds))), ("rounds", .integer(Int64(options.rounds))),
            ("processor", .string(Host.processor)),
            (
                "hand_over",
                .object([
                    ("phase_jumps_ns", .array(handOvers.jumps.map { .integer($0) })),
                    ("greatest_bound_ns", .integer(handOvers.bound)),
                    ("ticks_missed", .integer(handOvers.missed)), ("faults", .integer(handOvers.faults)),
                ])
            ),
            ("with", .array(with.map(Self.json))), ("without", .array(without.map(Self.json))),
            ("plain", .array(plain.map(Self.json))),
            (
                "figures",
                .array(
                    Self.figures.map { figure in
                        let spread = noise(figure.value).spread
                        return .object([
                            ("name", .string(figure.name)), ("ratio", .number(ratio(figure.value).median)),
                            ("spread_min", .number(spread.lowerBound)), ("spread_max", .number(spread.upperBound)),
                        ])
                    })
            ),
            ("targets", .array(targets.map(\.json))),
        ])
    }
}
