public import TickScheduling
internal import TickTime

extension RunSummary.JudgedSession {
    /// Judges the session by its service levels.
    ///
    /// - Parameters:
    ///   - levels: the profile's.
    ///   - loop: the latencies of all sessions together, used if this session has no histogram; `nil`: latencies are
    ///     not judged.
    ///   - clocks: the run's readings of the host's clocks.
    public mutating func judge(_ levels: ServiceLevels, loop: RunSummary.Latencies?, clocks: RunSummary.Clocks) {
        let latencies = latencies ?? loop
        func counted(_ value: Int64) -> ServiceLevelMeasurement { .init(value, of: statistics.delivered) }
        func lateness(
            _ value: (RunSummary.Percentiles) -> Nanoseconds?,
            of percentiles: (RunSummary.Latencies) -> RunSummary.Percentiles = { $0.startLateness }
        ) -> ServiceLevelMeasurement? {
            latencies.map(percentiles).flatMap { found in value(found).map { .init($0.count, of: found.count) } }
        }
        self.levels = levels.evaluate { measure in
            switch measure {
            case .startLatenessP50: lateness(\.p50)
            case .startLatenessP99: lateness(\.p99)
            case .startLatenessP999: lateness(\.p999)
            case .startLateness: lateness(\.maximum)
            case .wakeLatencyP99: lateness(\.p99) { $0.wakeLatency }
            case .lateTicks: counted(statistics.lateCount)
            case .lateTicksPPM: .init(partsPerMillion: statistics.lateCount, of: statistics.delivered)
            case .overPeriodTicks: counted(statistics.count(of: .overPeriod) + statistics.count(of: .stall))
            case .stallTicks: counted(statistics.count(of: .stall))
            case .skippedTicks: counted(statistics.skipped)
            case .earlyTicks: counted(statistics.early)
            case .periodsBehind: periodsBehind.map(counted)
            // Both detectors may report the same step; it counts once.
            case .utcSteps: counted(max(clocks.steps.count, clocks.timesSet ?? 0))
            case .lostRecords: counted(clocks.lostRecords)
            case .drift: counted(statistics.drift.count)
            }
        }
    }
}

extension RunSummary.JudgedSession {
    /// How many whole periods the session was behind when it ended: the lateness of its last tick, or how overdue the
    /// next tick was when the last handler returned. `nil` before the first tick.
    var periodsBehind: Int64? {
        guard let last = statistics.last else { return nil }
        func periods(_ length: Int128) -> Int64 {
            let rate = statistics.rate
            return Int64(clamping: max(0, length) * Int128(rate.numerator) / (Int128(rate.denominator) * 1_000_000_000))
        }
        let late = Int128(last.startLateness.count)
        if isComplete { return periods(late) }
        // One period lies between the two ticks.
        return max(periods(late), periods(late + Int128(statistics.lastWork.count)) - 1)
    }
}
