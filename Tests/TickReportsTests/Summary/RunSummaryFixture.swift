import TickReports
import TickScheduling
import TickTime

/// Runs made by hand at 25 frames a second: tick n is due 40 n ms after an epoch at 1 s of the
/// monotonic clock, which is 2026-01-02T03:04:05.000Z.
enum RunSummaryFixture {
    static let epoch = SessionEpoch(
        utc: UTCInstant(nanoseconds: 1_767_323_045_000_000_000), utcSource: .ntp,
        hostUTC: UTCInstant(nanoseconds: 1_767_323_045_000_000_000),
        monotonic: MonotonicInstant(nanoseconds: 1_000_000_000), uncertainty: Nanoseconds(30),
        taiOffset: TAIOffset(seconds: 37, source: .kernel))

    /// Tick `index`, started `lateness` after its deadline (moved off the grid by `drift`).
    static func record(
        _ index: Int64, lateness: Int64 = 500, _ classified: LatenessClass = .onTime, cause: LatenessCause = .wake,
        wakeLatency: Int64? = 100, skippedBefore: Int64 = 0, drift: Int64 = 0
    ) -> TickRecord {
        let offset = Nanoseconds(index * 40_000_000 + drift)
        let deadline = epoch.monotonic + offset
        return TickRecord(
            tick: Tick(
                session: SessionID(index: 0), index: index, deadline: deadline, deadlineUTC: epoch.utc + offset,
                arrival: deadline, start: deadline + Nanoseconds(lateness),
                wakeLatency: wakeLatency.map { Nanoseconds($0) },
                lateness: classified, cause: cause, isOverdue: cause == .work, crossedBacklog: false,
                skippedBefore: skippedBefore),
            work: Nanoseconds(2_000))
    }

    static func statistics(_ records: [TickRecord]) -> (SessionStatistics, LatencyStatistics) {
        var session = SessionStatistics(epoch: epoch, rate: .fps25)
        let latencies = LatencyStatistics()
        for record in records {
            session.record(record)
            latencies.record(record)
        }
        return (session, latencies)
    }

    static func clocks(stepNs: Int64 = 0, timesSet: Int? = 0, lostRecords: Int = 0) -> RunSummary.Clocks {
        var divergence = DivergenceMonitor(epoch: epoch)
        for (index, step) in [0, stepNs].enumerated() {
            let after = Nanoseconds.milliseconds(Int64(index) * 100)
            _ = divergence.observe(
                ClockReading(
                    monotonic: epoch.monotonic + after, utc: epoch.hostUTC + after + Nanoseconds(step),
                    boot: BootInstant(nanoseconds: 5_000_000_000) + after, uncertainty: Nanoseconds(20)))
        }
        return RunSummary.Clocks(
            divergence: divergence, rate: MonotonicRate(), timesSet: timesSet, lostRecords: lostRecords)
    }

    /// A run of one session that delivered `records` of `owned` ticks.
    static func summary(
        _ records: [TickRecord], of owned: Int64, levels: ServiceLevels = ServiceLevels(),
        clocks: RunSummary.Clocks = clocks(), ending: RunSummary.Ending = .ticks
    ) throws -> RunSummary {
        let (statistics, latencies) = statistics(records)
        let total = RunSummary.Latencies(latencies)
        var session = RunSummary.JudgedSession(
            id: "main", plan: try SessionPlan(rate: .fps25, tickCount: owned), statistics: statistics,
            latencies: total, timecode: try SessionTimecode(format: TimecodeFormat(rate: .fps25)),
            isComplete: ending == .ticks)
        session.judge(levels, loop: total, clocks: clocks)
        return RunSummary(
            name: "hand-made", sessions: [session], latencies: total, clocks: clocks, incidents: [],
            furtherIncidents: 0,
            RunAccumulator.Ending(
                ending, wait: .init(strategy: .sleep, margin: nil, isSpinning: false, stops: 0, lastStop: nil),
                host: .init(
                    kernel: "6.1.0", preemption: "PREEMPT_RT", clockSource: "tsc",
                    grants: [
                        .init(name: "timer_slack", detail: "timer slack 1 ns", refusal: nil, remedy: "none"),
                        .init(name: "cpu", detail: "only CPU 9", refusal: "EINVAL", remedy: "name another"),
                    ], steal: .milliseconds(10)),
                tickThreadCPU: .milliseconds(1), processCPU: .milliseconds(4), elapsed: .milliseconds(200)))
    }

    /// What only a run's end shows.
    static func ending(_ ending: RunSummary.Ending = .ticks) -> RunAccumulator.Ending {
        RunAccumulator.Ending(
            ending, wait: .init(strategy: .sleep, margin: nil, isSpinning: false, stops: 0, lastStop: nil),
            host: .init(kernel: "6.1.0", preemption: "PREEMPT_RT", clockSource: "tsc", grants: [], steal: nil),
            tickThreadCPU: .zero, processCPU: .zero, elapsed: .seconds(1))
    }
}
