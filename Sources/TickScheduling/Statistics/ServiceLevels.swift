/// The service levels of a run: upper limits on its measurements, each inclusive.
///
/// A limit that is not set is not judged. A limit for which the run gave too few values is not judged either, and the
/// report names it; it leads neither to PASS nor to FAIL.
public struct ServiceLevels: Hashable, Sendable {
    /// What can be limited. The raw value is the key in profiles and reports; it carries the unit.
    public enum Measure: String, CaseIterable, Hashable, Sendable {
        /// Median of the start lateness (`start − wanted`) over the delivered ticks, in nanoseconds.
        case startLatenessP50 = "start_lateness_p50_ns_max"
        /// 99th percentile of the start lateness, in nanoseconds.
        case startLatenessP99 = "start_lateness_p99_ns_max"
        /// 99.9th percentile of the start lateness, in nanoseconds.
        case startLatenessP999 = "start_lateness_p999_ns_max"
        /// The greatest start lateness, in nanoseconds.
        case startLateness = "start_lateness_ns_max"
        /// 99th percentile of the wake latency (woke − the instant asked for) over the sleeps, in nanoseconds.
        case wakeLatencyP99 = "wake_latency_p99_ns_max"
        /// Ticks that were not on time: of class `late` or worse.
        case lateTicks = "late_ticks_max"
        /// Ticks that were not on time, in a million delivered ticks. A limit above 0 always allows one tick.
        case lateTicksPPM = "late_ticks_ppm_max"
        /// Ticks of class `overPeriod` or worse.
        case overPeriodTicks = "over_period_ticks_max"
        /// Ticks of class `stall`.
        case stallTicks = "stall_ticks_max"
        /// Ticks that the policy, or a crossed backlog, skipped.
        case skippedTicks = "skipped_ticks_max"
        /// Ticks that started before the instant at which their handler was to be called.
        case earlyTicks = "early_ticks_max"
        /// How many whole periods the session was behind when it ended.
        case periodsBehind = "periods_behind_max"
        /// Steps of the host's UTC during the run.
        case utcSteps = "utc_steps_max"
        /// Records that the full ring could not take.
        case lostRecords = "lost_records_max"
        /// The greatest distance of a deadline from the grid recomputed by another formula, in nanoseconds.
        case drift = "drift_ns_max"

        /// One sentence for the format's documentation.
        public var meaning: String {
            switch self {
            case .startLatenessP50: "Median of the start lateness (start - wanted) of the delivered ticks, in ns."
            case .startLatenessP99: "99th percentile of the start lateness (start - wanted), in ns."
            case .startLatenessP999: "99.9th percentile of the start lateness (start - wanted), in ns."
            case .startLateness: "Greatest start lateness (start - wanted), in ns."
            case .wakeLatencyP99: "99th percentile of (woke - asked for) over the sleeps, in ns."
            case .lateTicks: "Ticks that were not on time (class late or worse)."
            case .lateTicksPPM: "Late ticks in a million; above 0 it always allows one late tick."
            case .overPeriodTicks: "Ticks of class overPeriod or worse (late by a period, or by 50 ms)."
            case .stallTicks: "Ticks of class stall (late by 50 ms or more)."
            case .skippedTicks: "Ticks skipped by the policy or by backlog_max_ns."
            case .earlyTicks: "Ticks that started before their wanted instant."
            case .periodsBehind: "Whole periods by which the session was behind at its end."
            case .utcSteps: "Steps of the host's UTC during the run."
            case .lostRecords: "Tick records lost to a full ring."
            case .drift: "Greatest distance of a deadline from the recomputed grid, in ns."
            }
        }

        /// How many values the measure needs before a limit can count as met: a 99th percentile needs a hundred, one
        /// of which may be greater.
        public var fewestValues: Int64 {
            switch self {
            case .startLatenessP50: 2
            case .startLatenessP99, .wakeLatencyP99: 100
            case .startLatenessP999: 1_000
            // A run without a single tick proves nothing.
            case .startLateness, .lateTicks, .lateTicksPPM, .overPeriodTicks, .stallTicks, .skippedTicks, .earlyTicks,
                .periodsBehind, .utcSteps, .lostRecords, .drift:
                1
            }
        }
    }

    private var accepted: [Measure: Int64] = [:]

    /// No limits.
    public init() {}

    /// The default levels: no stall, no skipped tick, no lost record, no drift, no early start, at most one late tick
    /// in a hundred (one is always allowed), and at the end less than a period behind.
    public static let standard: ServiceLevels = {
        var levels = ServiceLevels()
        for measure in [
            Measure.stallTicks, .skippedTicks, .earlyTicks, .periodsBehind, .lostRecords, .drift,
        ] { levels[measure] = 0 }
        levels[.lateTicksPPM] = 10_000
        return levels
    }()

    /// The greatest accepted value of `measure`; `nil` if it is not judged.
    public subscript(measure: Measure) -> Int64? {
        get { accepted[measure] }
        set { accepted[measure] = newValue }
    }

    /// Whether no limit is set.
    public var isEmpty: Bool { accepted.isEmpty }

    /// The limits that are set, in the order of `Measure`.
    public var limits: [(measure: Measure, limit: Int64)] {
        Measure.allCases.compactMap { measure in accepted[measure].map { (measure, $0) } }
    }

    /// These limits, replaced by those that `specific` sets.
    public func overridden(by specific: ServiceLevels) -> ServiceLevels {
        var result = self
        result.accepted.merge(specific.accepted) { _, new in new }
        return result
    }

    /// Compares every limit with the measurement, in the order of `Measure`.
    ///
    /// - Parameter measured: the value of a measure; `nil` if the run gave none.
    public func evaluate(_ measured: (Measure) -> ServiceLevelMeasurement?) -> [ServiceLevelResult] {
        limits.map { ServiceLevelResult(measure: $0.measure, limit: $0.limit, measurement: measured($0.measure)) }
    }
}

/// What a run measured for one service level.
public struct ServiceLevelMeasurement: Hashable, Sendable {
    /// In the unit of the measure's key.
    public let value: Int64
    /// How many values it is based on: delivered ticks, or sleeps.
    public let count: Int64

    public init(_ value: Int64, of count: Int64) {
        self.value = value
        self.count = count
    }

    /// How many ticks in a million, rounded up, so that a share above a limit never reads as the limit.
    public init(partsPerMillion part: Int64, of count: Int64) {
        let scaled = count > 0 ? (Int128(part) * 1_000_000 + Int128(count) - 1) / Int128(count) : 0
        self.init(Int64(clamping: scaled), of: count)
    }
}

/// One limit and what the run measured.
public struct ServiceLevelResult: Hashable, Sendable {
    /// The result for a limit.
    public enum Judgement: String, Hashable, Sendable, CaseIterable {
        /// The measured value is within the limit, and is based on enough values.
        case met
        /// The measured value is above the limit.
        case missed
        /// The run gave too few values to tell.
        case notJudged
    }

    public let measure: ServiceLevels.Measure
    /// The greatest value that is accepted.
    public let limit: Int64
    /// What was measured; `nil` if the run gave no value.
    public let measured: Int64?
    public let judgement: Judgement

    public init(measure: ServiceLevels.Measure, limit: Int64, measurement: ServiceLevelMeasurement?) {
        self.measure = measure
        self.limit = limit
        measured = measurement?.value
        judgement = Self.judge(measure, limit, measurement)
    }

    private static func judge(
        _ measure: ServiceLevels.Measure, _ limit: Int64, _ measurement: ServiceLevelMeasurement?
    ) -> Judgement {
        guard let measurement else { return .notJudged }
        let isWithin = measurement.value <= limit || allowsOne(measure, limit, measurement)
        // A value above the limit is certain, even if there are few values.
        if !isWithin { return .missed }
        return measurement.count >= measure.fewestValues ? .met : .notJudged
    }

    /// Whether a share of late ticks is one tick, which a share above 0 always allows.
    private static func allowsOne(
        _ measure: ServiceLevels.Measure, _ limit: Int64, _ measurement: ServiceLevelMeasurement
    ) -> Bool {
        measure == .lateTicksPPM && limit > 0 && measurement.count > 0
            && measurement.value <= ServiceLevelMeasurement(partsPerMillion: 1, of: measurement.count).value
    }

    /// Whether the run kept the limit.
    public var isMet: Bool { judgement == .met }
}
