public import TickLinux
public import TickTime

/// What a run does besides its ticks. By default it logs incidents, reads signals, and writes no file.
public struct RunOptions: Sendable {
    /// A journal: every tick, change and incident, for `tickrun replay`.
    public struct Journal: Hashable, Sendable {
        /// The file, which is created; a name that is taken gets a number. It may hold `%{run}`, `%{date}` and
        /// `%{time}`, which are filled in.
        public var path: String
        /// When records are flushed to the disk.
        public var sync: JournalSync

        public init(_ path: String, sync: JournalSync = .second) {
            self.path = path
            self.sync = sync
        }
    }

    /// Prometheus metrics in a file that is replaced now and then.
    public struct Metrics: Hashable, Sendable {
        /// The file; its name ends in `.prom`.
        public var path: String
        /// How often, at least a tenth of a second.
        public var interval: Nanoseconds

        public init(_ path: String, every interval: Nanoseconds = .seconds(5)) {
            self.path = path
            self.interval = interval
        }
    }

    /// The program that journals, reports, metrics and results of checks name as their maker.
    public var program = RunProgram.ofThisProcess
    /// What the program does at each tick of a session, by the session's name in the plan. A session's successors keep
    /// its handler. It takes the place of the profile's `work`, which only simulates work.
    ///
    /// A handler runs on the loop's thread, between the wake and the next tick. All its work delays the ticks of all
    /// sessions. So it allocates nothing, takes no lock, makes no system call that can block, prints nothing, and
    /// starts no `async` work. It leaves slow work to another thread, through memory that exists before the run begins,
    /// such as an atomic or a ring. It must return: if it has not returned after a second, that is an incident, and the
    /// run cannot end. It must not call `RunExecution`.
    public var handlers: [String: TickHandler] = [:]
    public var journal: Journal?
    /// Files of the report, by their endings: `.html`, `.hgrm`, `.hlog`, `.cyclictest.json`. Placeholders as in a
    /// journal's path.
    public var reports: [String] = []
    public var metrics: Metrics?
    /// Lets the run begin only if the clock is proved synchronized.
    public var gate: RunSyncGate?
    /// The member of a cluster that runs within the run and stamps its ticks.
    public var cluster: RunClusterPlan?
    /// Whether incidents are reported as they happen, at most one line a second of each kind.
    public var logsIncidents = true
    /// Whether the run reads signals. The first SIGINT, SIGTERM or SIGHUP ends the run, the second ends the process
    /// (130); SIGUSR1 asks for the report so far. These signals are blocked in the calling thread and stay blocked.
    /// Threads that the program had before must block them too.
    public var readsSignals = true
    /// Ends the run when the program wants it.
    public var stop: RunStop?

    public init() {}
}
