// Who takes part, how each is started, and what its figure means.
//
// All on the same CPU, with memory locked and /dev/cpu_dma_latency held at 0, as cyclictest does.
// What sleeps runs under SCHED_FIFO at one priority. What spins runs under SCHED_OTHER, for a spin
// under SCHED_FIFO is stopped by the kernel for 50 ms of every second (sched_rt_runtime_us), and
// would measure that.
//
// The figures do not all end at the same place. Ours ends at the reading just before the handler,
// so that what the loop does between wake and handler is in it; the others' at the first reading
// after the wake. Ours is thereby the longer way; our wake latency, which ends where theirs does, is
// reported beside it.

internal import TickScheduling
internal import TickTime

/// One that takes its turn.
enum Contender: String, CaseIterable {
    case sleep = "ours_sleep"
    case hybrid = "ours_hybrid"
    case spin = "ours_spin"
    case cNanosleep = "c_nanosleep"
    case cSpin = "c_spin"
    case cyclictest

    /// Our own wait strategy; `nil` for the others.
    var strategy: WaitStrategy? {
        switch self {
        case .sleep: .sleep
        case .hybrid: .hybrid
        case .spin: .spin
        case .cNanosleep, .cSpin, .cyclictest: nil
        }
    }

    var spins: Bool { self == .spin || self == .cSpin }

    /// What its latency is the difference of.
    var measures: String {
        switch self {
        case .sleep, .hybrid, .spin: "start - deadline: the clock read just before the handler"
        case .cNanosleep: "woke - deadline: the clock read after clock_nanosleep"
        case .cSpin: "start - deadline: the clock reading that ended the spin"
        case .cyclictest: "woke - deadline: the clock read after clock_nanosleep; period in whole us"
        }
    }

    func priority(in options: JitterOptions) -> Int? { spins ? nil : options.fifo }

    func policy(in options: JitterOptions) -> String {
        priority(in: options).map { "FIFO \($0)" } ?? "OTHER"
    }

    /// The program of one turn.
    func command(_ options: JitterOptions, _ peers: Peers) -> Command {
        let priority = priority(in: options)
        switch self {
        case .sleep, .hybrid, .spin:
            return Turn(
                rate: options.rate, ticks: options.ticks, strategy: strategy ?? .sleep, priority: priority,
                cpu: options.cpu
            ).command()
        case .cNanosleep, .cSpin:
            let (numerator, denominator) = (options.rate.numerator, options.rate.denominator)
            return Command(
                name: rawValue, program: self == .cSpin ? peers.spinLoop : peers.nanosleepLoop,
                arguments: ["\(numerator)", "\(denominator)", "\(options.ticks)", "\(options.cpu)", "\(priority ?? 0)"])
        case .cyclictest:
            // -v prints every latency (task:cycle:value), -N in ns, -q nothing while it runs.
            let scheduling = priority.map { ["-p", "\($0)"] } ?? ["--policy=other"]
            return Command(
                program: "cyclictest",
                arguments: ["-m"] + scheduling
                    + ["-a", "\(options.cpu)", "-i", "\(options.periodMicroseconds)", "-l", "\(options.ticks)"]
                    + ["-N", "-q", "-v"],
                package: "rt-tests")
        }
    }

    /// How a line begins that bears a wake latency of ours.
    static let wokePrefix = "woke "

    /// Our own wake latencies in ns, which end where cyclictest's do: at the first reading after the
    /// wait. `nil` for the others, whose samples are those already.
    func wakeLatencies(in output: String) -> [Int64]? {
        guard strategy != nil else { return nil }
        return output.split(separator: "\n").compactMap { line in
            line.hasPrefix(Self.wokePrefix) ? Int64(line.dropFirst(Self.wokePrefix.count)) : nil
        }
    }

    /// The latencies in what the program printed, in ns.
    ///
    /// - Throws: `BenchError.unreadable` unless there is one for each tick.
    func samples(in output: String, ticks: Int) throws(BenchError) -> [Int64] {
        var samples: [Int64] = []
        samples.reserveCapacity(ticks)
        for line in output.split(separator: "\n") {
            if self == .cyclictest {
                // Lines of another form are its header and its summary.
                let fields = line.split(separator: ":").map { $0.filter { $0 != " " } }
                guard fields.count == 3, Int(fields[0]) == 0, Int(fields[1]) != nil else { continue }
                guard let value = Int64(fields[2]) else { continue }
                samples.append(value)
            } else if !line.hasPrefix(Self.wokePrefix), !line.hasPrefix(Turn.threadPrefix) {
                guard let value = Int64(line) else { throw .unreadable(program: rawValue, "\"\(line)\"") }
                samples.append(value)
            }
        }
        guard samples.count == ticks else {
            throw .unreadable(program: rawValue, "\(samples.count) latencies for \(ticks) ticks")
        }
        return samples
    }
}
