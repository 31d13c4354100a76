import TickLinux
import TickTime

/// A run's checked settings, besides its plan.
package struct RunSettings {
    /// What the run shows while it goes on.
    package struct Observing {
        /// `--json`: one object a tick.
        var writesTicks: Bool
        var showsProgress: Bool
        /// `--quiet`: only incidents that a good run does not have.
        var isQuiet: Bool
        /// `--log none`: no incident is logged.
        var logs: Bool
        /// Whether the run uses the whole terminal.
        var showsLive: Bool
        /// Whether a page will be made.
        var keepsTrace = false

        package init(
            writesTicks: Bool = false, showsProgress: Bool = false, isQuiet: Bool = false, logs: Bool = true,
            showsLive: Bool = false
        ) {
            self.writesTicks = writesTicks
            self.showsProgress = showsProgress
            self.isQuiet = isQuiet
            self.logs = logs
            self.showsLive = showsLive
        }
    }

    package var program: RunProgram
    package var observing: Observing
    package var files: RunFiles
    package var journal: RunJournal
    package var metrics: RunMetricsFile?
    package var gate: RunSyncGate?
    package var cluster: RunClusterPlan?
    /// What the program does at the ticks of a session, by the session's name.
    var handlers: [String: TickHandler] = [:]
    var readsSignals = true
    var stop: RunStop?

    package init(
        _ observing: Observing, program: RunProgram, files: RunFiles, journal: RunJournal, metrics: RunMetricsFile?,
        gate: RunSyncGate?, cluster: RunClusterPlan?
    ) {
        self.observing = observing
        self.program = program
        self.files = files
        self.journal = journal
        self.metrics = metrics
        self.gate = gate
        self.cluster = cluster
    }

    /// - Throws: `RunFailure` with exit code 2 if a name or a length of time is invalid, or if a handler names a session
    ///   that the plan does not have.
    init(_ options: RunOptions, _ plan: RunPlan) throws(RunFailure) {
        let names = OutputNames(run: plan.name, begin: HostClock.utc())
        var observing = Observing()
        observing.logs = options.logsIncidents
        let sessions = plan.sessions.map(\.id)
        if let unknown = options.handlers.keys.sorted().first(where: { !sessions.contains($0) }) {
            throw .usage("handlers: the plan has no session '\(unknown)'; it has \(sessions.joined(separator: ", "))")
        }
        self.init(
            observing, program: options.program,
            files: try RunFiles(options.reports, program: options.program, names: names),
            journal: try RunJournal(options.journal?.path, options.journal?.sync, names),
            metrics: try options.metrics.map { (metrics) throws(RunFailure) in
                try RunMetricsFile(metrics.path, every: metrics.interval)
            }, gate: options.gate,
            cluster: options.cluster)
        handlers = options.handlers
        readsSignals = options.readsSignals
        stop = options.stop
    }
}
