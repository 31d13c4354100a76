// The loop through its C interface compared with the same loop from Swift, in turn: the extra cost of a tick, its
// allocations, and how late ticks start.

internal import TickScheduling
internal import TickTime

struct CInterfaceReport {
    let options: JournalOptions
    /// The time per tick in ns, by round, with a million overdue ticks.
    let floods: [(name: String, swift: [Double], c: [Double])]
    let turns: [(name: String, c: [LoopTurn])]
    let swift: [LoopTurn]
    /// The tick thread's allocations from its tenth tick to its last.
    let allocations: [(name: String, count: Int)]

    private static let ways = ["pushed", "pulled"]
    /// The most that a tick may cost in addition from C.
    private static let limit = 100.0

    /// One measurement of a round.
    private enum Step: Hashable {
        case swiftTurn
        case swiftFlood(way: Int)
        case cFlood(way: Int)
        case cTurn(way: Int)

        static let all: [Step] =
            [.swiftTurn] + ways.indices.flatMap { [.swiftFlood(way: $0), .cFlood(way: $0), .cTurn(way: $0)] }
    }

    static func run(_ options: JournalOptions, _ peers: Peers) throws(BenchError) -> CInterfaceReport {
        let program = try peers.cInterface()
        let host = ["\(options.cpu)", "\(options.fifo ?? 0)"]
        let rate = ["\(options.rate.numerator)", "\(options.rate.denominator)", "\(options.ticks)"]
        let turn = Turn(
            rate: options.rate, ticks: options.ticks, strategy: .hybrid, priority: options.fifo, cpu: options.cpu)
        func c(_ arguments: [String]) throws(BenchError) -> Finished {
            try Command(program: program, arguments: arguments).run()
        }
        var floods = ways.map { (name: $0, swift: [Double](), c: [Double]()) }
        var turns = ways.map { (name: $0, c: [LoopTurn]()) }
        var swift: [LoopTurn] = []
        for round in 0..<options.rounds {
            for place in Step.all.indices {
                switch Step.all[(place + round) % Step.all.count] {
                case .swiftTurn: swift.append(try LoopTurn(try turn.command().run(), ticks: options.ticks))
                case .swiftFlood(let way):
                    let command = Command(
                        name: "bench flood-turn", program: "/proc/self/exe",
                        arguments: ["flood-turn", "--cpu", host[0], "--fifo", host[1]]
                            + (ways[way] == "pulled" ? ["--pulled"] : []))
                    floods[way].swift.append(try figure("flood ", try command.run().output))
                case .cFlood(let way):
                    let output = try c([ways[way], FloodTurn.rate, "1", "\(FloodTurn.ticks)"] + host + ["1100"]).output
                    floods[way].c.append(try figure("flood ", output))
                case .cTurn(let way):
                    turns[way].c.append(try LoopTurn(try c([ways[way]] + rate + host + ["0"]), ticks: options.ticks))
                }
            }
            progress("c: round \(round + 1)/\(options.rounds)")
        }
        var allocations: [(name: String, count: Int)] = []
        for way in ways {
            let command = Command(
                program: program, arguments: [way, "1000", "1", "2000"] + host + ["0"],
                environment: ["LD_PRELOAD=\(peers.allocationCounter)"])
            allocations.append((way, Int(try figure("allocations ", try command.run().output))))
        }
        return CInterfaceReport(options: options, floods: floods, turns: turns, swift: swift, allocations: allocations)
    }

    private static func figure(_ name: String, _ output: String) throws(BenchError) -> Double {
        guard let line = output.split(separator: "\n").first(where: { $0.hasPrefix(name) }),
            let value = Double(line.dropFirst(name.count))
        else { throw .unreadable(program: "c_interface", "no \(name)") }
        return value
    }

    private var targets: [PerformanceTarget] {
        floods.map { flood in
            PerformanceTarget(
                "\(flood.name) from C - from Swift, a tick", atMost: Self.limit, unit: " ns",
                measured: median(zip(flood.c, flood.swift).map { $0 - $1 }), text: { fixed($0, 1) })
        }
            + allocations.map { way in
                PerformanceTarget(
                    "\(way.name) from C: allocations of the tick thread over 1990 ticks", atMost: 0,
                    measured: Double(way.count), text: { fixed($0, 0) })
            }
    }

    var text: String {
        var lines = [
            "c: \(options.rate.nameWithRational) fps, \(options.ticks) ticks a turn, wait hybrid, CPU \(options.cpu); "
                + "medians of \(options.rounds) rounds", "(\(Host.processor), kernel \(Host.kernel))", "",
        ]
        lines += table(
            ["a million overdue ticks", "from Swift ns a tick", "from C ns a tick", "difference"],
            floods.map { flood in
                [
                    flood.name, fixed(median(flood.swift), 1), fixed(median(flood.c), 1),
                    fixed(median(zip(flood.c, flood.swift).map { $0 - $1 }), 1),
                ]
            }, leftColumns: 1)
        for turn in turns {
            lines += [""] + PairedTurns(with: turn.c, without: swift).rows(with: "C, \(turn.name)", without: "Swift")
        }
        lines += [
            "Swift: pushed, the same turn as of bench jitter; ratio: within a round, the median over the rounds;",
            "spread: of one round of Swift's by the round before it", "",
        ]
        lines += targets.map(\.line)
        lines += [Host.buildWarning].compactMap { $0 }
        return lines.joined(separator: "\n")
    }

    var json: JSONValue {
        .object([
            ("schema", .string("tickbench/c/1")), ("rate", .string(options.rate.rational)),
            ("ticks_per_turn", .integer(Int64(options.ticks))), ("rounds", .integer(Int64(options.rounds))),
            ("cpu", .integer(Int64(options.cpu))), ("processor", .string(Host.processor)),
            (
                "overdue",
                .array(
                    floods.map { flood in
                        .object([
                            ("way", .string(flood.name)), ("swift_ns", .array(flood.swift.map { .number($0) })),
                            ("c_ns", .array(flood.c.map { .number($0) })),
                        ])
                    })
            ),
            (
                "turns",
                .array(
                    turns.map { turn in
                        .object([
                            ("way", .string(turn.name)),
                            ("figures", PairedTurns(with: turn.c, without: swift).json),
                        ])
                    })
            ),
            ("targets", .array(targets.map(\.json))),
        ])
    }
}
