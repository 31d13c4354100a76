// Measures what a tick costs the loop without any wait: the first tick's work lasts for over a second, so that a
// million ticks are overdue at once and are delivered one after another, pushed or pulled. This is the hidden
// subcommand `flood-turn`.

internal import Glibc
internal import Synchronization
internal import TickLinux
internal import TickScheduling
internal import TickTime

struct FloodTurn {
    static let rate = "1000000"
    static let ticks = 1_000_000
    static let stall = Nanoseconds.milliseconds(1_100)

    let isPulled: Bool
    let cpu: Int
    let priority: Int?

    init(_ arguments: [String]) throws(BenchError) {
        let options = try Arguments(arguments, valued: ["--cpu", "--fifo"], flags: ["--pulled"])
        isPulled = options.has("--pulled")
        cpu = try options.cpu()
        priority = try options.fifo()
    }

    /// The starts of the second tick and of the last.
    private struct Starts {
        var second = MonotonicInstant(nanoseconds: 0)
        var last = MonotonicInstant(nanoseconds: 0)

        @inline(__always)
        mutating func note(_ tick: borrowing Tick) {
            if tick.index == 0 { HostClock.spin(until: HostClock.monotonic() + FloodTurn.stall) }
            if tick.index == 1 { second = tick.start }
            if tick.index == Int64(FloodTurn.ticks - 1) { last = tick.start }
        }
    }

    /// Counts as a user of the library would. The drain does its work on another thread, at that thread's cost.
    private final class Counts: LoopObserver {
        private let state = Mutex<(sessions: [Int32: SessionStatistics], latencies: LatencyStatistics)>(
            ([:], LatencyStatistics()))

        func began(_ beginning: TickRunner.Beginning, control: LoopControl) {
            for session in beginning.sessions {
                state.withLock {
                    $0.sessions[session.id.index] = SessionStatistics(epoch: session.epoch, rate: session.plan.rate)
                }
            }
        }

        func delivered(_ record: TickRecord) {
            state.withLock { state in
                state.latencies.record(record)
                state.sessions[record.tick.session.index]?.record(record)
            }
        }
    }

    /// Nanoseconds of one tick.
    func run() throws(BenchError) -> Double {
        let plan: SessionPlan
        do {
            plan = try SessionPlan(rate: try FrameRate(parsing: Self.rate), tickCount: Int64(Self.ticks))
        } catch { throw .usage("\(error)") }
        let options = TickRunnerOptions(
            thread: ThreadRequest(fifoPriority: priority, cpu: cpu, lockMemory: true))
        let starts = UnsafeMutablePointer<Starts>.allocate(capacity: 1)
        unsafe starts.initialize(to: Starts())
        defer { unsafe starts.deallocate() }
        do throws(LoopError) {
            if isPulled {
                var loop = try ObservedLoop.begin([SessionRequest(plan)], options: options, observer: Counts())
                while let tick = loop.next() { unsafe starts.pointee.note(tick) }
                _ = loop.finish()
            } else {
                let handler = unsafe TickHandler(
                    function: { context, tick in
                        guard let context = unsafe context, let tick = unsafe tick else { return }
                        let tickPointer = unsafe tick.assumingMemoryBound(to: Tick.self)
                        unsafe context.assumingMemoryBound(to: Starts.self).pointee.note(tickPointer.pointee)
                    }, context: starts)
                _ = try TickRunner.start([SessionRequest(plan, handler: handler)], options: options, observer: Counts())
                    .wait()
            }
        } catch {
            throw .failed(program: "our loop", status: "not begun", said: "\(error)")
        }
        let elapsed = unsafe starts.pointee.last - starts.pointee.second
        return Double(elapsed.count) / Double(Self.ticks - 2)
    }
}

extension HostClock {
    /// Keeps the CPU busy until an instant.
    fileprivate static func spin(until instant: MonotonicInstant) { while monotonic() < instant {} }
}
