/// What a run must keep to: upper limits on what it measures, each inclusive.
///
/// A limit that is not set is not judged. One that is set but could not be measured (the wake
/// latency of a run that never slept) is *not* met: a promise that nobody could check was not kept.
public struct ServiceLevels: Hashable, Sendable {
    /// What can be limited. The raw value is the key in profiles and reports; it carries the unit.
    public enum Measure: String, CaseIterable, Hashable, Sendable {
        /// Median of `start − deadline` over the delivered ticks, in nanoseconds.
        case startLatenessP50 = "start_lateness_p50_ns_max"
        /// 99th percentile of `start − deadline`, in nanoseconds.
        case startLatenessP99 = "start_lateness_p99_ns_max"
        /// 99.9th percentile of `start − deadline`, in nanoseconds.
        case startLatenessP999 = "start_lateness_p999_ns_max"
        /// The greatest `start − deadline`, in nanoseconds.
        case startLateness = "start_lateness_ns_max"
        /// 99th percentile of `woke − deadline` over the sleeps, in nanoseconds.
        case wakeLatencyP99 = "wake_latency_p99_ns_max"
        /// Ticks of class `late`.
        case lateTicks = "late_ticks_max"
        /// Ticks of class `overPeriod`.
        case overPeriodTicks = "over_period_ticks_max"
        /// Ticks of class `stall`.
        case stallTicks = "stall_ticks_max"
        /// Ticks that the policy, or a crossed backlog, passed over.
        case skippedTicks = "skipped_ticks_max"
        /// Steps of the host's UTC during the run.
        case utcSteps = "utc_steps_max"
        /// Records that the full ring could not take.
        case lostRecords = "lost_records_max"
        /// The greatest distance of a deadline from the grid recomputed by another decomposition,
        /// in nanoseconds.
        case drift = "drift_ns_max"

        /// One sentence for the format's documentation.
        public var meaning: String {
            switch self {
            case .startLatenessP50: "Median of (start - deadline) over the delivered ticks, in ns, at most."
            case .startLatenessP99: "99th percentile of (start - deadline), in ns, at most."
            case .startLatenessP999: "99.9th percentile of (start - deadline), in ns, at most."
            case .startLateness: "Greatest (start - deadline), in ns, at most."
            case .wakeLatencyP99: "99th percentile of (woke - deadline) over the sleeps, in ns, at most."
            case .lateTicks: "Ticks of class late, at most."
            case .overPeriodTicks: "Ticks of class overPeriod (late by a period or more), at most."
            case .stallTicks: "Ticks of class stall (late by 50 ms or more), at most."
            case .skippedTicks: "Ticks passed over by the policy or by backlog_max_ns, at most."
            case .utcSteps: "Steps of the host's UTC during the run, at most."
            case .lostRecords: "Tick records lost to a full ring, at most."
            case .drift: "Greatest distance of a deadline from the recomputed grid, in ns, at most."
            }
        }
    }

    private var accepted: [Measure: Int64] = [:]

    /// No limits.
    public init() {}

    /// The greatest value of `measure` that is accepted; `nil` if it is not judged.
    public subscript(measure: Measure) -> Int64? {
        get { accepted[measure] }
        set { accepted[measure] = newValue }
    }

    /// Whether nothing is judged.
    public var isEmpty: Bool { accepted.isEmpty }

    /// The limits that are set, in the order of `Measure`.
    public var limits: [(measure: Measure, limit: Int64)] {
        Measure.allCases.compactMap { measure in accepted[measure].map { (measure, $0) } }
    }

    /// These limits, with those that `specific` sets in their place.
    public func overridden(by specific: ServiceLevels) -> ServiceLevels {
        var result = self
        result.accepted.merge(specific.accepted) { _, new in new }
        return result
    }

    /// Every limit held against what was measured, in the order of `Measure`.
    ///
    /// - Parameter measured: the value of a measure, in the unit of its key; `nil` if the run gave none.
    public func evaluate(_ measured: (Measure) -> Int64?) -> [ServiceLevelResult] {
        limits.map { ServiceLevelResult(measure: $0.measure, limit: $0.limit, measured: measured($0.measure)) }
    }
}

/// One limit and what the run measured.
public struct ServiceLevelResult: Hashable, Sendable {
    public let measure: ServiceLevels.Measure
    /// The greatest value that is accepted.
    public let limit: Int64
    /// What was measured; `nil` if the run gave no value.
    public let measured: Int64?

    public init(measure: ServiceLevels.Measure, limit: Int64, measured: Int64?) {
        self.measure = measure
        self.limit = limit
        self.measured = measured
    }

    /// Whether the limit was shown to be kept.
    public var isMet: Bool { measured.map { $0 <= limit } ?? false }
}
