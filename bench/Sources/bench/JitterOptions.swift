internal import Glibc
internal import TickTime

/// What a comparison of jitter is run with.
struct JitterOptions {
    let rate: FrameRate
    /// Ticks in a turn.
    let ticks: Int
    let rounds: Int
    /// The SCHED_FIFO priority of everything that sleeps; `nil`: all under SCHED_OTHER.
    let fifo: Int?
    let cpu: Int
    let waitsUntilIdle: Bool

    static let valued: Set<String> = ["--rate", "--ticks", "--rounds", "--fifo", "--cpu"]
    static let flags: Set<String> = ["--wait-idle"]

    init(_ arguments: Arguments) throws(BenchError) {
        rate = try arguments.rate()
        ticks = try arguments.integer(
            "--ticks", in: 600...10_000_000, or: 600, because: "p99 of fewer rests on five ticks or less")
        rounds = try arguments.integer(
            "--rounds", in: 4...10_000, or: 4, because: "a median of fewer rounds says little")
        let priority = try arguments.integer(
            "--fifo", in: 0...99, or: 80, because: "a SCHED_FIFO priority, 0 for SCHED_OTHER throughout")
        fifo = priority > 0 ? priority : nil
        cpu = try arguments.cpu()
        waitsUntilIdle = arguments.has("--wait-idle")
        // cyclictest is given whole microseconds.
        guard periodMicroseconds >= 50 else {
            throw .usage("--rate \(rate): give at most 20000, cyclictest's period being whole microseconds")
        }
    }

    /// The period, to the nearest whole microsecond: all that cyclictest can be given.
    var periodMicroseconds: Int64 {
        let (numerator, denominator) = (Int64(rate.numerator), Int64(rate.denominator))
        return (denominator * 1_000_000 + numerator / 2) / numerator
    }
}

extension Arguments {
    /// `--rate`, 59.94 unless given.
    func rate() throws(BenchError) -> FrameRate {
        do { return try FrameRate(parsing: string("--rate") ?? "59.94") } catch { throw .usage("--rate: \(error)") }
    }

    /// `--cpu`, the last one unless given.
    func cpu() throws(BenchError) -> Int {
        try integer("--cpu", in: 0...Host.lastCPU, or: Host.lastCPU, because: "the CPUs that are online (see nproc)")
    }
}
