import TickConfiguration
import TickLinux
import TickReports
import TickScheduling
import TickTime

/// The observer of one run with its views, and the main thread's work for them.
struct RunObservation {
    let observer: RunObserver
    private let ticks: TickLines?
    private let metrics: RunMetricsFile?
    private let reports: ReportWriter
    private let heartbeat: RunHeartbeat?

    /// - Parameters:
    ///   - cluster: the member of a cluster that runs within the run.
    ///   - hasServiceManager: whether a service manager takes the run's state.
    ///   - endingSoFar: the part of a report that was not accumulated, while the run goes on.
    init(
        _ plan: RunPlan, _ settings: RunSettings, cluster: RunCluster?, hasServiceManager: Bool,
        endingSoFar: @escaping ([HostGrant]) -> RunAccumulator.Ending
    ) {
        ticks = settings.observing.writesTicks ? TickLines() : nil
        metrics = settings.metrics
        reports = ReportWriter(settings.files, cpu: plan.realtime.cpu)
        heartbeat = hasServiceManager ? RunHeartbeat() : nil
        var views: [any RunView] = [RunScreen(settings.observing, first: plan.sessions.first?.id)]
        if let metrics { views.append(MetricsFeed(file: metrics, cluster: cluster, program: settings.program)) }
        if let heartbeat { views.append(HeartbeatFeed(heartbeat: heartbeat, cluster: cluster)) }
        views.append(ReportsFeed(reports, ending: endingSoFar))
        if let ticks { views.append(ticks) }
        observer = RunObserver(plan, cluster: cluster, views: views, keepsTrace: settings.files.wantsPage)
    }

    /// Why results could not be written to standard output; after the end of the run.
    var outputFailure: RunFailure? { ticks?.failure }

    /// Requests the report so far.
    func requestReport() { reports.request() }

    /// On the main thread, many times a second: writes what the views made, and tells the service manager.
    func serve(_ notices: inout ServiceNotices, runNamed name: String) {
        metrics?.write()
        reports.writeIfMade()
        guard let heartbeat else { return }
        if let status = heartbeat.takeStatus() { notices.tell("STATUS=\(name): \(status)") }
        notices.pet(delivered: heartbeat.delivered, nextDeadline: heartbeat.nextDeadline)
    }

    /// Writes the files of a run that is over.
    ///
    /// - Returns: why they are not whole: the reports, then the metrics.
    func writeFiles(_ summary: RunSummary) -> [RunFailure] {
        metrics?.write()
        let written = Result { () throws(RunFailure) in try reports.write(observer.run, summary) }
        return [written.failure, metrics?.failure].compactMap(\.self)
    }
}
