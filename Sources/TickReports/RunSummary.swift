public import TickScheduling
public import TickTime

/// What one run of a loop amounted to: everything that the report says, as values.
public struct RunSummary: Sendable {
    /// The profile's name, or the rate that was run.
    public var name: String
    /// What ended the run.
    public var ending: Ending
    public var sessions: [Session]
    /// All sessions together.
    public var latencies: Latencies
    public var clocks: Clocks
    public var wait: Wait
    public var host: Host
    /// The check that let the run begin, if one was asked for.
    public var timeSync: TimeSync?
    /// The member of a cluster, if one ran.
    public var cluster: Cluster?
    /// CPU time of the tick thread and of the process, and the time that the loop ran.
    public var tickThreadCPU: Nanoseconds
    public var processCPU: Nanoseconds
    public var elapsed: Nanoseconds
    /// What happened that no tick says, oldest first; at most `incidentLimit`.
    public var incidents: [Incident]
    /// Incidents beyond the limit, counted only.
    public var furtherIncidents: Int

    public static let incidentLimit = 1_000

    public enum Ending: String, Sendable {
        /// Every session delivered or skipped all its ticks.
        case ticks
        /// SIGINT or SIGTERM.
        case signal
        /// Results could no longer be written.
        case output
    }

    /// Percentiles of one histogram.
    public struct Percentiles: Hashable, Sendable {
        public let count: Int64
        public let minimum: Nanoseconds?
        public let p50: Nanoseconds?
        public let p90: Nanoseconds?
        public let p99: Nanoseconds?
        public let p999: Nanoseconds?
        public let maximum: Nanoseconds?

        public init(_ histogram: borrowing LatencyHistogram) {
            count = histogram.count
            minimum = histogram.minimum
            p50 = histogram.value(atPercentile: 50)
            p90 = histogram.value(atPercentile: 90)
            p99 = histogram.value(atPercentile: 99)
            p999 = histogram.value(atPercentile: 99.9)
            maximum = histogram.maximum
        }
    }

    public struct Latencies: Hashable, Sendable {
        public let wakeLatency: Percentiles
        public let startLateness: Percentiles
        public let work: Percentiles
        /// Ticks that started before their deadline, as a lead lets them: their lateness, which is negative,
        /// stands as 0 in the percentiles.
        public let beforeDeadline: Int64

        public init(_ statistics: LatencyStatistics) {
            wakeLatency = Percentiles(statistics.wakeLatency)
            startLateness = Percentiles(statistics.startLateness)
            work = Percentiles(statistics.work)
            beforeDeadline = statistics.startLateness.negativeCount
        }
    }

    public struct Session: Sendable {
        public var id: String
        public var plan: SessionPlan
        public var statistics: SessionStatistics
        /// `nil` where a loop has too many sessions for histograms of each.
        public var latencies: Latencies?
        /// How its frames are labelled; `nil` shows none.
        public var timecode: SessionTimecode?
        /// Its plan, succession and house time, where it has any.
        public var channel: Channel
        /// Whether it delivered or skipped every tick that it owned.
        public var isComplete: Bool
        /// Its service levels and what was measured; empty until `judge`.
        public internal(set) var levels: [ServiceLevelResult] = []

        public init(
            id: String, plan: SessionPlan, statistics: SessionStatistics, latencies: Latencies?,
            timecode: SessionTimecode?, channel: Channel = Channel(), isComplete: Bool
        ) {
            self.id = id
            self.plan = plan
            self.statistics = statistics
            self.latencies = latencies
            self.timecode = timecode
            self.channel = channel
            self.isComplete = isComplete
        }
    }

    public struct Clocks: Sendable {
        /// UTC against the monotonic clock, from first to last.
        public var divergence: DivergenceMonitor
        public var rate: MonotonicRate
        /// How often timerfd saw CLOCK_REALTIME being set; `nil` where the host refused it.
        public var timesSet: Int?
        /// Records that a full ring dropped.
        public var lostRecords: Int

        public init(divergence: DivergenceMonitor, rate: MonotonicRate, timesSet: Int?, lostRecords: Int) {
            self.divergence = divergence
            self.rate = rate
            self.timesSet = timesSet
            self.lostRecords = lostRecords
        }
    }

    public struct Wait: Sendable {
        public var strategy: WaitStrategy
        /// The hybrid wait's margin at the end, whether it was spinning, how often it had stopped,
        /// and why it last did.
        public var margin: Nanoseconds?
        public var isSpinning: Bool
        public var stops: Int
        public var lastStop: SpinMargin.StopReason?

        public init(
            strategy: WaitStrategy, margin: Nanoseconds?, isSpinning: Bool, stops: Int,
            lastStop: SpinMargin.StopReason?
        ) {
            self.strategy = strategy
            self.margin = margin
            self.isSpinning = isSpinning
            self.stops = stops
            self.lastStop = lastStop
        }
    }

    public struct Host: Sendable {
        /// One request to the host and its answer; `refusal` names call and reason.
        public struct Grant: Hashable, Sendable {
            public let name: String
            public let detail: String
            public let refusal: String?
            public let remedy: String

            public init(name: String, detail: String, refusal: String?, remedy: String) {
                self.name = name
                self.detail = detail
                self.refusal = refusal
                self.remedy = remedy
            }
        }

        public var kernel: String
        public var preemption: String
        public var clockSource: String
        public var grants: [Grant]
        /// Time that the hypervisor took from all CPUs during the run, in whole clock ticks of the
        /// kernel (10 ms); `nil` where it is not told.
        public var steal: Nanoseconds?

        public init(kernel: String, preemption: String, clockSource: String, grants: [Grant], steal: Nanoseconds?) {
            self.kernel = kernel
            self.preemption = preemption
            self.clockSource = clockSource
            self.grants = grants
            self.steal = steal
        }
    }

    /// Something to say about the run, at a time.
    public struct Incident: Hashable, Sendable {
        public let kind: String
        public let utc: UTCInstant
        /// How far, long or many: a length, or the first of `handler_hangs`.
        public let size: Nanoseconds?
        public let text: String

        public init(kind: String, utc: UTCInstant, size: Nanoseconds?, text: String) {
            self.kind = kind
            self.utc = utc
            self.size = size
            self.text = text
        }
    }

    public init(
        name: String, ending: Ending, sessions: [Session], latencies: Latencies, clocks: Clocks, wait: Wait,
        host: Host, tickThreadCPU: Nanoseconds, processCPU: Nanoseconds, elapsed: Nanoseconds,
        incidents: [Incident], furtherIncidents: Int, cluster: Cluster? = nil, timeSync: TimeSync? = nil
    ) {
        self.timeSync = timeSync
        self.cluster = cluster
        self.name = name
        self.ending = ending
        self.sessions = sessions
        self.latencies = latencies
        self.clocks = clocks
        self.wait = wait
        self.host = host
        self.tickThreadCPU = tickThreadCPU
        self.processCPU = processCPU
        self.elapsed = elapsed
        self.incidents = incidents
        self.furtherIncidents = furtherIncidents
    }

    /// PASS: every service level was met, and nothing that may never happen did (an early start, a
    /// drift of the grid, a tick that no record explains).
    public var isPass: Bool {
        sessions.allSatisfy { failures(of: $0).isEmpty } && cluster.map { $0.timestamps.fallen == 0 } ?? true
    }

    /// What makes the run a FAIL, in `session`: levels by their keys, then what may never happen.
    func failures(of session: Session) -> [String] {
        var failures = session.levels.filter { !$0.isMet }.map(\.measure.rawValue)
        let statistics = session.statistics
        if statistics.early > 0 { failures.append("\(statistics.early) early starts") }
        if statistics.drift != .zero { failures.append("grid drift of \(statistics.drift.count) ns") }
        // Records that the full ring dropped explain a gap.
        if statistics.unexplained > 0, clocks.lostRecords == 0 {
            failures.append("\(statistics.unexplained) unexplained gaps")
        }
        return failures
    }

    public var verdict: String { isPass ? "PASS" : "FAIL" }
}
