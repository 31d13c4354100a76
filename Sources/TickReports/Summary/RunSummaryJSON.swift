internal import TickScheduling
internal import TickTime

extension RunSummary {
    /// The name of the summary's format in its `schema` field.
    public static let schema = "tickrun/summary/1"

    /// The whole summary as one JSON object.
    public var json: JSONText {
        var json = JSONText(capacity: 4_096)
        json.object { json in
            json.member("schema", Self.schema)
            json.member("name", name)
            json.member("verdict", verdict.rawValue)
            json.member("ended_by", ending.rawValue)
            json.member("elapsed_ns", elapsed.count)
            json.latencies(latencies)
            json.member("ticks", sessions.reduce(0) { $0 + $1.statistics.delivered })
            json.member("late_ticks", sessions.reduce(0) { $0 + $1.statistics.lateCount })
            json.member(
                "skipped_ticks", Int64(clamping: sessions.reduce(Int128(0)) { $0 + Int128($1.statistics.skipped) }))
            json.member("drift_ns", sessions.map(\.statistics.drift.count).max() ?? 0)
            json.array("sessions") { json in
                for session in sessions { json.object { $0.session(session) } }
            }
            json.clocks(clocks)
            if let timeSync { json.timeSync(timeSync) }
            if let cluster { json.cluster(cluster) }
            json.wait(wait)
            json.host(host)
            json.throttling(throttling)
            if let load { json.load(load) }
            json.object("cpu") { json in
                json.member("tick_thread_ns", tickThreadCPU.count)
                json.member("process_ns", processCPU.count)
            }
            json.incidents(incidents, further: furtherIncidents)
        }
        return json
    }
}

extension JSONText {
    fileprivate mutating func percentiles(_ key: String, _ percentiles: RunSummary.Percentiles) {
        object(key) { json in
            json.member("count", percentiles.count)
            json.member("min", percentiles.minimum?.count)
            json.member("p50", percentiles.p50?.count)
            json.member("p90", percentiles.p90?.count)
            json.member("p99", percentiles.p99?.count)
            json.member("p999", percentiles.p999?.count)
            json.member("max", percentiles.maximum?.count)
        }
    }

    fileprivate mutating func latencies(_ latencies: RunSummary.Latencies) {
        percentiles("wake_latency_ns", latencies.wakeLatency)
        percentiles("start_lateness_ns", latencies.startLateness)
        object("deadline_lateness_ns") { json in
            json.member("min", latencies.deadlineLateness?.lowerBound.count)
            json.member("max", latencies.deadlineLateness?.upperBound.count)
        }
        if latencies.beforeDeadline > 0 { member("ticks_started_before_deadline", latencies.beforeDeadline) }
        percentiles("work_ns", latencies.work)
    }

    fileprivate mutating func session(_ session: RunSummary.JudgedSession) {
        let statistics = session.statistics
        member("session", session.id)
        member("rate", session.plan.rate.rational)
        member("rate_name", session.plan.rate.name)
        member("policy", session.plan.policy.name)
        if case .paced(let spacing) = session.plan.policy { member("paced_spacing_ns", spacing.count) }
        epoch(statistics.epoch)
        grid(of: session.plan)
        member("ticks", statistics.delivered)
        member("tick_count", session.plan.tickCount)
        member("complete", session.isComplete)
        member("last_tick", statistics.last?.index)
        member("last_timecode", session.lastTimecode)
        member("late_ticks", statistics.lateCount)
        member("overdue_ticks", statistics.overdue)
        member("skipped_ticks", statistics.skipped)
        member("backlogs_crossed", statistics.backlogsCrossed)
        member("consecutive_late_max", statistics.mostConsecutiveLate)
        member("early_ticks", statistics.early)
        member("unexplained_ticks", statistics.unexplained)
        member("drift_ns", statistics.drift.count)
        object("ticks_by_class") { json in
            for lateness in LatenessClass.allCases { json.member(lateness.name, statistics.count(of: lateness)) }
        }
        object("late_ticks_by_cause") { json in
            for cause in LatenessCause.allCases { json.member(cause.name, statistics.lateCount(by: cause)) }
        }
        channel(of: session)
        if let latencies = session.latencies { self.latencies(latencies) }
        array("service_levels") { json in
            for level in session.levels {
                json.object { json in
                    json.member("level", level.measure.rawValue)
                    json.member("limit", level.limit)
                    json.member("measured", level.measured)
                    json.member("met", level.isMet)
                    json.member("judged", level.judgement != .notJudged)
                }
            }
        }
    }

    fileprivate mutating func epoch(_ epoch: SessionEpoch) {
        member("session_epoch_utc_ns", epoch.utc.nanoseconds)
        member("session_epoch_utc_ms", epoch.utcMilliseconds)
        member("session_epoch_utc_ms_exact", epoch.isExactInMilliseconds)
        member("session_epoch_host_utc_ns", epoch.hostUTC.nanoseconds)
        member("session_epoch_mono_ns", epoch.monotonic.nanoseconds)
        member("session_epoch_uncertainty_ns", epoch.uncertainty.count)
        member("session_epoch_utc_source", epoch.utcSource.rawValue)
        member("tai_offset_s", epoch.taiOffset?.seconds)
        member("tai_offset_source", epoch.taiOffset?.source.rawValue)
        member("align", epoch.alignment.rawValue)
        member("alignment_index", epoch.alignmentIndex)
    }

    /// The grid on which the session ticked, if it was given one.
    private mutating func grid(of plan: SessionPlan) {
        guard let grid = plan.grid else { return }
        member("grid_tick", grid.tick)
        member("grid_tai_ns", grid.tai.nanoseconds)
        member("grid_bound_ns", grid.bound.count)
        member("first_tick", plan.beginTick)
    }

    fileprivate mutating func clocks(_ clocks: RunSummary.Clocks) {
        object("clocks") { json in
            let rate = clocks.rate
            json.member("utc_divergence_ns", clocks.divergence?.count)
            json.member("utc_divergence_bound_ns", clocks.divergenceBound?.count)
            json.member("utc_steps", clocks.steps.count)
            json.member("utc_steps_total_ns", clocks.steps.total.count)
            json.member("utc_steps_largest_ns", clocks.steps.largest?.count)
            json.member("utc_sets_seen_by_timerfd", clocks.timesSet)
            json.member("suspends", clocks.suspends.count)
            json.member("suspended_ns", clocks.suspends.total.count)
            json.member("monotonic_rate_ppm", rate?.last.map { Double($0.partsPerBillion) / 1_000 }, decimals: 3)
            json.member("monotonic_rate_ppm_worst", rate?.worst.map { Double($0.partsPerBillion) / 1_000 }, decimals: 3)
            json.member("monotonic_rate_bound_ppm", rate?.last.map { Double($0.bound) / 1_000 }, decimals: 3)
            json.member("monotonic_rate_incidents", rate?.incidents)
            json.member("lost_records", clocks.lostRecords)
        }
    }

    fileprivate mutating func wait(_ wait: RunSummary.Wait) {
        object("wait") { json in
            json.member("strategy", wait.strategy.rawValue)
            json.member("spin_margin_ns", wait.margin?.count)
            json.member("spinning", wait.isSpinning)
            json.member("spin_stops", wait.stops)
            json.member("last_spin_stop", wait.lastStop?.rawValue)
        }
    }

    fileprivate mutating func host(_ host: RunSummary.Host) {
        object("host") { json in
            json.member("kernel", host.kernel)
            json.member("preemption", host.preemption)
            json.member("clock_source", host.clockSource)
            json.member("steal_ns", host.steal?.count)
            json.array("requests") { json in
                for grant in host.grants {
                    json.object { json in
                        json.member("request", grant.name)
                        json.member("detail", grant.detail)
                        json.member("granted", grant.refusal == nil)
                        json.member("refusal", grant.refusal)
                    }
                }
            }
        }
    }
}

extension RunSummary.JudgedSession {
    /// The label of the last delivered tick.
    public var lastTimecode: String? {
        guard let timecode, let last = statistics.last else { return nil }
        return timecode.label(ofTick: last.index).description
    }
}
