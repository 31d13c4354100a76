internal import TickLinux
internal import TickTime

struct DayOptions {
    let seed: UInt64
    /// Divides all rates, for a quick look.
    let slowedDown: UInt32

    static let valued: Set<String> = ["--seed", "--slow"]

    init(_ arguments: Arguments) throws(BenchError) {
        seed = UInt64(try arguments.integer("--seed", in: 0...Int.max, or: 1, because: "the seed of the day"))
        slowedDown = UInt32(try arguments.integer("--slow", in: 1...100, or: 1, because: "the divisor of the rates"))
    }
}

/// The same day twice.
struct DayReport {
    let options: DayOptions
    let results: [DayResult]
    let seconds: [Double]

    static func run(_ options: DayOptions) throws(BenchError) -> DayReport {
        var (results, seconds) = ([DayResult](), [Double]())
        for turn in 1...2 {
            progress("day: turn \(turn)/2")
            let start = HostClock.monotonic()
            do {
                results.append(try DayRun.run(seed: options.seed, slowedDown: options.slowedDown))
            } catch {
                throw .usage("day: seed \(options.seed) gives no valid day: \(error)")
            }
            seconds.append(Double((HostClock.monotonic() - start).count) / 1e9)
        }
        return DayReport(options: options, results: results, seconds: seconds)
    }

    var isIdentical: Bool { results[0] == results[1] }
    var isWhole: Bool { isIdentical && results[0].isWhole }

    var targets: [PerformanceTarget] {
        guard options.slowedDown == 1 else { return [] }
        return [
            PerformanceTarget("24 hours of \(DayPlan.channels) channels", atMost: 10, unit: " s", measured: seconds[0])
            {
                fixed($0, 2)
            }
        ]
    }

    var text: String {
        let day = results[0]
        let perTick = seconds[0] * 1e9 / Double(max(day.delivered, 1))
        var lines = [
            "day: \(DayPlan.channels) channels, 24 hours in virtual time, seed \(options.seed): "
                + "\(fixed(seconds[0], 2)) s and \(fixed(seconds[1], 2)) s, \(fixed(perTick, 1)) ns a tick",
            "",
            "  ticks    \(day.delivered) delivered and \(day.skipped) skipped of \(day.owned) owned; "
                + "\(day.broken) broke a rule; \(day.passes) passes",
            "  blocks   \(day.blocksBegun) begun, \(day.blocksAppended) appended while on air, "
                + "\(day.blocksWithoutTick) of them without a tick",
            "  seams    \(day.seams), after a step of UTC by \(DayPlan.step.count) ns",
            "  jams     \(day.jams), \(day.labelsRepeated) labels repeated, \(day.labelsSkipped) skipped",
            "  digest   \(String(day.digest, radix: 16)), "
                + (isIdentical ? "the same both times" : "NOT THE SAME: \(String(results[1].digest, radix: 16))"),
            "",
        ]
        lines.append(isWhole ? "every tick accounted for" : "NOT EVERY TICK IS ACCOUNTED FOR")
        return (lines + targets.map(\.line) + [Host.buildWarning].compactMap { $0 }).joined(separator: "\n")
    }

    var json: JSONValue {
        let day = results[0]
        return .object([
            ("schema", .string("tickbench/day/1")), ("seed", .string("\(options.seed)")),
            ("channels", .integer(Int64(DayPlan.channels))), ("slowed_down", .integer(Int64(options.slowedDown))),
            ("elapsed_ns", .array(seconds.map { .integer(Int64($0 * 1e9)) })),
            ("delivered_ticks", .integer(day.delivered)), ("skipped_ticks", .integer(day.skipped)),
            ("owned_ticks", .integer(day.owned)), ("broken_rules", .integer(day.broken)),
            ("passes", .integer(day.passes)), ("blocks_begun", .integer(day.blocksBegun)),
            ("blocks_appended", .integer(day.blocksAppended)),
            ("blocks_without_tick", .integer(day.blocksWithoutTick)), ("seams", .integer(day.seams)),
            ("jams", .integer(day.jams)), ("labels_repeated", .integer(day.labelsRepeated)),
            ("labels_skipped", .integer(day.labelsSkipped)), ("digest", .string(String(day.digest, radix: 16))),
            ("identical", .boolean(isIdentical)), ("whole", .boolean(isWhole)),
            ("targets", .array(targets.map(\.json))),
        ])
    }
}
