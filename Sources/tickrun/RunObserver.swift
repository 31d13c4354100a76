import TickConfiguration
import TickLinux
import TickReports
import TickScheduling
import TickTime

/// Takes in what a run tells: statistics, JSON lines, incidents, the progress line.
///
/// `@unchecked Sendable`: the drain thread alone calls it while the run goes on, and the main thread
/// reads it after `TickRunner.wait()`.
final class RunObserver: LoopObserver, @unchecked Sendable {
    /// Sessions that get histograms of their own, of 912 KiB each; with more there is one for all.
    static let histogramSessionLimit = 64

    struct Options {
        /// `--json`: one object a tick.
        var writesTicks = false
        var showsProgress = false
        var isQuiet = false
        /// Whether the terminal is the run's.
        var showsLive = false
    }

    /// One session of the loop, and what it delivered.
    struct Session {
        let name: String
        let planned: RunPlan.Session
        let addition: SessionAddition
        let timecode: SessionTimecode?
        /// The name of the session that it took over from.
        let predecessor: String?
        var statistics: SessionStatistics
        var latencies: LatencyStatistics?
        /// How many jams of its labels were said.
        var jams: Int64 = 0
        /// The first tick that is not its own; `nil`: none is known.
        var end: Int64?
        /// Whether it was removed.
        var isOver = false

        var id: SessionID { addition.id }
    }

    /// Every session that was in the loop, in the order of adding.
    private(set) var sessions: [Session] = []
    let total = LatencyStatistics()
    private(set) var incidents: [RunSummary.Incident] = []
    private(set) var furtherIncidents = 0
    /// What a page is made of, if one is wanted; set before the loop begins.
    var trace: RunTrace?
    /// Given metrics now and then, if anybody wants them; set before the loop begins.
    var metrics: RunMetricsFile?
    private var clocks = RunMetrics.Clocks()
    /// Told how far the run has come, if anybody wants to know; set before the loop begins.
    var heartbeat: RunHeartbeat?
    /// The member of a cluster, if one runs; set before the loop begins.
    var cluster: RunCluster?
    private(set) var timestamps = TimestampTally()
    /// Why results can no longer be written, if so.
    private(set) var outputFailure: (any Error)?

    private let name: String
    private let plan: [RunPlan.Session]
    private let options: Options
    /// Where in `sessions` a session stands, by its number; −1: nowhere.
    private var places: [Int] = []
    private var control: LoopControl?
    private var output = Output()
    private var json = JSONText(capacity: 1_024)
    private var progress = RunProgress()
    private var live = RunLive()

    /// - Parameter name: of the run.
    init(_ plan: [RunPlan.Session], named name: String, _ options: Options) {
        self.name = name
        self.plan = plan
        self.options = options
    }

    func began(_ beginning: TickRunner.Beginning, control: LoopControl) {
        self.control = control
        // Said by this thread, as its first act, so that a progress line never stands in the way; and
        // even where nothing else is said, for it changes what the run means.
        for grant in beginning.grants {
            guard let refusal = grant.refusal else { continue }
            Commentary.say("REFUSED \(grant.detail): \(refusal); \(grant.remedy). The run goes on without it.")
        }
        for (planned, addition) in zip(plan, beginning.sessions) {
            enter(addition, planned, name: planned.id, after: nil)
        }
    }

    func changed(_ change: LoopChange) {
        switch change {
        case .added(let addition):
            guard let seam = addition.seam, let before = place(of: seam.predecessor) else { return }
            sessions[before].end = min(sessions[before].end ?? .max, seam.predecessorEndTick)
            let planned = sessions[before].planned
            let number = sessions.count { $0.planned.id == planned.id } + 1
            enter(addition, planned, name: "\(planned.id)/\(number)", after: sessions[before])
            note(.succession(seam, of: sessions[before].name, at: HostClock.utc()))
        case .withdrawn(let id):
            // It was entered last, and has no tick.
            guard let place = place(of: id), place == sessions.count - 1 else { return }
            sessions.removeLast()
            places[Int(id.index)] = -1
        case .removed(let id, _):
            if let place = place(of: id) { sessions[place].isOver = true }
        case .appended: break
        }
    }

    func delivered(_ record: TickRecord) {
        guard let place = place(of: record.tick.session) else { return }
        sessions[place].statistics.record(record)
        total.record(record)
        sessions[place].latencies?.record(record)
        if record.tick.blockChanged || record.tick.index & 0x3F == 0 { sayJams(of: place, upTo: record.tick.index) }
        trace?.add(
            record, session: sessions[place].name, rate: sessions[place].addition.plan.rate,
            timecode: sessions[place].timecode)
        if let stamp = record.tick.timestamp { take(stamp, of: record.tick, sessions[place].name) }
        if options.writesTicks { write(record, of: sessions[place]) }
    }

    func incident(_ incident: LoopIncident) {
        switch incident {
        case .clockJump(let jump) where jump.kind == .step: clocks.utcSteps += 1
        case .recordsLost(let count): clocks.lostRecords += Int64(count)
        default: break
        }
        note(
            RunSummary.Incident(incident, at: HostClock.utc()) { id in
                place(of: id).map { sessions[$0].name } ?? "session \(id.index)"
            })
    }

    func observed(_ clocks: ClockObservation) {
        guard let epoch = sessions.first?.addition.epoch else { return }
        let reading = clocks.reading
        let divergence = (reading.utc - epoch.hostUTC) - (reading.monotonic - epoch.monotonic)
        self.clocks.utcDivergence = divergence
        trace?.observe(at: reading.monotonic, divergence: divergence, stolen: clocks.stolen)
    }

    func drained(at now: MonotonicInstant) {
        if let metrics, metrics.isDue(at: now) { metrics.offer(metricsText) }
        for incident in cluster?.takeIncidents() ?? [] { note(incident) }
        if let heartbeat {
            heartbeat.write(
                delivered: sessions.reduce(0) { $0 + $1.statistics.delivered + $1.statistics.skipped },
                nextDeadline: sessions.compactMap(\.nextDeadline).min())
        }
        if options.writesTicks { attempt { try $0.flush() } }
        if options.showsLive, live.screen.isDue(at: now) { paint(at: now) }
        if options.showsProgress, progress.isDue(at: now) { progress.paint(progressText, at: now) }
    }

    /// Counts a timestamp, and says when they begin to rest on something else.
    private func take(_ stamp: TickTimestamp, of tick: Tick, _ session: String) {
        let before = timestamps.last
        timestamps.add(stamp)
        guard let before, before.quality != stamp.quality || before.isTraceable != stamp.isTraceable else { return }
        note(
            RunSummary.Incident(
                kind: "timestamp_quality", utc: stamp.time, size: nil,
                text: "timestamps rest on \(stamp.sourceText) instead of \(before.sourceText), from \(session)"
                    + " tick \(tick.index) on"))
    }

    /// What a session that was told of, and its blocks, are called.
    func names(of addition: SessionAddition) -> JournalObserver.Names {
        guard let place = place(of: addition.id) else { return .init(session: "session \(addition.id.index)") }
        let levels = sessions[place].planned.profile.serviceLevels
        return .init(
            session: sessions[place].name, blocks: sessions[place].planned.blockNames,
            timecode: sessions[place].timecode,
            levels: ServiceLevels.Measure.allCases.compactMap { measure in
                levels[measure].map { (measure.rawValue, $0) }
            })
    }

    /// Takes the progress line away; the last metrics are those of the whole run.
    func finish() {
        progress.clear()
        live.screen.close()
        if let metrics { metrics.offer(metricsText) }
    }

    private func paint(at now: MonotonicInstant) {
        let begin = sessions.map(\.addition.epoch.monotonic).min() ?? now
        let quality =
            timestamps.last.map { "time \($0.quality.rawValue)\($0.isTraceable ? "" : ", untraceable")" } ?? ""
        let time = RunLive.RunTime(
            utc: HostClock.utc(), elapsed: max(.zero, now - begin), divergence: clocks.utcDivergence, quality: quality)
        live.screen.paint(live.frame(name, sessions, total, time, at: now), at: now)
    }

    private var metricsText: String {
        if let stamp = timestamps.last {
            (clocks.quality, clocks.isTraceable) = (stamp.quality, stamp.isTraceable)
            if let earliest = stamp.earliest, let latest = stamp.latest {
                clocks.bound = max((stamp.time - earliest).magnitude, (latest - stamp.time).magnitude)
            } else {
                clocks.bound = nil
            }
        }
        return RunMetrics.text(
            name: name, version: Help.version,
            sessions: sessions.map { .init(name: $0.name, rate: $0.addition.plan.rate, statistics: $0.statistics) },
            latencies: total, clocks: clocks, written: HostClock.utc())
    }

    private func place(of id: SessionID) -> Int? {
        let index = Int(id.index)
        guard places.indices.contains(index), places[index] >= 0 else { return nil }
        return places[index]
    }

    private func enter(
        _ addition: SessionAddition, _ planned: RunPlan.Session, name: String, after predecessor: Session?
    ) {
        let index = Int(addition.id.index)
        while places.count <= index { places.append(-1) }
        places[index] = sessions.count
        var timecode = planned.timecode(from: addition.epoch.utc)
        // Labels that are counted go on being counted; those of house time follow from the new epoch.
        if let seam = addition.seam, let before = predecessor?.timecode, case .label = before.start {
            let next = before.label(ofTick: seam.predecessorEndTick)
            timecode = try? SessionTimecode(format: before.format, start: .label(next), epoch: addition.epoch.utc)
        }
        sessions.append(
            Session(
                name: name, planned: planned, addition: addition, timecode: timecode, predecessor: predecessor?.name,
                statistics: SessionStatistics(epoch: addition.epoch, rate: addition.plan.rate),
                latencies: plan.count <= Self.histogramSessionLimit ? LatencyStatistics() : nil))
        sessions[sessions.count - 1].end = sessions[sessions.count - 1].plannedEnd
    }

    /// Says each jam of house time once.
    private func sayJams(of place: Int, upTo tick: Int64) {
        guard let timecode = sessions[place].timecode else { return }
        let count = timecode.jamCount(throughTick: tick)
        while sessions[place].jams < count {
            sessions[place].jams += 1
            note(.jam(timecode.jam(sessions[place].jams), of: sessions[place].name))
        }
    }

    private func note(_ said: RunSummary.Incident) {
        if !options.isQuiet {
            progress.clear()
            Commentary.say(said.text)
        }
        guard incidents.count < RunSummary.incidentLimit else {
            furtherIncidents += 1
            return
        }
        incidents.append(said)
    }

    private func write(_ record: TickRecord, of session: Session) {
        json.removeAll()
        TickLine.write(
            record, session: session.name, timecode: session.timecode, blockNames: session.planned.blockNames, to: &json
        )
        attempt { try $0.line(json) }
    }

    /// The first failure to write ends the run, and is what it ends with.
    private func attempt(_ body: (inout Output) throws -> Void) {
        guard outputFailure == nil else { return }
        do {
            try body(&output)
        } catch {
            outputFailure = error
            control?.requestStop()
        }
    }

    private var progressText: String {
        let delivered = sessions.reduce(0) { $0 + $1.statistics.delivered }
        let late = sessions.reduce(0) { $0 + $1.statistics.lateCount }
        var text = "waiting for the epoch"
        if let session = sessions.last(where: { $0.planned.id == plan.first?.id }), let last = session.statistics.last {
            let timecode = session.timecode.map { $0.label(ofTick: last.index).description + "  " } ?? ""
            text = "\(timecode)tick \(last.index)" + (session.addition.plan.tickCount.map { " of \($0)" } ?? "")
            if let block = last.block, session.planned.blockNames.indices.contains(Int(block.index)) {
                text += "  \(session.planned.blockNames[Int(block.index)])"
                text += last.ticksToFence.map { ", fence in \($0)" } ?? ""
            }
            text += "  last \(Quantity.length(last.startLateness))"
            text += "  worst \(Quantity.length(total.startLateness.maximum))  late \(late)"
        }
        return sessions.count > 1 ? "\(sessions.count) sessions  \(delivered) ticks  \(text)" : text
    }
}

extension TickTimestamp {
    fileprivate var sourceText: String { "\(quality.rawValue) time\(isTraceable ? "" : " (untraceable)")" }
}
