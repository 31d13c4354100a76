import ClockView
import TickJournal
import TickReports
import TickScheduling
import TickTime

/// A journal as a page shows it: the same counts, plots and incidents that its run had.
struct JournalReport {
    private struct Session {
        let anchor: SessionAnchor
        var statistics: SessionStatistics
        var timecode: SessionTimecode?
        var levels = ServiceLevels()
        var isOver = false
    }

    private var name: String
    private var beginning: RunBeginning?
    private var host: RunHostRecord?
    private var timeSync: TimeSyncRecord?
    private var cluster: ClusterRecord?
    private var ending: RunEnding?
    private var sessions: [Int32: Session] = [:]
    private var order: [Int32] = []
    private var endings: [Int32: TickSession.EndReason] = [:]
    private let latencies = LatencyStatistics()
    private var own: [Int32: LatencyStatistics] = [:]
    private var trace = RunTrace()
    private var incidents: [RunSummary.Incident] = []
    private var stolen: Nanoseconds?
    private var stolenInAll = Nanoseconds.zero
    private var steps: Int64 = 0
    private var sets: Int64 = 0
    private var lostRecords: Int64 = 0
    private var lastMonotonic: MonotonicInstant?

    /// - Parameter path: what the journal is called until it says more.
    init(path: String) { name = path }

    mutating func add(_ record: JournalRecord) {
        switch record {
        case .runBegan(let beginning):
            self.beginning = beginning
            name = beginning.name
        case .runHost(let host): self.host = host
        case .timeSync(let check): timeSync = check
        case .session(let anchor):
            order.append(anchor.session)
            sessions[anchor.session] = Session(
                anchor: anchor, statistics: SessionStatistics(epoch: anchor.epoch, rate: anchor.plan.rate))
            own[anchor.session] = LatencyStatistics()
        case .sessionLabels(let labels):
            guard let anchor = sessions[labels.session]?.anchor else { return }
            sessions[labels.session]?.timecode = labels.timecode(rate: anchor.plan.rate, epoch: anchor.epoch.utc)
        case .serviceLevel(let level):
            guard let measure = ServiceLevels.Measure(rawValue: level.level) else { return }
            sessions[level.session]?.levels[measure] = level.limit
        case .tick(let entry): add(entry)
        case .stolenTime(let time): stolen(time)
        case .cluster(let record): cluster = record
        case .clock(let sample): observe(sample)
        case .recordsLost(let count): lostRecords += count
        case .sessionEnded(let end): endings[end.session] = end.reason
        case .runEnded(let ending): self.ending = ending
        default: note(record)
        }
    }

    private mutating func add(_ entry: TickEntry) {
        guard let session = sessions[entry.session] else { return }
        let anchor = session.anchor
        let record = TickRecord(tick: Tick(entry), work: entry.work)
        sessions[entry.session]?.statistics.record(record)
        latencies.record(record)
        own[entry.session]?.record(record)
        trace.add(record, session: anchor.name, rate: anchor.plan.rate, timecode: session.timecode)
    }

    private mutating func stolen(_ time: StolenTimeRecord) {
        if let stolen { stolenInAll = stolenInAll + max(.zero, time.stolen - stolen) }
        stolen = time.stolen
        lastMonotonic = time.monotonic
    }

    /// The wall clock's sample follows the monotonic one of the same reading.
    private mutating func observe(_ sample: ClockView.Sample) {
        if sample.source == .monotonic {
            lastMonotonic = MonotonicInstant(nanoseconds: Int64(clamping: sample.valueNanoseconds))
        } else if sample.source == .rtc, let monotonic = lastMonotonic,
            let epoch = order.first.flatMap({ sessions[$0]?.anchor.epoch })
        {
            let utc = UTCInstant(nanoseconds: Int64(clamping: sample.valueNanoseconds))
            let divergence = (utc - epoch.hostUTC) - (monotonic - epoch.monotonic)
            trace.observe(at: monotonic, divergence: divergence, stolen: stolen)
        }
    }

    private mutating func note(_ record: JournalRecord) {
        func utc(_ monotonic: MonotonicInstant) -> UTCInstant {
            guard let epoch = order.first.flatMap({ sessions[$0]?.anchor.epoch }) else { return .init(nanoseconds: 0) }
            return epoch.utc + (monotonic - epoch.monotonic)
        }
        func add(_ kind: String, _ utc: UTCInstant, _ size: Nanoseconds?, _ text: String) {
            guard incidents.count < RunSummary.incidentLimit else { return }
            incidents.append(RunSummary.Incident(kind: kind, utc: utc, size: size, text: text))
        }
        switch record {
        case .wallStep(let jump):
            steps += 1
            let direction = jump.size < .zero ? "back" : "forward"
            add(
                "utc_step", jump.utc, jump.size,
                "UTC stepped \(direction) by \(Quantity.length(jump.size.magnitude)) (within \(jump.bound.count) ns), seen by divergence; the grid stays"
            )
        case .wallSet(let utc):
            sets += 1
            add("utc_set", utc, nil, "CLOCK_REALTIME was set, seen by timerfd; the grid stays")
        case .suspend(let jump):
            add("suspend", jump.utc, jump.size, "the host slept for \(Quantity.length(jump.size))")
        case .monotonicRate(let rate):
            add(
                "monotonic_rate", utc(rate.end), nil,
                "CLOCK_MONOTONIC ran \(Quantity.partsPerMillion(rate.partsPerBillion)) against the raw oscillator")
        case .handlerHang(let hang):
            let what =
                hang.hasReturned
                ? "returned after \(Quantity.length(hang.lasted)) at most"
                : "has not returned for \(Quantity.length(hang.lasted))"
            add(
                hang.hasReturned ? "handler_returned" : "handler_hangs", utc(hang.start), hang.lasted,
                "the handler of \(sessions[hang.session]?.anchor.name ?? "session \(hang.session)") tick \(hang.tick) \(what)"
            )
        default: break
        }
    }

    // MARK: - What it comes to

    /// - Parameter end: how the journal ends, in words.
    func run(end: String) -> ReportRun {
        let judged = order.compactMap { number in sessions[number].map { judge($0, number) } }
        let ticks = judged.reduce(0) { $0 + $1.statistics.delivered }
        let isJudged = judged.contains { !$0.levels.isEmpty }
        let failed = judged.flatMap { session in
            session.levels.filter { !$0.isMet }.map { "\(session.name) \($0.measure.rawValue)" }
        }
        let isBroken = judged.contains { $0.statistics.early > 0 || $0.statistics.drift != .zero }
        let elapsed = ending?.elapsed ?? trace.timeline.span
        var headline = "\(ticks) ticks in \(Quantity.length(elapsed)); journal \(end)"
        if !failed.isEmpty { headline += "; not met: \(failed.prefix(5).joined(separator: ", "))" }
        return ReportRun(
            name: name, verdict: isJudged || isBroken ? failed.isEmpty && !isBroken : nil, headline: headline,
            environment: environment, sessions: judged, timeline: trace.timeline, lateTicks: trace.lateTicks,
            furtherLateTicks: trace.furtherLateTicks, incidents: incidents, furtherIncidents: 0,
            begin: order.compactMap { sessions[$0]?.anchor.epoch.utc }.min() ?? UTCInstant(nanoseconds: 0),
            elapsed: elapsed, latencies: latencies)
    }

    private func judge(_ session: Session, _ number: Int32) -> ReportRun.Session {
        let latencies = own[number] ?? latencies
        let statistics = session.statistics
        let levels = session.levels.evaluate { measure in
            switch measure {
            case .startLatenessP50: latencies.startLateness.value(atPercentile: 50)?.count
            case .startLatenessP99: latencies.startLateness.value(atPercentile: 99)?.count
            case .startLatenessP999: latencies.startLateness.value(atPercentile: 99.9)?.count
            case .startLateness: latencies.startLateness.maximum?.count
            case .wakeLatencyP99: latencies.wakeLatency.value(atPercentile: 99)?.count
            case .lateTicks: statistics.lateCount
            case .overPeriodTicks: statistics.count(of: .overPeriod) + statistics.count(of: .stall)
            case .stallTicks: statistics.count(of: .stall)
            case .skippedTicks: statistics.skipped
            case .utcSteps: max(steps, sets)
            case .lostRecords: lostRecords
            case .drift: statistics.drift.count
            }
        }
        return ReportRun.Session(
            name: session.anchor.name, rate: session.anchor.plan.rate, policy: session.anchor.plan.policy.name,
            statistics: statistics,
            lastTimecode: session.timecode.flatMap { timecode in
                statistics.last.map { timecode.label(ofTick: $0.index).description }
            }, levels: levels)
    }

    private var environment: [(name: String, value: String)] {
        var rows: [(name: String, value: String)] = []
        if let host {
            rows += [
                ("host", host.host), ("kernel", "\(host.kernel), \(host.preemption)"),
                ("clock source", host.clockSource),
            ]
        }
        if let beginning {
            rows += [("wait", beginning.wait.rawValue), ("recorded by", beginning.program)]
            rows += beginning.refused.map { ("REFUSED", $0) }
        }
        rows.append(("steal", stolen == nil ? "not recorded" : Quantity.length(stolenInAll)))
        if let ending {
            rows.append(
                (
                    "CPU",
                    "\(Quantity.percent(ending.processCPU, of: ending.elapsed)) of one, the tick thread \(Quantity.percent(ending.tickThreadCPU, of: ending.elapsed))"
                ))
        }
        if let epoch = order.first.flatMap({ sessions[$0]?.anchor.epoch }) {
            rows.append(("epoch", "\(epoch.utc.iso8601), UTC from \(epoch.utcSource.rawValue)"))
        }
        if let timeSync {
            rows.append(
                ("synchronization", "\(timeSync.status) by \(timeSync.method), checked \(timeSync.checked.iso8601)"))
        }
        if let cluster { rows.append(("cluster", "\(cluster.status), \(cluster.agreeing) agree, at the last look")) }
        if lostRecords > 0 { rows.append(("LOST", "\(lostRecords) tick records; counts are too low")) }
        return rows
    }

    /// What its files are made of.
    func files(_ run: ReportRun) -> RunFiles.Run {
        RunFiles.Run(
            page: run, name: run.name, begin: run.begin, elapsed: run.elapsed, isPass: run.verdict ?? true,
            latencies: latencies,
            sessions: order.compactMap { number in sessions[number].map { ($0.anchor.name, own[number]) } },
            cpu: 0)
    }
}

extension Tick {
    /// A tick as it was recorded: what lies ahead of it was not.
    fileprivate init(_ entry: TickEntry) {
        self.init(
            session: SessionID(index: entry.session), index: entry.tick, deadline: entry.deadline,
            deadlineUTC: entry.stamp - (entry.start - entry.deadline), arrival: entry.arrival, start: entry.start,
            wakeLatency: entry.wakeLatency, lateness: entry.lateness, cause: entry.cause, isOverdue: entry.isOverdue,
            crossedBacklog: entry.crossedBacklog, skippedBefore: entry.skipped, timestamp: entry.timestamp)
    }
}
