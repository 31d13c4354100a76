import ClusterClock
import Glibc
import TickConfiguration
import TickJournal
import LinuxService
import TickLinux
import TickReports
import TickScheduling
import TickTime

/// One run, from the plan to the summary.
///
///     let session = SessionProfile(id: "main", rate: .fps25, length: .duration(.seconds(10)))
///     let plan = try RunPlan(Profile(name: "evening", sessions: [session]))
///     let result = try RunExecution.run(plan)
///     print(result.summary.verdict, result.exitCode)
public enum RunExecution {
    /// How often the main thread looks whether the loop has ended.
    private static let pollInterval = Nanoseconds.milliseconds(20)

    /// Runs a plan on the clocks of this host, and returns when it is over.
    ///
    /// The calling thread waits, looks after files, signals and the service manager (NOTIFY_SOCKET), and writes what
    /// the options ask for; ticks pass on a thread of their own. Incidents and complaints are lines on standard error
    /// (see `Commentary`). A program runs one plan at a time, and must ignore SIGPIPE.
    ///
    /// - Returns: the result. It says whether a level was missed or a file is incomplete.
    /// - Throws: `RunFailure` if the run did not begin: 2 an option is wrong, 3 the clock is not proved synchronized, 65
    ///   a file is wrong, 69 something is not there, 77 a permission is missing, 78 plan, cluster, keys or host
    ///   contradict each other.
    public static func run(_ plan: RunPlan, _ options: RunOptions = RunOptions()) throws(RunFailure) -> RunResult {
        try run(plan, RunSettings(options, plan))
    }

    /// The same, with settings from a command line.
    package static func run(_ plan: RunPlan, _ settings: RunSettings) throws(RunFailure) -> RunResult {
        try settings.journal.check()
        try settings.files.check()
        let (summary, observation) = try measured(plan, settings)
        let failures = [settings.journal.failure].compactMap(\.self) + observation.writeFiles(summary)
        return RunResult(summary: summary, outputFailure: observation.outputFailure, fileFailures: failures)
    }

    /// The run up to its summary; the member of a cluster within it has stopped.
    private static func measured(
        _ plan: RunPlan, _ settings: RunSettings
    ) throws(RunFailure) -> (RunSummary, RunObservation) {
        let interrupts: RunInterrupts
        do { interrupts = try RunInterrupts(settings) } catch { throw .unavailable("\(error)") }
        let node = try settings.cluster.map { (plan) throws(RunFailure) in try RunCluster(plan) }
        defer { node?.stop() }
        if let node, let cluster = settings.cluster,
            let complaint = try node.waitForTime(atMost: cluster.wait, interrupts)
        {
            // Printed even with --quiet, because it changes what the run means.
            Commentary.say(complaint)
        }
        var notices = ServiceNotices(ServiceManager())
        let timeSync: RunSummary.TimeSync? =
            if let gate = settings.gate { try gate.pass(node, interrupts, &notices, settings.program) } else { nil }
        let stealBefore = try? HostProbe.cpuTime()
        let observation = RunObservation(
            plan, settings, cluster: node, hasServiceManager: notices.isWanted,
            endingSoFar: soFar(plan, timeSync, stealBefore))
        let runner = try settings.journal.start(
            requests(plan, settings.handlers, node), plan, options(plan, node), observation.observer,
            .init(program: settings.program, timeSync: timeSync, cluster: node))
        warnOfEndedPlans(plan, runner.beginning)
        notices.ready()
        notices.tell("STATUS=\(plan.name): \(plan.sessions.count) sessions")
        let interruption = waitForEnd(
            runner, plan, node, interrupts, observation, isQuiet: settings.observing.isQuiet
        ) {
            observation.serve(&notices, runNamed: plan.name)
        }
        notices.tell("STOPPING=1")
        let ending = runner.wait()
        observation.observer.finish(ending)
        settings.journal.finish(ending)
        let summary = summary(
            plan, runner.beginning, ending, observation, node, timeSync, interruption, steal: stealSince(stealBefore))
        return (summary, observation)
    }

    private static func warnOfEndedPlans(_ plan: RunPlan, _ beginning: TickRunner.Beginning) {
        for (session, addition) in zip(plan.sessions, beginning.sessions) {
            let end = addition.blocks?.end
            let warning = addition.plan.warning(ofPlanEnding: end, epoch: addition.epoch, session: session.id)
            if let warning { Commentary.say(warning) }
        }
    }

    private static func requests(
        _ plan: RunPlan, _ handlers: [String: TickHandler], _ node: RunCluster?
    ) -> [SessionRequest] {
        let now = node?.time.now.time ?? HostClock.utc()
        return plan.sessions.map { session in
            let work = session.profile.work
            // A session without work needs no handler: its ticks pass through the loop all the same.
            let simulated = work > .zero ? TickHandler { _ in HostClock.spin(for: work) } : nil
            return SessionRequest(
                session.plan, alignment: session.profile.alignment, blocks: session.profile.sessionBlocks(at: now),
                handler: handlers[session.id] ?? simulated)
        }
    }

    private static func options(_ plan: RunPlan, _ node: RunCluster?) -> TickRunnerOptions {
        let succeeded = plan.sessions.filter { $0.profile.channel.succeedAt != nil }
        return TickRunnerOptions(
            loop: TickLoopOptions(
                wait: plan.wait, spinBudgetPercent: plan.spinBudgetPercent,
                ringCapacity: TickRunnerOptions.defaultRingCapacity,
                // The session on air, its predecessor and its successor, each with the whole plan.
                spareSessions: 2 * succeeded.count, spareBlocks: 2 * succeeded.reduce(0) { $0 + $1.blockNames.count },
                time: node?.time),
            thread: ThreadRequest(
                fifoPriority: plan.realtime.fifoPriority, cpu: plan.realtime.cpu,
                lockMemory: plan.realtime.lockMemory))
    }

    /// - Returns: the reason if the run ended before its plan did.
    private static func waitForEnd(
        _ runner: TickRunner, _ plan: RunPlan, _ node: RunCluster?, _ interrupts: borrowing RunInterrupts,
        _ observation: RunObservation, isQuiet: Bool, eachTurn: () -> Void
    ) -> RunSummary.Ending? {
        var interruption: RunSummary.Ending?
        var housekeeping = node.map { NodeHousekeeping($0.service) }
        var succession = RunSuccession(plan, runner.beginning.sessions)
        while !runner.isFinished {
            eachTurn()
            for text in housekeeping?.lookOnceASecond() ?? [] {
                RunProgress.eraseLine()
                Commentary.say(text)
            }
            succession.look(runner.control, at: node?.time.now.time ?? HostClock.utc()) { complaint in
                RunProgress.eraseLine()
                Commentary.say(complaint)
            }
            if interrupts.isStopRequested, interruption == nil {
                interruption = .request
                runner.control.requestStop()
            }
            guard let signal = interrupts.wait(for: pollInterval) else { continue }
            if signal == SIGUSR1 {
                observation.requestReport()
                continue
            }
            if interruption == .signal {
                LiveScreen.restoreIfShown()
                RunProgress.eraseLine()
                Commentary.say("aborted by a second signal (\(InterruptWatch.name(of: signal))); no report")
                _exit(130)
            }
            interruption = .signal
            runner.control.requestStop()
            if isQuiet { continue }
            RunProgress.eraseLine()
            Commentary.say(
                "\(InterruptWatch.name(of: signal)): finishing the tick; a second signal aborts without a report")
        }
        return interruption
    }

    /// The kernel counts in ticks of USER_HZ, a hundredth of a second.
    private static func stealSince(_ before: (total: Int64, stolen: Int64)?) -> Nanoseconds? {
        guard let before, let after = try? HostProbe.cpuTime() else { return nil }
        return Nanoseconds(10_000_000).saturatingTimes(after.stolen &- before.stolen)
    }

    private static func summary(
        _ plan: RunPlan, _ beginning: TickRunner.Beginning, _ ending: TickRunner.Ending,
        _ observation: RunObservation, _ node: RunCluster?, _ timeSync: RunSummary.TimeSync?,
        _ interruption: RunSummary.Ending?, steal: Nanoseconds?
    ) -> RunSummary {
        let run = observation.observer.run
        return run.summary(
            RunAccumulator.Ending(
                observation.outputFailure != nil ? .output : interruption ?? .ticks,
                clocks: RunSummary.Clocks(
                    divergence: ending.clocks.divergence, rate: ending.clocks.rate, timesSet: ending.clocks.timesSet,
                    lostRecords: ending.clocks.lostRecords),
                wait: wait(plan, ending.spin), host: host(beginning.grants, steal),
                tickThreadCPU: ending.tickThreadCPU, processCPU: ending.processCPU, elapsed: ending.elapsed,
                timeSync: timeSync, cluster: node?.summary(run.timestamps)))
    }

    /// The part of the report so far that was not accumulated. How the loop waits and what the tick thread's CPU
    /// was is known at the end.
    private static func soFar(
        _ plan: RunPlan, _ timeSync: RunSummary.TimeSync?, _ stealBefore: (total: Int64, stolen: Int64)?
    ) -> ([HostGrant]) -> RunAccumulator.Ending {
        let (begin, processCPU) = (HostClock.monotonic(), HostClock.processCPU())
        return { grants in
            RunAccumulator.Ending(
                .running,
                wait: RunSummary.Wait(strategy: plan.wait, margin: nil, isSpinning: false, stops: 0, lastStop: nil),
                host: host(grants, stealSince(stealBefore)), tickThreadCPU: .zero,
                processCPU: HostClock.processCPU() -| processCPU, elapsed: HostClock.monotonic() -| begin,
                timeSync: timeSync)
        }
    }

    private static func wait(_ plan: RunPlan, _ spin: SpinReport) -> RunSummary.Wait {
        RunSummary.Wait(
            strategy: plan.wait, margin: spin.isUsed ? spin.margin : nil, isSpinning: spin.isUsed && spin.isSpinning,
            stops: spin.stops, lastStop: spin.lastStop?.reason)
    }

    /// The host, as a journal keeps it.
    static func hostRecord() -> RunHostRecord {
        let (release, build) = (try? HostProbe.kernel()) ?? ("unknown", "")
        return RunHostRecord(
            host: HostUser.hostName, kernel: release,
            preemption: PreemptionModel(build: build)?.rawValue ?? "preemption model not reported",
            clockSource: (try? HostProbe.clockSource().current) ?? "unknown")
    }

    private static func host(_ grants: [HostGrant], _ steal: Nanoseconds?) -> RunSummary.Host {
        let record = hostRecord()
        return RunSummary.Host(
            kernel: record.kernel, preemption: record.preemption, clockSource: record.clockSource,
            grants: grants.map {
                .init(name: $0.name, detail: $0.detail, refusal: $0.refusal.map { "\($0)" }, remedy: $0.remedy)
            }, steal: steal)
    }
}
