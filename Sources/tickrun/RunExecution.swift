import Glibc
import TickConfiguration
import TickLinux
import TickReports
import TickScheduling
import TickTime

/// One run, from the plan to the summary.
enum RunExecution {
    /// How often the main thread looks whether the loop has ended.
    private static let pollInterval = Nanoseconds.milliseconds(20)

    static func run(_ plan: RunPlan, observer: RunObserver, isQuiet: Bool) throws -> RunSummary {
        let interrupts: InterruptWatch
        do { interrupts = try InterruptWatch() } catch { throw unavailable(error) }
        let stealBefore = try? HostProbe.cpuTime()
        let runner: TickRunner
        do {
            runner = try TickRunner.start(requests(plan), options: options(plan), observer: observer)
        } catch {
            throw unavailable(error)
        }
        let wasInterrupted = waitForEnd(runner, interrupts, isQuiet: isQuiet)
        let ending = runner.wait()
        observer.finish()
        let stolen = stealSince(stealBefore)
        return summary(plan, runner.beginning, ending, observer, wasInterrupted: wasInterrupted, steal: stolen)
    }

    private static func unavailable(_ error: any Error) -> CommandFailure {
        CommandFailure(exitCode: .unavailable, message: "\(error)")
    }

    private static func requests(_ plan: RunPlan) -> [SessionRequest] {
        plan.sessions.map { session in
            let work = session.work
            // A session without work needs no handler: its ticks pass through the loop all the same.
            let handler = work > .zero ? TickHandler { _ in HostClock.spin(for: work) } : TickHandler { _ in }
            return SessionRequest(session.plan, alignment: session.alignment, handler: handler)
        }
    }

    private static func options(_ plan: RunPlan) -> TickRunnerOptions {
        TickRunnerOptions(
            loop: TickLoopOptions(
                wait: plan.wait, spinBudgetPercent: plan.spinBudgetPercent,
                ringCapacity: TickRunnerOptions.defaultRingCapacity),
            thread: ThreadRequest(
                fifoPriority: plan.realtime.fifoPriority, cpu: plan.realtime.cpu,
                lockMemory: plan.realtime.lockMemory))
    }

    /// - Returns: whether a signal ended the run.
    private static func waitForEnd(
        _ runner: TickRunner, _ interrupts: borrowing InterruptWatch, isQuiet: Bool
    ) -> Bool {
        var wasInterrupted = false
        while !runner.isFinished {
            guard let signal = interrupts.wait(for: pollInterval) else { continue }
            if wasInterrupted {
                RunProgress.eraseLine()
                Commentary.say("aborted by a second signal (\(name(of: signal))); no report")
                _exit(130)
            }
            wasInterrupted = true
            runner.control.requestStop()
            if isQuiet { continue }
            RunProgress.eraseLine()
            Commentary.say("\(name(of: signal)): finishing the tick; a second signal aborts without a report")
        }
        return wasInterrupted
    }

    private static func name(of signal: Int32) -> String { signal == SIGINT ? "SIGINT" : "SIGTERM" }

    /// The kernel counts in ticks of USER_HZ, a hundredth of a second.
    private static func stealSince(_ before: (total: Int64, stolen: Int64)?) -> Nanoseconds? {
        guard let before, let after = try? HostProbe.cpuTime() else { return nil }
        return .milliseconds((after.stolen - before.stolen) * 10)
    }

    private static func summary(
        _ plan: RunPlan, _ beginning: TickRunner.Beginning, _ ending: TickRunner.Ending, _ observer: RunObserver,
        wasInterrupted: Bool, steal: Nanoseconds?
    ) -> RunSummary {
        let clocks = RunSummary.Clocks(
            divergence: ending.clocks.divergence, rate: ending.clocks.rate, timesSet: ending.clocks.timesSet,
            lostRecords: ending.clocks.lostRecords)
        let total = RunSummary.Latencies(observer.total)
        let sessions = plan.sessions.indices.map { index in
            let latencies = observer.latencies.isEmpty ? nil : RunSummary.Latencies(observer.latencies[index])
            let planned = plan.sessions[index]
            var session = RunSummary.Session(
                id: planned.id, plan: planned.plan, statistics: observer.sessions[index], latencies: latencies,
                timecode: planned.timecode, isComplete: ending.endReasons[Int32(index)] == .ticksDelivered)
            session.judge(planned.levels, loop: total, clocks: clocks)
            return session
        }
        return RunSummary(
            name: plan.name,
            ending: observer.outputFailure != nil ? .output : wasInterrupted ? .signal : .ticks,
            sessions: sessions, latencies: total, clocks: clocks,
            wait: wait(plan, ending.spin),
            host: host(beginning.grants, steal),
            tickThreadCPU: ending.tickThreadCPU, processCPU: ending.processCPU, elapsed: ending.elapsed,
            incidents: observer.incidents, furtherIncidents: observer.furtherIncidents)
    }

    private static func wait(_ plan: RunPlan, _ spin: SpinReport) -> RunSummary.Wait {
        RunSummary.Wait(
            strategy: plan.wait, margin: spin.isUsed ? spin.margin : nil, isSpinning: spin.isUsed && spin.isSpinning,
            stops: spin.stops, lastStop: spin.lastStop?.reason)
    }

    private static func host(_ grants: [HostGrant], _ steal: Nanoseconds?) -> RunSummary.Host {
        let (release, build) = (try? HostProbe.kernel()) ?? ("unknown", "")
        let preemption = ["PREEMPT_RT", "PREEMPT_DYNAMIC", "PREEMPT"].first { build.contains($0) }
        return RunSummary.Host(
            kernel: release, preemption: preemption ?? "no preemption told",
            clockSource: (try? HostProbe.clockSource().current) ?? "unknown",
            grants: grants.map {
                .init(name: $0.name, detail: $0.detail, refusal: $0.refusal.map { "\($0)" }, remedy: $0.remedy)
            }, steal: steal)
    }
}
