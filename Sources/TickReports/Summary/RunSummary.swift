public import TickScheduling
public import TickTime

/// The result of one run of a loop: everything that the report states, as values.
public struct RunSummary: Sendable {
    /// The profile's name, or the rate.
    public var name: String
    /// Why the run ended.
    public var ending: Ending
    public var sessions: [JudgedSession]
    /// All sessions together.
    public var latencies: Latencies
    public var clocks: Clocks
    public var wait: Wait
    public var host: Host
    /// The clock check before the run, if there was one.
    public var timeSync: TimeSync?
    /// The member of a cluster, if one ran.
    public var cluster: Cluster?
    /// CPU time of the tick thread and of the process, and the time that the loop ran.
    public var tickThreadCPU: Nanoseconds
    public var processCPU: Nanoseconds
    public var elapsed: Nanoseconds
    /// What happened, in the order in which it began; at most `RunAccumulator.incidentLimit`.
    public var incidents: [RunIncident]
    /// Incidents beyond the limit, counted only.
    public var furtherIncidents: Int
    /// The sources of the ticks' timestamps; `nil` if they had none.
    public var timestamps: TimestampTally?
    /// How much of its time the loop needed, per session.
    package var load: LoadSummary?
    /// The effect of a CPU quota; `nil` without one.
    package var throttling: ThrottleSummary?

    public enum Ending: String, Sendable {
        /// Every session delivered or skipped all its ticks.
        case ticks
        /// SIGINT, SIGTERM or SIGHUP.
        case signal
        /// The program that runs it stopped it.
        case request
        /// Nothing: the run continues, and this is an interim report.
        case running
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
        /// The least and the greatest `start − deadline`; `nil` without a tick.
        public let deadlineLateness: ClosedRange<Nanoseconds>?
        /// Ticks that started before their deadline, as a lead allows.
        public let beforeDeadline: Int64

        public init(_ statistics: LatencyStatistics) {
            wakeLatency = Percentiles(statistics.wakeLatency)
            startLateness = Percentiles(statistics.startLateness)
            work = Percentiles(statistics.work)
            deadlineLateness = statistics.deadlineLateness
            beforeDeadline = statistics.beforeDeadline
        }
    }

    public struct JudgedSession: Sendable {
        public var id: String
        public var plan: SessionPlan
        public var statistics: SessionStatistics
        /// `nil` if a loop has too many sessions for a histogram of each.
        public var latencies: Latencies?
        /// The labels of its frames; `nil` shows none.
        public var timecode: SessionTimecode?
        /// Its plan, succession and house time, if it has any.
        public var channel: Channel
        /// Whether it delivered or skipped every tick of its own.
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
        /// UTC against the monotonic clock at the last reading, and the uncertainty; the bound is `nil` if only a
        /// journal is known.
        public var divergence: Nanoseconds?
        public var divergenceBound: Nanoseconds?
        /// Steps of UTC, seen by divergence, and suspends.
        public var steps: ClockTally.Jumps
        public var suspends: ClockTally.Jumps
        /// CLOCK_MONOTONIC against the raw oscillator; `nil` if only a journal is known.
        public var rate: MonotonicRate?
        /// How often timerfd reported that CLOCK_REALTIME was set; `nil` if the host refused it.
        public var timesSet: Int64?
        /// Records that a full ring dropped.
        public var lostRecords: Int64

        /// The measurements of a live run's monitors.
        public init(divergence: DivergenceMonitor, rate: MonotonicRate, timesSet: Int?, lostRecords: Int) {
            self.divergence = divergence.last?.utcDivergence
            divergenceBound = divergence.last?.bound
            steps = ClockTally.Jumps(divergence.steps)
            suspends = ClockTally.Jumps(divergence.suspends)
            self.rate = rate
            self.timesSet = timesSet.map { Int64($0) }
            self.lostRecords = Int64(lostRecords)
        }

        /// The accumulated counts: of a run that continues, or of a journal.
        public init(_ tally: ClockTally) {
            divergence = tally.divergence
            steps = tally.steps
            suspends = tally.suspends
            timesSet = tally.sets
            lostRecords = tally.lostRecords
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
        /// CPU time that the hypervisor took from all CPUs during the run, in whole clock ticks of the kernel (10
        /// ms); `nil` if the kernel does not report it.
        public var steal: Nanoseconds?

        public init(kernel: String, preemption: String, clockSource: String, grants: [Grant], steal: Nanoseconds?) {
            self.kernel = kernel
            self.preemption = preemption
            self.clockSource = clockSource
            self.grants = grants
            self.steal = steal
        }
    }

    /// What was measured, with what only the end of the run shows.
    public init(
        name: String, sessions: [JudgedSession], latencies: Latencies, clocks: Clocks,
        incidents: [RunIncident], furtherIncidents: Int, _ end: RunAccumulator.Ending
    ) {
        self.name = name
        self.sessions = sessions
        self.latencies = latencies
        self.clocks = clocks
        self.incidents = incidents
        self.furtherIncidents = furtherIncidents
        (ending, wait, host) = (end.ending, end.wait, end.host)
        (tickThreadCPU, processCPU, elapsed) = (end.tickThreadCPU, end.processCPU, end.elapsed)
        (timeSync, cluster) = (end.timeSync, end.cluster)
    }
}
