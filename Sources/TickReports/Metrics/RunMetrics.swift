internal import TickScheduling
public import TickTime

/// A run as metrics, at any time while it goes on and at its end.
public enum RunMetrics {
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
        let sessions = run.sessions.map { SessionMetrics(name: $0.name, rate: $0.plan.rate, statistics: $0.statistics) }
        var metrics = MetricsText(common: [("run", run.name), ("file", file)])
        metrics.family("tickrun_run_info", .gauge, "The run, and what wrote these metrics; always 1.")
        metrics.sample("tickrun_run_info", [("version", version)], 1)
        metrics.verdict(run.verdict, isOver: isOver)
        metrics.rates(sessions)
        metrics.counts(sessions)
        metrics.air(sessions)
        metrics.latencies([
            (
                [], LatencyMetrics(run.total.startLateness), LatencyMetrics(run.total.wakeLatency),
                LatencyMetrics(run.total.work)
            )
        ])
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
        lostRecords(clocks.lostRecords)
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
}
