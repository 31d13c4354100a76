import Synchronization
import TickConfiguration
import TickJournal
import TickLinux
import TickReports
import TickScheduling
import TickTime

/// Passes what a loop reports to the accumulator, and shows it: JSON lines, the log, the progress line, the live
/// screen, metrics.
///
/// `@unchecked Sendable`: the drain thread alone calls it while the run goes on, and the main thread
/// reads it after `TickRunner.wait()`.
final class RunObserver: LoopObserver, @unchecked Sendable {
    /// What the run came to, so far.
    private(set) var run: RunAccumulator
    /// Receives metrics now and then, if there is such a file; set before the loop begins.
    var metrics: RunMetricsFile?
    /// Receives how far the run has come, if a watchdog wants to know; set before the loop begins.
    var heartbeat: RunHeartbeat?
    /// Makes the report so far, if it is asked for; set before the loop begins, with what only the host shows.
    var reports: RunReports?
    var endingSoFar: (([HostGrant]) -> RunAccumulator.Ending)?
    private var grants: [HostGrant] = []
    /// The member of a cluster, if one runs; set before the loop begins.
    var cluster: RunCluster?
    /// Why results can no longer be written, if so.
    private(set) var outputFailure: RunFailure?

    private let plan: [RunPlan.Session]
    private let options: RunSettings.Observing
    /// What each session was planned as, by its number.
    private var planned: [Int32: RunPlan.Session] = [:]
    private var control: LoopControl?
    private var output = Output()
    private var json = JSONText(capacity: 1_024)
    private var progress = RunProgress()
    private var live = RunLive()
    private var log = IncidentLog()
    /// Incidents that no other record of a journal shows, until the journal takes them.
    private var unrecorded: [IncidentRecord] = []

    /// - Parameter name: of the run.
    init(_ plan: [RunPlan.Session], named name: String, _ options: RunSettings.Observing) {
        self.plan = plan
        self.options = options
        var kept = RunAccumulator.Options()
        kept.keepsTrace = options.keepsTrace
        run = RunAccumulator(named: name, kept)
    }

    func began(_ beginning: TickRunner.Beginning, control: LoopControl) {
        self.control = control
        grants = beginning.grants
        run.begin(named: run.name, sessions: beginning.sessions.count)
        for (planned, addition) in zip(plan, beginning.sessions) { add(addition, planned, named: planned.id) }
        for grant in beginning.grants {
            if let refusal = grant.refusal { run.add(refused: "\(grant.detail): \(refusal); \(grant.remedy)") }
        }
        writeLog(at: HostClock.monotonic())
    }

    func changed(_ change: LoopChange) {
        switch change {
        case .added(let addition):
            guard let seam = addition.seam, let before = planned[seam.predecessor.index] else { return }
            let number = planned.values.count { $0.id == before.id } + 1
            add(addition, before, named: "\(before.id)/\(number)")
        case .withdrawn(let id):
            run.withdraw(id.index)
            planned[id.index] = nil
        case .removed(let id, _): run.remove(id.index)
        case .appended: break
        }
    }

    func delivered(_ record: TickRecord) {
        run.add(record)
        if options.writesTicks { write(record) }
    }

    func incident(_ incident: LoopIncident) { run.add(incident) }

    func observed(_ clocks: ClockObservation) {
        run.observe(
            monotonic: clocks.reading.monotonic, utc: clocks.reading.utc, stolen: clocks.stolen,
            throttling: clocks.throttling)
    }

    func drained(at now: MonotonicInstant) {
        for incident in cluster?.takeIncidents() ?? [] {
            run.add(incident)
            unrecorded.append(IncidentRecord(incident))
        }
        run.look(at: now)
        writeLog(at: now)
        if let metrics, metrics.isDue(at: now) { metrics.offer(metricsText(isOver: false)) }
        if let heartbeat {
            heartbeat.write(
                delivered: run.sessions.reduce(0) { $0 + $1.statistics.delivered + $1.statistics.skipped },
                nextDeadline: run.sessions.compactMap(\.nextDeadline).min())
            if heartbeat.isStatusDue(at: now) { heartbeat.offer(status: statusText) }
        }
        if let reports, let endingSoFar { reports.makeIfRequested(run) { endingSoFar(grants) } }
        if options.writesTicks { attempt { output throws(RunFailure) in try output.flush() } }
        if options.showsLive, live.screen.isDue(at: now) { paint(at: now) }
        if options.showsProgress, progress.isDue(at: now) { progress.paint(progressText, at: now) }
    }

    /// How a session and its blocks are called in a journal, and what it must keep to.
    func names(of addition: SessionAddition) -> JournalObserver.Names {
        guard let session = run.session(addition.id.index) else {
            return .init(session: "session \(addition.id.index)")
        }
        return .init(
            session: session.name, blocks: session.blockNames, timecode: session.timecode,
            levels: session.levels.limits.map { ($0.measure.rawValue, $0.limit) })
    }

    /// Takes the incidents that a journal must record because none of its other records shows them.
    func takeUnrecordedIncidents() -> [IncidentRecord] {
        defer { unrecorded.removeAll() }
        return unrecorded
    }

    /// No tick follows: the late ticks that went on are closed, and the log says what it still held back.
    func finish(_ ending: TickRunner.Ending) {
        for session in run.sessions {
            run.end(session.number, ending.endReasons[session.number] ?? .stopped)
        }
        run.finish()
        progress.clear()
        live.screen.close()
        let now = HostClock.monotonic()
        writeLog(at: now)
        for line in log.flush(at: now, all: true) { say(line) }
        metrics?.offer(metricsText(isOver: true))
    }

    // MARK: -

    private func add(_ addition: SessionAddition, _ planned: RunPlan.Session, named name: String) {
        self.planned[addition.id.index] = planned
        var timecode = planned.timecode(from: addition.epoch.utc)
        // Labels that are counted go on being counted; those of house time follow from the new epoch.
        if let seam = addition.seam, let before = run.session(seam.predecessor.index)?.timecode,
            case .label = before.start
        {
            let next = before.label(ofTick: seam.predecessorEndTick)
            timecode = try? SessionTimecode(format: before.format, start: .label(next), epoch: addition.epoch.utc)
        }
        run.add(
            RunAccumulator.NewSession(
                number: addition.id.index, name: name, plan: addition.plan, epoch: addition.epoch,
                blocks: addition.blocks, blockNames: planned.blockNames, timecode: timecode, levels: planned.levels,
                seam: addition.seam))
    }

    /// Writes what happened since the last call, at most one line a second of each kind.
    private func writeLog(at now: MonotonicInstant) {
        for news in run.takeNews() {
            if let line = log.add(news.incident, at: now) { say(line) }
        }
        for line in log.flush(at: now) { say(line) }
    }

    private func say(_ line: IncidentLog.Line) {
        guard options.logs, !options.isQuiet || !line.isRoutine else { return }
        progress.clear()
        Commentary.say(line.text, line.isRoutine ? .notice : .warning)
    }

    private func paint(at now: MonotonicInstant) {
        let begin = run.sessions.map(\.epoch.monotonic).min() ?? now
        let quality =
            run.timestamps.last.map { "time \($0.quality.rawValue)\($0.isTraceable ? "" : ", untraceable")" } ?? ""
        let time = RunLive.RunTime(
            utc: HostClock.utc(), elapsed: max(.zero, now - begin), divergence: run.clocks.divergence,
            quality: quality)
        live.screen.paint(live.frame(run, time, at: now), at: now)
    }

    private func metricsText(isOver: Bool) -> String {
        RunMetrics.text(
            run, file: metrics?.name ?? "", version: Maker.version, cluster: cluster?.metrics, isOver: isOver,
            written: HostClock.utc())
    }

    private func write(_ record: TickRecord) {
        guard let session = run.session(record.tick.session.index) else { return }
        json.removeAll()
        TickLine.write(
            record, session: session.name, timecode: session.timecode, blockNames: session.blockNames, to: &json)
        attempt { [json] output throws(RunFailure) in try output.line(json) }
    }

    /// The first failure to write ends the run, and is what it ends with.
    private func attempt(_ body: (inout Output) throws(RunFailure) -> Void) {
        guard outputFailure == nil else { return }
        do {
            try body(&output)
        } catch {
            outputFailure = error
            control?.requestStop()
        }
    }

    private var progressText: String {
        let sessions = run.sessions
        let delivered = sessions.reduce(0) { $0 + $1.statistics.delivered }
        let late = sessions.reduce(0) { $0 + $1.statistics.lateCount }
        var text = "waiting for the epoch"
        if let session = sessions.last(where: { planned[$0.number]?.id == plan.first?.id }),
            let last = session.statistics.last
        {
            let timecode = session.timecode.map { $0.label(ofTick: last.index).description + "  " } ?? ""
            text = "\(timecode)tick \(last.index)" + (session.plan.tickCount.map { " of \($0)" } ?? "")
            if let block = last.block, session.blockNames.indices.contains(Int(block.index)) {
                text += "  \(session.blockNames[Int(block.index)])"
                text += last.ticksToFence.map { ", fence in \($0)" } ?? ""
            }
            text += "  last \(Quantity.length(last.startLateness))"
            text += "  worst \(Quantity.length(run.total.startLateness.maximum))  late \(late)"
        }
        return sessions.count > 1 ? "\(sessions.count) sessions  \(delivered) ticks  \(text)" : text
    }
}
