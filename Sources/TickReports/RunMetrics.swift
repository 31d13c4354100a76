public import TickScheduling
public import TickTime

/// A run as metrics, at any time while it goes on and at its end.
public struct RunMetrics: Sendable {
    /// One session, so far.
    public struct Session: Sendable {
        public var name: String
        public var rate: FrameRate
        public var statistics: SessionStatistics

        public init(name: String, rate: FrameRate, statistics: SessionStatistics) {
            self.name = name
            self.rate = rate
            self.statistics = statistics
        }
    }

    /// What is known of the clocks.
    public struct Clocks: Sendable {
        public var utcDivergence: Nanoseconds?
        public var utcSteps: Int64 = 0
        public var lostRecords: Int64 = 0
        public var quality: UTCSource?
        public var isTraceable = false
        /// How far the time may be from true UTC, or untraceable from the cluster's clocks.
        public var bound: Nanoseconds?

        public init() {}
    }

    /// The edges of the histograms' buckets.
    static let edges: [Nanoseconds] = [
        1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 1_000_000,
    ].map { .microseconds($0) }

    /// - Parameters:
    ///   - sessions: every one that was in the loop.
    ///   - written: when, by this host's UTC.
    public static func text(
        name: String, version: String, sessions: [Session], latencies: LatencyStatistics, clocks: Clocks,
        written: UTCInstant
    ) -> String {
        var metrics = MetricsText()
        metrics.family("tickrun_run_info", .gauge, "The run, and what wrote these metrics; always 1.")
        metrics.sample("tickrun_run_info", [("run", name), ("version", version)], 1)
        metrics.family("tickrun_session_rate_frames_per_second", .gauge, "The frame rate; the label has it exactly.")
        for one in sessions {
            metrics.fraction(
                "tickrun_session_rate_frames_per_second", [("session", one.name), ("rate", one.rate.rational)],
                Int64(one.rate.numerator), Int64(one.rate.denominator))
        }
        metrics.counts(sessions)
        metrics.histogram(
            "tickrun_tick_start_lateness_seconds", "From a tick's deadline to its start, all sessions together.",
            latencies.startLateness)
        metrics.histogram(
            "tickrun_tick_wake_latency_seconds", "From a tick's deadline to the wake, where the loop slept for it.",
            latencies.wakeLatency)
        metrics.histogram("tickrun_tick_work_seconds", "How long handlers ran.", latencies.work)
        metrics.clocks(clocks)
        metrics.family("tickrun_metrics_written_timestamp_seconds", .gauge, "When these metrics were written, UTC.")
        metrics.seconds("tickrun_metrics_written_timestamp_seconds", nanoseconds: Int128(written.nanoseconds))
        return metrics.text
    }
}

extension MetricsText {
    fileprivate mutating func perSession(
        _ name: String, _ kind: Kind, _ help: String, _ sessions: [RunMetrics.Session],
        _ value: (SessionStatistics) -> Int64
    ) {
        family(name, kind, help)
        for one in sessions { sample(name, [("session", one.name)], value(one.statistics)) }
    }

    fileprivate mutating func counts(_ sessions: [RunMetrics.Session]) {
        perSession("tickrun_ticks_delivered_total", .counter, "Ticks whose handler returned.", sessions) {
            $0.delivered
        }
        perSession("tickrun_ticks_skipped_total", .counter, "Ticks that were passed over.", sessions) { $0.skipped }
        perSession(
            "tickrun_ticks_overdue_total", .counter, "Ticks that were due when the handler before them returned.",
            sessions
        ) { $0.overdue }
        family("tickrun_ticks_late_total", .counter, "Delivered ticks that were not on time, by cause.")
        for one in sessions {
            for cause in LatenessCause.allCases {
                sample(
                    "tickrun_ticks_late_total", [("session", one.name), ("cause", cause.name)],
                    one.statistics.lateCount(by: cause))
            }
        }
        family("tickrun_ticks_classified_total", .counter, "Delivered ticks by how late they started.")
        for one in sessions {
            for lateness in LatenessClass.allCases {
                sample(
                    "tickrun_ticks_classified_total", [("session", one.name), ("class", lateness.name)],
                    one.statistics.count(of: lateness))
            }
        }
        perSession(
            "tickrun_consecutive_late_ticks", .gauge, "Ticks in a row, up to the last, that were not on time.",
            sessions
        ) { $0.consecutiveLate }
        family("tickrun_grid_drift_seconds", .gauge, "Of the deadlines, against the grid recomputed; always 0.")
        for one in sessions {
            seconds(
                "tickrun_grid_drift_seconds", [("session", one.name)], nanoseconds: Int128(one.statistics.drift.count))
        }
        family("tickrun_last_tick_timestamp_seconds", .gauge, "The deadline of the last delivered tick, UTC.")
        for one in sessions {
            guard let last = one.statistics.last else { continue }
            seconds(
                "tickrun_last_tick_timestamp_seconds", [("session", one.name)],
                nanoseconds: Int128(last.deadlineUTC.nanoseconds))
        }
    }

    fileprivate mutating func clocks(_ clocks: RunMetrics.Clocks) {
        if let divergence = clocks.utcDivergence {
            family(
                "tickrun_utc_divergence_seconds", .gauge,
                "This host's UTC against the monotonic clock, since the sessions were anchored.")
            seconds("tickrun_utc_divergence_seconds", nanoseconds: Int128(divergence.count))
        }
        family("tickrun_utc_steps_total", .counter, "Steps of this host's UTC, seen by divergence.")
        sample("tickrun_utc_steps_total", [], clocks.utcSteps)
        family("tickrun_records_lost_total", .counter, "Tick records that found the ring full.")
        sample("tickrun_records_lost_total", [], clocks.lostRecords)
        if let quality = clocks.quality {
            family("tickrun_time_quality", .gauge, "What the time of day rests on: 1 for the source in use.")
            for source in UTCSource.allCases {
                sample("tickrun_time_quality", [("source", source.rawValue)], source == quality ? 1 : 0)
            }
            family("tickrun_time_traceable", .gauge, "Whether the time of day is bounded against UTC.")
            sample("tickrun_time_traceable", [], clocks.isTraceable ? 1 : 0)
        }
        if let bound = clocks.bound {
            family(
                "tickrun_time_bound_seconds", .gauge,
                "How far the time of day may be from true UTC; not traceable: from the cluster's clocks.")
            seconds("tickrun_time_bound_seconds", nanoseconds: Int128(bound.count))
        }
    }

    fileprivate mutating func fraction(
        _ name: String, _ labels: [(String, String)], _ numerator: Int64, _ denominator: Int64
    ) {
        // Six decimals show every rate that has a name.
        let scaled = Int128(numerator) * 1_000_000_000 / Int128(denominator)
        seconds(name, labels, nanoseconds: scaled)
    }

    /// A histogram whose buckets say how many values were no greater than their edge.
    fileprivate mutating func histogram(_ name: String, _ help: String, _ values: borrowing LatencyHistogram) {
        family(name, .histogram, help)
        for edge in RunMetrics.edges {
            sample(
                "\(name)_bucket", [("le", Self.seconds(Int128(edge.count)))], values.count - values.count(above: edge))
        }
        sample("\(name)_bucket", [("le", "+Inf")], values.count)
        seconds("\(name)_sum", nanoseconds: values.sumOfValues)
        sample("\(name)_count", [], values.count)
    }
}
