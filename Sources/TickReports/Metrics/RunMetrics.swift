internal import TickScheduling
public import TickTime

/// A run as metrics, at any time while it goes on and at its end.
public enum RunMetrics {
    /// The edges of the histograms' buckets.
    static let edges: [Nanoseconds] = [
        1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 1_000_000,
    ].map { .microseconds($0) }

    /// The metrics of a run. Every series carries the labels `run` and `file`, so that several runs can share
    /// a folder.
    ///
    /// - Parameters:
    ///   - file: the name of the file for the metrics: it distinguishes two runs of one name.
    ///   - cluster: the state of the cluster member that runs within the run.
    ///   - isOver: whether the run has ended: alerts on old metrics then stop.
    ///   - written: when, by this host's UTC.
    public static func text(
        _ run: RunAccumulator, file: String, version: String, cluster: ClusterMetrics? = nil, isOver: Bool,
        written: UTCInstant
    ) -> String {
        let sessions = run.sessions
        var metrics = MetricsText(common: [("run", run.name), ("file", file)])
        metrics.family("tickrun_run_info", .gauge, "The run, and what wrote these metrics; always 1.")
        metrics.sample("tickrun_run_info", [("version", version)], 1)
        metrics.verdict(run.verdict, isOver: isOver)
        metrics.family("tickrun_session_rate_frames_per_second", .gauge, "The frame rate; the label has it exactly.")
        for one in sessions {
            metrics.fraction(
                "tickrun_session_rate_frames_per_second", [("session", one.name), ("rate", one.plan.rate.rational)],
                Int64(one.plan.rate.numerator), Int64(one.plan.rate.denominator))
        }
        metrics.counts(sessions)
        metrics.air(sessions)
        metrics.histogram(
            "tickrun_tick_start_lateness_seconds",
            "From the instant at which a tick's handler was to be called to its start, all sessions together.",
            run.total.startLateness)
        metrics.histogram(
            "tickrun_tick_wake_latency_seconds",
            "From the instant that the loop slept for to its wake.", run.total.wakeLatency)
        metrics.histogram("tickrun_tick_work_seconds", "How long handlers ran.", run.total.work)
        metrics.load(run)
        metrics.incidents(run.tallySoFar)
        metrics.clocks(run.clocks)
        metrics.time(run.timestamps.last)
        if let cluster { cluster.write(to: &metrics) }
        metrics.family("tickrun_metrics_written_timestamp_seconds", .gauge, "When these metrics were written, UTC.")
        metrics.seconds("tickrun_metrics_written_timestamp_seconds", nanoseconds: Int128(written.nanoseconds))
        return metrics.text
    }
}

extension MetricsText {
    fileprivate mutating func perSession(
        _ name: String, _ kind: Kind, _ help: String, _ sessions: [RunAccumulator.MeasuredSession],
        _ value: (SessionStatistics) -> Int64
    ) {
        family(name, kind, help)
        for one in sessions { sample(name, [("session", one.name)], value(one.statistics)) }
    }

    /// Ratios, as Prometheus has them: 1 is all of the loop's time.
    fileprivate mutating func load(_ run: RunAccumulator) {
        if let load = run.load.partsPerMillion {
            family(
                "tickrun_loop_load_ratio", .gauge,
                "Due work divided by the available time; above 1: overloaded.")
            fraction("tickrun_loop_load_ratio", [], load, 1_000_000)
            family("tickrun_session_load_ratio", .gauge, "Each session's share of the loop's load.")
            for one in run.sessions {
                fraction(
                    "tickrun_session_load_ratio", [("session", one.name)],
                    run.load.partsPerMillion(of: SessionID(index: one.number)), 1_000_000)
            }
        }
        if let total = run.throttle.total {
            family("tickrun_cpu_throttled_seconds_total", .counter, "For how long a CPU quota stopped the process.")
            seconds("tickrun_cpu_throttled_seconds_total", nanoseconds: Int128(total.time.count))
            family("tickrun_cpu_throttled_periods_total", .counter, "Quota periods in which the process was stopped.")
            sample("tickrun_cpu_throttled_periods_total", [], total.throttledPeriods)
        }
    }

    fileprivate mutating func counts(_ sessions: [RunAccumulator.MeasuredSession]) {
        perSession("tickrun_ticks_delivered_total", .counter, "Ticks whose handler returned.", sessions) {
            $0.delivered
        }
        perSession("tickrun_ticks_skipped_total", .counter, "Ticks that were skipped.", sessions) { $0.skipped }
        perSession(
            "tickrun_ticks_overdue_total", .counter, "Ticks that were already due when the previous handler returned.",
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
        family("tickrun_grid_drift_seconds", .gauge, "Deadlines minus the recomputed grid; always 0.")
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

    /// Of the sessions that have a gate.
    fileprivate mutating func air(_ sessions: [RunAccumulator.MeasuredSession]) {
        let gated = sessions.compactMap { one in one.statistics.air.map { (one.name, $0) } }
        guard !gated.isEmpty else { return }
        family("tickrun_tick_on_air", .gauge, "Whether the last tick was on air, fenced or unfenced.")
        for (name, air) in gated {
            sample("tickrun_tick_on_air", [("session", name)], air.last?.isOnAir == true ? 1 : 0)
        }
        family("tickrun_tick_unfenced", .gauge, "Whether the last tick was on air without a valid right.")
        for (name, air) in gated {
            sample("tickrun_tick_unfenced", [("session", name)], air.last?.isUnfenced == true ? 1 : 0)
        }
        family("tickrun_ticks_by_air_total", .counter, "Delivered ticks by whether they were on air.")
        for (name, air) in gated {
            for (state, count) in [
                ("on_air", air.onAir - air.unfenced), ("unfenced", air.unfenced), ("off_air", air.offAir),
            ] {
                sample("tickrun_ticks_by_air_total", [("session", name), ("air", state)], count)
            }
        }
        family("tickrun_fencing_number", .gauge, "The fencing number of the last tick on air.")
        for (name, air) in gated {
            if let number = air.fencingNumber { sample("tickrun_fencing_number", [("session", name)], number) }
        }
    }

    fileprivate mutating func verdict(_ verdict: RunVerdict, isOver: Bool) {
        family("tickrun_run_verdict", .gauge, "The verdict on the run so far: 1 for the current one.")
        for one in RunVerdict.allCases {
            sample("tickrun_run_verdict", [("verdict", one.rawValue)], one == verdict ? 1 : 0)
        }
        family("tickrun_run_ended", .gauge, "Whether the run has ended; if so, the label is its verdict.")
        sample("tickrun_run_ended", [("verdict", isOver ? verdict.rawValue : "")], isOver ? 1 : 0)
    }

    fileprivate mutating func incidents(_ tally: IncidentTally) {
        family("tickrun_incidents_total", .counter, "Incidents by kind, as the report lists them.")
        for kind in RunIncident.Kind.allCases {
            sample("tickrun_incidents_total", [("kind", kind.rawValue)], tally.count(of: kind))
        }
        family("tickrun_incident_greatest_seconds", .gauge, "The greatest incident of each kind that has a size.")
        for kind in RunIncident.Kind.allCases {
            guard let greatest = tally.greatest(of: kind) else { continue }
            seconds(
                "tickrun_incident_greatest_seconds", [("kind", kind.rawValue)], nanoseconds: Int128(greatest.count))
        }
    }

    fileprivate mutating func clocks(_ clocks: ClockTally) {
        if let divergence = clocks.divergence {
            family(
                "tickrun_utc_divergence_seconds", .gauge,
                "This host's UTC against the monotonic clock, since the sessions were anchored.")
            seconds("tickrun_utc_divergence_seconds", nanoseconds: Int128(divergence.count))
        }
        family("tickrun_utc_steps_total", .counter, "Steps of this host's UTC, seen by divergence.")
        sample("tickrun_utc_steps_total", [], clocks.steps.count)
        family("tickrun_records_lost_total", .counter, "Tick records that found the ring full.")
        sample("tickrun_records_lost_total", [], clocks.lostRecords)
    }

    /// The source of the time of day, and how far it may be off.
    mutating func time(_ stamp: StampedTime?) {
        guard let stamp else { return }
        family("tickrun_time_quality", .gauge, "The source of the time of day: 1 for the source in use.")
        for source in UTCSource.allCases {
            sample("tickrun_time_quality", [("source", source.rawValue)], source == stamp.quality ? 1 : 0)
        }
        family("tickrun_time_traceable", .gauge, "Whether the time of day is bounded against UTC.")
        sample("tickrun_time_traceable", [], stamp.isTraceable ? 1 : 0)
        guard let bound = stamp.bound else { return }
        family(
            "tickrun_time_bound_seconds", .gauge,
            "How far the time of day may be from true UTC; not traceable: from the cluster's clocks.")
        seconds("tickrun_time_bound_seconds", nanoseconds: Int128(bound.count))
    }

    mutating func fraction(
        _ name: String, _ labels: [(String, String)], _ numerator: Int64, _ denominator: Int64
    ) {
        // Six decimals show every rate that has a name.
        let scaled = Int128(numerator) * 1_000_000_000 / Int128(denominator)
        seconds(name, labels, nanoseconds: scaled)
    }

    /// A histogram whose buckets count the values up to their edge.
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
