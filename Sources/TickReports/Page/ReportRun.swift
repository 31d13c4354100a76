public import TickScheduling
public import TickTime

/// The content of a page about one run: a run that has just ended, or a journal.
public struct ReportRun {
    /// One session, as a table shows it.
    public struct ChartedSession: Sendable {
        public var name: String
        public var rate: FrameRate
        public var policy: String
        public var statistics: SessionStatistics
        public var lastTimecode: String?
        public var levels: [ServiceLevelResult]

        public init(
            name: String, rate: FrameRate, policy: String, statistics: SessionStatistics, lastTimecode: String?,
            levels: [ServiceLevelResult]
        ) {
            self.name = name
            self.rate = rate
            self.policy = policy
            self.statistics = statistics
            self.lastTimecode = lastTimecode
            self.levels = levels
        }
    }

    /// A tick that was not on time.
    public struct LateTick: Sendable {
        public var utc: UTCInstant
        public var session: String
        public var tick: Int64
        public var timecode: String?
        public var lateness: Nanoseconds
        public var lateClass: LatenessClass
        public var cause: LatenessCause
        public var skipped: Int64
        public var rate: FrameRate

        public init(
            utc: UTCInstant, session: String, tick: Int64, timecode: String?, lateness: Nanoseconds,
            lateClass: LatenessClass, cause: LatenessCause, skipped: Int64, rate: FrameRate
        ) {
            self.utc = utc
            self.session = session
            self.tick = tick
            self.timecode = timecode
            self.lateness = lateness
            self.lateClass = lateClass
            self.cause = cause
            self.skipped = skipped
            self.rate = rate
        }

        /// How late it was in frames of its session.
        public var frames: Double {
            Double(lateness.count) * Double(rate.numerator) / (Double(rate.denominator) * 1e9)
        }
    }

    public var name: String
    public var verdict: RunVerdict
    /// A sentence after the verdict.
    public var headline: String
    /// Name and value, in order.
    public var environment: [(name: String, value: String)]
    public var sessions: [ChartedSession]
    public var timeline: RunTimeline
    public var lateTicks: [LateTick]
    /// Late ticks beyond those that were kept.
    public var furtherLateTicks: Int64
    public var incidents: [RunIncident]
    public var furtherIncidents: Int
    public var begin: UTCInstant
    public var elapsed: Nanoseconds
    /// Of all sessions together.
    public var latencies: LatencyStatistics

    /// The most late ticks that are kept.
    public static let lateTickLimit = 1_000

    public init(
        name: String, verdict: RunVerdict, headline: String, environment: [(name: String, value: String)],
        sessions: [ChartedSession], timeline: RunTimeline, lateTicks: [LateTick], furtherLateTicks: Int64,
        incidents: [RunIncident], furtherIncidents: Int, begin: UTCInstant, elapsed: Nanoseconds,
        latencies: LatencyStatistics
    ) {
        self.name = name
        self.verdict = verdict
        self.headline = headline
        self.environment = environment
        self.sessions = sessions
        self.timeline = timeline
        self.lateTicks = lateTicks
        self.furtherLateTicks = furtherLateTicks
        self.incidents = incidents
        self.furtherIncidents = furtherIncidents
        self.begin = begin
        self.elapsed = elapsed
        self.latencies = latencies
    }
}

extension RunAccumulator {
    /// What a page shows of the run.
    ///
    /// - Parameters:
    ///   - environment: where and how it ran; `nil`: from the summary.
    ///   - remark: added to the headline.
    public func page(
        _ summary: RunSummary, environment: [(name: String, value: String)]? = nil, remark: String = ""
    ) -> ReportRun {
        let trace = trace ?? RunTrace()
        return ReportRun(
            name: summary.name, verdict: summary.verdict, headline: summary.account + remark,
            environment: environment ?? summary.environment,
            sessions: summary.sessions.map { session in
                ReportRun.ChartedSession(
                    name: session.id, rate: session.plan.rate, policy: session.plan.policy.name,
                    statistics: session.statistics, lastTimecode: session.lastTimecode, levels: session.levels)
            },
            timeline: trace.timeline, lateTicks: trace.lateTicks, furtherLateTicks: trace.furtherLateTicks,
            incidents: summary.incidents, furtherIncidents: summary.furtherIncidents, begin: beginning,
            elapsed: summary.elapsed, latencies: total)
    }
}
