internal import Glibc
internal import TickTime

/// The other load of the machine.
enum JitterCondition: String, CaseIterable {
    /// No load from this program.
    case idle
    /// One process per CPU that never sleeps, under SCHED_OTHER.
    case busy
}

/// One comparison: all programs at one rate under one condition.
struct JitterCell: Hashable {
    let rate: FrameRate
    let condition: JitterCondition
    /// Ticks in a turn.
    let ticks: Int

    var name: String { "\(rate.name ?? rate.description) fps, \(condition.rawValue)" }

    /// The period, to the nearest whole microsecond: cyclictest accepts only these.
    var periodMicroseconds: Int64 { Self.period(rate, of: 1_000_000) }

    var period: Int64 { Self.period(rate, of: 1_000_000_000) }

    private static func period(_ rate: FrameRate, of units: Int64) -> Int64 {
        let (numerator, denominator) = (Int64(rate.numerator), Int64(rate.denominator))
        return (denominator * units + numerator / 2) / numerator
    }
}

/// The options of a comparison of jitter.
struct JitterOptions {
    let rates: [FrameRate]
    let conditions: [JitterCondition]
    /// The length of one turn.
    let seconds: Int
    let rounds: Int
    /// The SCHED_FIFO priority of all programs that sleep; `nil` for SCHED_OTHER.
    let fifo: Int?
    let cpu: Int
    let waitsUntilIdle: Bool

    static let valued: Set<String> = ["--rates", "--conditions", "--seconds", "--rounds", "--fifo", "--cpu"]
    static let flags: Set<String> = ["--wait-idle"]

    init(_ arguments: Arguments) throws(BenchError) {
        var rates: [FrameRate] = []
        for text in (arguments.string("--rates") ?? "25,59.94,1000").split(separator: ",") {
            let rate: FrameRate
            do { rate = try FrameRate(parsing: String(text)) } catch { throw .usage("--rates: \(error)") }
            guard !rates.contains(rate) else { throw .usage("--rates: \(text) is given twice") }
            rates.append(rate)
        }
        let conditions = (arguments.string("--conditions") ?? "idle,busy").split(separator: ",")
            .map { JitterCondition(rawValue: String($0)) }
        guard !rates.isEmpty, !conditions.isEmpty, !conditions.contains(nil), Set(conditions).count == conditions.count
        else { throw .usage("give --rates such as 25,59.94 and --conditions idle, busy or idle,busy") }
        (self.rates, self.conditions) = (rates, conditions.compactMap(\.self))
        seconds = try arguments.integer("--seconds", in: 1...3_600, or: 10, because: "the length of a turn")
        rounds = try arguments.integer(
            "--rounds", in: 4...10_000, or: 6, because: "a median needs at least 4 rounds")
        let priority = try arguments.integer(
            "--fifo", in: 0...99, or: 80, because: "a SCHED_FIFO priority, or 0 for SCHED_OTHER")
        fifo = priority > 0 ? priority : nil
        cpu = try arguments.cpu()
        waitsUntilIdle = arguments.has("--wait-idle")
        for cell in cells {
            guard cell.ticks >= 100 else {
                throw .usage("--seconds \(seconds) at \(cell.rate): p99 needs 100 ticks a turn; give more seconds")
            }
            // cyclictest accepts only whole microseconds.
            guard cell.periodMicroseconds >= 50 else {
                throw .usage("--rates \(cell.rate): give at most 20000; cyclictest counts whole microseconds")
            }
        }
    }

    /// Every rate under the first condition, then under the next.
    var cells: [JitterCell] {
        conditions.flatMap { condition in
            rates.map { rate in
                let ticks = (Int64(seconds) * Int64(rate.numerator)) / Int64(rate.denominator)
                return JitterCell(rate: rate, condition: condition, ticks: Int(ticks))
            }
        }
    }
}

extension Arguments {
    /// `--rate`, default 59.94.
    func rate() throws(BenchError) -> FrameRate {
        do { return try FrameRate(parsing: string("--rate") ?? "59.94") } catch { throw .usage("--rate: \(error)") }
    }

    /// `--cpu`, default the last one.
    func cpu() throws(BenchError) -> Int {
        try integer("--cpu", in: 0...Host.lastCPU, or: Host.lastCPU, because: "a CPU that is online (see nproc)")
    }
}
