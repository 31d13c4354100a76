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
// reported beside it. Nor do all keep the grid: one that does not is measured against what it asked
// for, and how far it drifts from the grid is a figure of its own.

internal import TickScheduling
internal import TickTime

/// One that takes its turn.
enum Contender: String, CaseIterable {
    case hybrid = "ours_hybrid"
    case sleep = "ours_sleep"
    case spin = "ours_spin"
    case cSpin = "c_spin"
    case cNanosleep = "c_nanosleep"
    case cyclictest
    case gstreamer = "gstreamer_clock"
    case dispatch = "dispatch_strict"
    case taskSleep = "task_sleep"
    case relativeSleep = "relative_sleep"
    case wholeMilliseconds = "whole_ms_loop"

    /// Our own wait strategy; `nil` for the others.
    var strategy: WaitStrategy? {
        switch self {
        case .sleep: .sleep
        case .hybrid: .hybrid
        case .spin: .spin
        default: nil
        }
    }

    var spins: Bool { self == .spin || self == .cSpin }

    /// Whether the hybrid wait is held against it: what is not ours and gives the processor back.
    var isPeer: Bool { strategy == nil && !spins }

    /// What its latency is the difference of.
    var measures: String {
        switch self {
        case .sleep, .hybrid, .spin: "start - deadline: the clock read just before the handler"
        case .cSpin: "start - deadline: the clock reading that ended the spin; the machine's floor"
        case .cNanosleep: "woke - deadline: after clock_nanosleep(2), absolute"
        case .cyclictest: "woke - deadline: after clock_nanosleep(2); its period in whole us"
        case .gstreamer: "woke - deadline: after gst_clock_id_wait of a single-shot entry"
        case .dispatch: "called - deadline: a strict repeating DispatchSourceTimer; its period in whole ns"
        case .taskSleep: "resumed - deadline: Task.sleep(until:tolerance: .zero) on ContinuousClock"
        case .relativeSleep: "woke - asked: nanosleep(2) for a period after each tick"
        case .wholeMilliseconds: "woke - asked: epoll_wait(2) until a timer of whole ms, as in event loops"
        }
    }

    /// Whether a period that has passed is left out, so that one late tick stands for several.
    var skipsPeriods: Bool {
        switch self {
        case .cyclictest, .relativeSleep, .wholeMilliseconds: true
        default: false
        }
    }

    func priority(_ fifo: Int?) -> Int? { spins ? nil : fifo }

    func policy(_ fifo: Int?) -> String { priority(fifo).map { "FIFO \($0)" } ?? "OTHER" }

    /// The program of one turn.
    func command(_ cell: JitterCell, fifo: Int?, cpu: Int, _ peers: Peers) -> Command {
        let priority = priority(fifo)
        let turn = Turn(
            rate: cell.rate, ticks: cell.ticks, strategy: strategy ?? .sleep, priority: priority, cpu: cpu)
        let program: String
        switch self {
        case .sleep, .hybrid, .spin: return turn.command()
        case .dispatch, .taskSleep: return turn.command("\(rawValue)-turn")
        case .cyclictest:
            // -v prints every latency (task:cycle:value), -N in ns, -q nothing while it runs.
            let scheduling = priority.map { ["-p", "\($0)"] } ?? ["--policy=other"]
            return Command(
                program: "cyclictest",
                arguments: ["-m"] + scheduling
                    + ["-a", "\(cpu)", "-i", "\(cell.periodMicroseconds)", "-l", "\(cell.ticks)", "-N", "-q", "-v"],
                package: "rt-tests")
        case .cSpin: program = peers.spinLoop
        case .cNanosleep: program = peers.nanosleepLoop
        case .gstreamer: program = peers.gstreamerLoop
        case .relativeSleep: program = peers.relativeSleepLoop
        case .wholeMilliseconds: program = peers.wholeMillisecondsLoop
        }
        return Command(
            name: rawValue, program: program,
            arguments: [
                "\(cell.rate.numerator)", "\(cell.rate.denominator)", "\(cell.ticks)", "\(cpu)", "\(priority ?? 0)",
            ])
    }
}
