public import TickScheduling
import TickTime

extension RunSummary.Session {
    /// Holds the session against its service levels.
    ///
    /// - Parameters:
    ///   - levels: the profile's.
    ///   - loop: the latencies of all sessions together, judged where this session has none of its
    ///     own.
    ///   - clocks: what the run learnt of the host's clocks.
    public mutating func judge(_ levels: ServiceLevels, loop: RunSummary.Latencies, clocks: RunSummary.Clocks) {
        let latencies = latencies ?? loop
        self.levels = levels.evaluate { measure in
            switch measure {
            case .startLatenessP50: latencies.startLateness.p50?.count
            case .startLatenessP99: latencies.startLateness.p99?.count
            case .startLatenessP999: latencies.startLateness.p999?.count
            case .startLateness: latencies.startLateness.maximum?.count
            case .wakeLatencyP99: latencies.wakeLatency.p99?.count
            case .lateTicks: statistics.lateCount
            case .overPeriodTicks: statistics.count(of: .overPeriod) + statistics.count(of: .stall)
            case .stallTicks: statistics.count(of: .stall)
            case .skippedTicks: statistics.skipped
            // One step seen by both detectors is one step.
            case .utcSteps: Int64(max(clocks.divergence.steps.count, clocks.timesSet ?? 0))
            case .lostRecords: Int64(clocks.lostRecords)
            case .drift: statistics.drift.count
            }
        }
    }
}
