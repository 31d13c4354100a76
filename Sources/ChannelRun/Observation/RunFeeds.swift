// Views that pass a run on to the main thread, which writes files and talks to the service manager: a slow disk delays
// no record.

import TickLinux
import TickReports
import TickScheduling
import TickTime

/// Makes the metrics of a run, at each interval and at its end.
struct MetricsFeed: RunView {
    let file: RunMetricsFile
    let cluster: RunCluster?
    let program: RunProgram

    func drained(_ run: RunAccumulator, _ news: [RunAccumulator.News], at now: MonotonicInstant) {
        if file.isDue(at: now) { file.offer(text(run, isOver: false)) }
    }

    func finish(_ run: RunAccumulator, _ news: [RunAccumulator.News], at now: MonotonicInstant) {
        file.offer(text(run, isOver: true))
    }

    private func text(_ run: RunAccumulator, isOver: Bool) -> String {
        RunMetrics.text(
            run, file: file.name, version: program.version, cluster: cluster?.metrics, isOver: isOver,
            written: HostClock.utc())
    }
}

/// Passes a run's progress to the watchdog, and its state to the service manager.
struct HeartbeatFeed: RunView {
    let heartbeat: RunHeartbeat
    let cluster: RunCluster?

    func drained(_ run: RunAccumulator, _ news: [RunAccumulator.News], at now: MonotonicInstant) {
        heartbeat.write(
            delivered: run.sessions.reduce(0) { $0 + $1.statistics.delivered + $1.statistics.skipped },
            nextDeadline: run.sessions.compactMap(\.nextDeadline).min())
        if heartbeat.isStatusDue(at: now) { heartbeat.offer(status: RunStatus(run, cluster).text) }
    }
}

/// Makes the report so far, on request.
struct ReportsFeed: RunView {
    let reports: ReportWriter
    /// The part of the report that was not accumulated, from the host's grants.
    let ending: ([HostGrant]) -> RunAccumulator.Ending
    private var grants: [HostGrant] = []

    init(_ reports: ReportWriter, ending: @escaping ([HostGrant]) -> RunAccumulator.Ending) {
        self.reports = reports
        self.ending = ending
    }

    mutating func began(_ beginning: TickRunner.Beginning, control: LoopControl) { grants = beginning.grants }

    func drained(_ run: RunAccumulator, _ news: [RunAccumulator.News], at now: MonotonicInstant) {
        reports.makeIfRequested(run) { ending(grants) }
    }
}
