// One turn of our own loop, as a process of its own, so that its CPU time is measured as that of
// the programs it is compared with: the hidden subcommand `turn`.
//
// The whole product runs, as a user would run it: the tick thread, a handler, the ring, and the
// drain that carries the records off. Printed after the last tick are the start latenesses, one a line,
// and the wake latencies, as `woke 123`.

internal import ClusterLinux
internal import Glibc
internal import Synchronization
internal import TickLinux
internal import TickScheduling
internal import TickTime

struct Turn {
    let rate: FrameRate
    let ticks: Int
    let strategy: WaitStrategy
    let priority: Int?
    let cpu: Int
    /// Where the turn is recorded, if it is.
    var journal: String?
    /// The port of the member that stamps its ticks, if one does.
    var cluster: UInt16?

    /// Before the tick thread's CPU time, in ns.
    static let threadPrefix = "thread "

    init(rate: FrameRate, ticks: Int, strategy: WaitStrategy, priority: Int?, cpu: Int) {
        (self.rate, self.ticks, self.strategy) = (rate, ticks, strategy)
        (self.priority, self.cpu) = (priority, cpu)
    }

    /// Reads what `command` wrote.
    init(_ arguments: [String]) throws(BenchError) {
        let options = try Arguments(
            arguments, valued: ["--rate", "--ticks", "--wait", "--fifo", "--cpu", "--journal", "--cluster"])
        let wait = options.string("--wait") ?? ""
        guard let strategy = WaitStrategy(rawValue: wait) else { throw .usage("--wait \(wait) is not a wait strategy") }
        let fifo = try options.integer("--fifo", in: 0...99, or: 0, because: "a SCHED_FIFO priority")
        self.init(
            rate: try options.rate(),
            ticks: try options.integer("--ticks", in: 1...10_000_000, or: 600, because: "the length of the turn"),
            strategy: strategy, priority: fifo > 0 ? fifo : nil, cpu: try options.cpu())
        journal = options.string("--journal")
        let port = try options.integer("--cluster", in: 0...65_000, or: 0, because: "the port of the turn's node")
        cluster = port > 0 ? UInt16(port) : nil
    }

    /// This program, told to run this turn.
    func command(_ subcommand: String = "turn", journal: String? = nil, cluster: UInt16? = nil) -> Command {
        Command(
            name: "bench \(subcommand) --wait \(strategy.rawValue)",
            program: "/proc/self/exe",
            arguments: [
                subcommand, "--rate", rate.rational, "--ticks", "\(ticks)", "--wait", strategy.rawValue,
                "--fifo", "\(priority ?? 0)", "--cpu", "\(cpu)",
            ] + (journal.map { ["--journal", $0] } ?? []) + (cluster.map { ["--cluster", "\($0)"] } ?? []))
    }

    /// What one turn showed, in ns, in the order of the ticks.
    struct Samples: Sendable {
        /// `start − deadline`, of every tick.
        var start: [Int64] = []
        /// `woke − deadline`, of every wait.
        var woke: [Int64] = []
        /// CPU time of the tick thread.
        var thread: Int64 = 0
    }

    /// Runs the loop.
    ///
    /// - Throws: `BenchError.refused` where the host does not grant what the others are granted.
    func run(handler: TickHandler = TickHandler { _ in }) throws(BenchError) -> Samples {
        let plan: SessionPlan
        do { plan = try SessionPlan(rate: rate, tickCount: Int64(ticks)) } catch { throw .usage("\(error)") }
        let latencies = Latencies(capacity: ticks)
        let recorder = try recorder(before: latencies)
        let node = try cluster.map { port throws(BenchError) in try BenchCluster(port: port).node(1) }
        defer { node?.stop() }
        let runner: TickRunner
        do {
            let options = TickRunnerOptions(
                loop: TickLoopOptions(
                    wait: strategy, ringCapacity: TickRunnerOptions.defaultRingCapacity, time: node?.time),
                thread: ThreadRequest(fifoPriority: priority, cpu: cpu, lockMemory: true))
            let sessions = [SessionRequest(plan, handler: handler)]
            if let recorder {
                runner = try TickRunner.start(sessions, options: options, observer: recorder)
            } else {
                runner = try TickRunner.start(sessions, options: options, observer: latencies)
            }
        } catch {
            throw .failed(program: "our loop", status: "not begun", said: "\(error)")
        }
        let ending = try runner.waitGranted()
        guard ending.clocks.lostRecords == 0 else {
            throw .unreadable(program: "our loop", "\(ending.clocks.lostRecords) records found the ring full")
        }
        recorder?.finish(ending)
        if let failure = recorder?.failure { throw .system(failure) }
        var samples = latencies.all
        samples.thread = ending.tickThreadCPU.count
        return samples
    }

    private func recorder(before observer: Latencies) throws(BenchError) -> JournalObserver? {
        guard let journal else { return nil }
        do {
            return JournalObserver(
                try JournalFile(creating: journal), name: "bench", wait: strategy, program: "bench", observer: observer)
        } catch { throw .system(error) }
    }
}

extension TickRunner {
    /// Waits for the end, if the host granted what the programs beside are granted.
    ///
    /// - Throws: `BenchError.refused` with the remedy, once the loop has stopped.
    func waitGranted() throws(BenchError) -> Ending {
        // The programs beside survive a refusal of the wake latency as well.
        for grant in beginning.grants where !grant.isGranted && grant.request != .wakeLatency {
            control.requestStop()
            _ = wait()
            throw .refused(grant.detail, remedy: grant.remedy)
        }
        return wait()
    }
}

/// Keeps every latency. Written by the drain thread, read when that has ended.
private final class Latencies: LoopObserver {
    private let values: Mutex<Turn.Samples>

    init(capacity: Int) {
        var values = Turn.Samples()
        values.start.reserveCapacity(capacity)
        values.woke.reserveCapacity(capacity)
        self.values = Mutex(values)
    }

    var all: Turn.Samples { values.withLock { $0 } }

    func delivered(_ record: TickRecord) {
        values.withLock { values in
            values.start.append(record.tick.startLateness.count)
            if let latency = record.tick.wakeLatency { values.woke.append(latency.count) }
        }
    }
}
