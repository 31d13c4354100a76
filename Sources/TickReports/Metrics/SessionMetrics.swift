// The families that every program with sessions has: a run, and an agent of a station. One place writes them, because
// node_exporter reads the files of both from one folder and refuses a family with two descriptions.

public import TickScheduling
internal import TickTime

/// One session, as metrics show it.
struct SessionMetrics {
    var name: String
    var rate: FrameRate
    var statistics: SessionStatistics
    /// Whether a tick follows: alerts on a last tick that is old then stop.
    var isTicking = true
}

/// A histogram, as metrics show it.
public struct LatencyMetrics: Hashable, Sendable {
    /// The edges of the buckets.
    static let edges: [Nanoseconds] = [
        1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 1_000_000,
    ].map { .microseconds($0) }

    /// How many values lie at or below each edge, and how many there are.
    let buckets: [Int64]
    let count: Int64
    let sum: Int128

    public init(_ values: borrowing LatencyHistogram) {
        var buckets: [Int64] = []
        for edge in Self.edges { buckets.append(values.count - values.count(above: edge)) }
        self.buckets = buckets
        count = values.count
        sum = values.sumOfValues
    }
}

extension MetricsText {
    private mutating func perSession(
        _ name: String, _ kind: Kind, _ help: String, _ sessions: [SessionMetrics],
        _ value: (SessionStatistics) -> Int64
    ) {
        family(name, kind, help)
        for one in sessions { sample(name, [("session", one.name)], value(one.statistics)) }
    }

    mutating func rates(_ sessions: [SessionMetrics]) {
        // A family without samples is left out.
        guard !sessions.isEmpty else { return }
        family("tickrun_session_rate_frames_per_second", .gauge, "The frame rate; the label has it exactly.")
        for one in sessions {
            fraction(
                "tickrun_session_rate_frames_per_second", [("session", one.name), ("rate", one.rate.rational)],
                Int64(one.rate.numerator), Int64(one.rate.denominator))
        }
    }

    mutating func counts(_ sessions: [SessionMetrics]) {
        guard !sessions.isEmpty else { return }
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
        for one in sessions where one.isTicking {
            guard let last = one.statistics.last else { continue }
            seconds(
                "tickrun_last_tick_timestamp_seconds", [("session", one.name)],
                nanoseconds: Int128(last.deadlineUTC.nanoseconds))
        }
    }

    /// Of the sessions that have a gate.
    mutating func air(_ sessions: [SessionMetrics]) {
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

    /// The latencies of a program's loops.
    ///
    /// - Parameter loops: of each loop its labels, its start lateness, its wake latency and its handlers' durations.
    mutating func latencies(
        _ loops: [(labels: [(String, String)], start: LatencyMetrics, wake: LatencyMetrics, work: LatencyMetrics)]
    ) {
        histogram(
            "tickrun_tick_start_lateness_seconds",
            "From the instant at which a tick's handler was to be called to its start, all sessions together.",
            loops.map { ($0.labels, $0.start) })
        histogram(
            "tickrun_tick_wake_latency_seconds",
            "From the instant that the loop slept for to its wake.", loops.map { ($0.labels, $0.wake) })
        histogram("tickrun_tick_work_seconds", "How long handlers ran.", loops.map { ($0.labels, $0.work) })
    }

    /// Histograms whose buckets count the values up to their edge.
    private mutating func histogram(_ name: String, _ help: String, _ all: [([(String, String)], LatencyMetrics)]) {
        family(name, .histogram, help)
        for (labels, values) in all {
            for (edge, count) in zip(LatencyMetrics.edges, values.buckets) {
                sample("\(name)_bucket", labels + [("le", Self.seconds(Int128(edge.count)))], count)
            }
            sample("\(name)_bucket", labels + [("le", "+Inf")], values.count)
            seconds("\(name)_sum", labels, nanoseconds: values.sum)
            sample("\(name)_count", labels, values.count)
        }
    }

    /// Of all loops of a program together.
    mutating func lostRecords(_ count: Int64) {
        family("tickrun_records_lost_total", .counter, "Tick records that found the ring full.")
        sample("tickrun_records_lost_total", [], count)
    }

    mutating func fraction(
        _ name: String, _ labels: [(String, String)], _ numerator: Int64, _ denominator: Int64
    ) {
        // Six decimals show every rate that has a name.
        let scaled = Int128(numerator) * 1_000_000_000 / Int128(denominator)
        seconds(name, labels, nanoseconds: scaled)
    }
}
