// One turn of our loop with many sessions, as a separate process: the hidden subcommand `scale-turn`. The whole
// product runs: tick thread, handlers, ring and drain.
//
// The handler of the first session reads the CPU time, from its second tick to its last. So it does not include the
// anchoring or the end of ten thousand sessions.

internal import Glibc
internal import Synchronization
internal import TickLinux
internal import TickScheduling
internal import TickTime

struct ScaleTurn {
    let load: ScaleLoad
    let seconds: Int
    let priority: Int?
    let cpu: Int

    init(_ load: ScaleLoad, _ options: ScaleOptions) {
        (self.load, seconds, priority, cpu) = (load, options.seconds, options.fifo, options.cpu)
    }

    /// Reads the options that `command` wrote.
    init(_ arguments: [String]) throws(BenchError) {
        let valued: Set<String> = ["--sessions", "--rates", "--work-ns", "--seconds", "--fifo", "--cpu"]
        let options = try Arguments(arguments, valued: valued)
        var rates: [FrameRate] = []
        for text in (options.string("--rates") ?? "25").split(separator: ",") {
            do { rates.append(try FrameRate(parsing: String(text))) } catch { throw .usage("--rates: \(error)") }
        }
        load = ScaleLoad(
            sessions: try options.integer("--sessions", in: 1...10_000_000, or: 1, because: "the number of sessions"),
            rates: rates,
            work: Nanoseconds(
                Int64(try options.integer("--work-ns", in: 0...1_000_000_000, or: 0, because: "of a handler"))))
        seconds = try options.integer("--seconds", in: 1...3_600, or: 3, because: "the length of the turn")
        priority = try options.fifo()
        cpu = try options.cpu()
    }

    /// The command that runs this turn.
    var command: Command {
        Command(
            name: "bench scale-turn", program: "/proc/self/exe",
            arguments: ["scale-turn"] + load.arguments
                + ["--seconds", "\(seconds)", "--fifo", "\(priority ?? 0)", "--cpu", "\(cpu)"])
    }

    /// The same load for timers in one epoll set.
    func peerCommand(_ peers: Peers) -> Command {
        Command(
            name: "timerfd_loop", program: peers.timerLoop,
            arguments: ["\(seconds)", "\(cpu)", "\(priority ?? 0)", "\(load.work.count)"] + load.groups)
    }

    /// - Throws: `BenchError.refused` if the host refuses what it grants to the peer.
    func run() throws(BenchError) -> ScaleResult {
        let meter = ScaleMeter()
        let observer = ScaleObserver(periods: load.periods)
        let requests = try requests(meter)
        let runner: TickRunner
        do {
            runner = try TickRunner.start(
                requests,
                options: TickRunnerOptions(
                    loop: TickLoopOptions(
                        wait: .hybrid, ringCapacity: max(TickRunnerOptions.defaultRingCapacity, 4 * load.sessions),
                        spareSessions: 0, spareBlocks: 0),
                    thread: ThreadRequest(fifoPriority: priority, cpu: cpu, lockMemory: true)), observer: observer)
        } catch {
            throw .failed(program: "our loop", status: "not begun", said: "\(error)")
        }
        let ending = try runner.waitGranted()
        return observer.result(meter.window, of: load, lost: ending.clocks.lostRecords)
    }

    private func requests(_ meter: ScaleMeter) throws(BenchError) -> [SessionRequest] {
        let work = load.work
        var plans: [SessionPlan] = []
        for rate in load.rates {
            let ticks = Int64(seconds) * Int64(rate.numerator) / Int64(rate.denominator)
            do { plans.append(try SessionPlan(rate: rate, tickCount: ticks)) } catch { throw .usage("\(error)") }
        }
        let handler = TickHandler { _ in if work > .zero { HostClock.spin(for: work) } }
        let last = plans[0].tickCount.map { $0 - 1 } ?? 0
        let first = TickHandler { tick in
            if work > .zero { HostClock.spin(for: work) }
            if tick.index == 1 { meter.begin() } else if tick.index == last { meter.end() }
        }
        return (0..<load.sessions).map { number in
            SessionRequest(plans[number % plans.count], handler: number == 0 ? first : handler)
        }
    }
}

/// The CPU time between two ticks. The tick thread writes it, and it is read after that thread has ended.
private final class ScaleMeter: Sendable {
    private let started = Mutex((wall: Int64(0), thread: Int64(0), process: Int64(0)))
    private let spent = Mutex((wall: Int64(0), thread: Int64(0), process: Int64(0)))

    private static func reading() -> (wall: Int64, thread: Int64, process: Int64) {
        func time(_ clock: clockid_t) -> Int64 {
            var time = timespec()
            _ = unsafe clock_gettime(clock, &time)
            return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
        }
        return (
            HostClock.monotonic().nanoseconds, time(CLOCK_THREAD_CPUTIME_ID), time(CLOCK_PROCESS_CPUTIME_ID)
        )
    }

    func begin() { started.withLock { $0 = Self.reading() } }

    func end() {
        let now = Self.reading(), start = started.withLock { $0 }
        spent.withLock { $0 = (now.wall - start.wall, now.thread - start.thread, now.process - start.process) }
    }

    var window: (wall: Int64, thread: Int64, process: Int64) { spent.withLock { $0 } }
}

/// Counts on the drain thread. It is read after that thread has ended.
private final class ScaleObserver: LoopObserver {
    private struct Counts: ~Copyable {
        var latencies = LatencyHistogram()
        var ticks: Int64 = 0
        var missed: Int64 = 0
    }

    private let periods: [Nanoseconds]
    private let counts = Mutex(Counts())

    init(periods: [Nanoseconds]) { self.periods = periods }

    func delivered(_ record: TickRecord) {
        let tick = record.tick, period = periods[Int(tick.session.index) % periods.count]
        counts.withLock { counts in
            counts.latencies.record(tick.startLateness)
            counts.ticks += 1
            // Counts each tick that starts at least a period late.
            if tick.startLateness >= period { counts.missed += 1 }
        }
    }

    func result(_ window: (wall: Int64, thread: Int64, process: Int64), of load: ScaleLoad, lost: Int) -> ScaleResult {
        counts.withLock { counts in
            func percentile(_ rank: Double) -> Int64 { counts.latencies.value(atPercentile: rank)?.count ?? 0 }
            return ScaleResult(
                ticks: counts.ticks, missed: counts.missed, lost: Int64(lost), p50: percentile(50), p99: percentile(99),
                max: counts.latencies.maximum?.count ?? 0, window: window.wall,
                windowTicks: load.ticks(within: window.wall), threadCPU: window.thread, processCPU: window.process)
        }
    }
}
