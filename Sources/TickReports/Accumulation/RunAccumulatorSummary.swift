internal import TickScheduling
public import TickTime

extension RunAccumulator {
    /// Results that only the end of a run, or its host, shows.
    public struct Ending: Sendable {
        public var ending: RunSummary.Ending
        /// What was seen of the clocks; `nil`: the accumulator's own tally, which knows no rate and no bound.
        public var clocks: RunSummary.Clocks?
        public var wait: RunSummary.Wait
        public var host: RunSummary.Host
        public var tickThreadCPU: Nanoseconds
        public var processCPU: Nanoseconds
        public var elapsed: Nanoseconds
        public var timeSync: RunSummary.TimeSync?
        public var cluster: RunSummary.Cluster?

        public init(
            _ ending: RunSummary.Ending, clocks: RunSummary.Clocks? = nil, wait: RunSummary.Wait,
            host: RunSummary.Host, tickThreadCPU: Nanoseconds, processCPU: Nanoseconds, elapsed: Nanoseconds,
            timeSync: RunSummary.TimeSync? = nil, cluster: RunSummary.Cluster? = nil
        ) {
            self.ending = ending
            self.clocks = clocks
            self.wait = wait
            self.host = host
            self.tickThreadCPU = tickThreadCPU
            self.processCPU = processCPU
            self.elapsed = elapsed
            self.timeSync = timeSync
            self.cluster = cluster
        }
    }

    /// The run so far, or in all.
    public func summary(_ ending: Ending) -> RunSummary {
        var run = self
        run.finish()
        return run.finishedSummary(ending)
    }

    private func finishedSummary(_ ending: Ending) -> RunSummary {
        let clocks = ending.clocks ?? RunSummary.Clocks(self.clocks)
        let total = RunSummary.Latencies(total)
        var summary = RunSummary(
            name: name,
            sessions: sessions.map { judged($0, loop: total, clocks, latencies: $0.latencies.map { .init($0) }) },
            latencies: total, clocks: clocks, incidents: allIncidents, furtherIncidents: furtherIncidents, ending)
        summary.timestamps = timestamps.count > 0 ? timestamps : nil
        summary.load = loadSummary
        summary.throttling = ThrottleSummary(throttle)
        return summary
    }

    /// The verdict on the run so far.
    public var verdict: RunVerdict {
        let clocks = RunSummary.Clocks(self.clocks)
        // Percentiles need a walk through a histogram each, so they are computed only if a service level needs them.
        let needsLoop = sessions.contains { $0.latencies == nil && $0.levels.needsLatencies }
        let loop = needsLoop ? RunSummary.Latencies(total) : nil
        let sessions = sessions.map { session in
            let own = session.levels.needsLatencies ? session.latencies.map { RunSummary.Latencies($0) } : nil
            return judged(session, loop: loop, clocks, latencies: own)
        }
        return RunJudgement(
            sessions: sessions, lostRecords: clocks.lostRecords, fallenTimestamps: timestamps.fallen
        ).verdict
    }

    private func judged(
        _ session: MeasuredSession, loop: RunSummary.Latencies?, _ clocks: RunSummary.Clocks,
        latencies: RunSummary.Latencies?
    ) -> RunSummary.JudgedSession {
        var judged = RunSummary.JudgedSession(
            id: session.name, plan: session.plan, statistics: session.statistics, latencies: latencies,
            timecode: session.timecode,
            channel: RunSummary.Channel(
                firstTick: session.plan.beginTick,
                blocks: session.blocks.map { $0.placements(rate: session.plan.rate, epoch: session.epoch.utc) } ?? [],
                blockNames: session.blockNames, seam: session.seam, predecessor: session.predecessor,
                endReason: session.endReason),
            isComplete: session.endReason.map { [.ticksDelivered, .planEnded, .succeeded].contains($0) } ?? false)
        judged.judge(session.levels, loop: loop, clocks: clocks)
        return judged
    }
}

extension ServiceLevels {
    /// Whether a percentile or a maximum of the latencies is judged.
    var needsLatencies: Bool {
        limits.contains { limit in
            switch limit.measure {
            case .startLatenessP50, .startLatenessP99, .startLatenessP999, .startLateness, .wakeLatencyP99: true
            default: false
            }
        }
    }
}
