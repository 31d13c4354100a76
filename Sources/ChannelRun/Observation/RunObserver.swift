import TickConfiguration
import TickJournal
import TickLinux
import TickReports
import TickScheduling
import TickTime

/// Passes what a loop reports to the accumulator, and then to the views of the run.
///
/// `@unchecked Sendable`: while the run goes on, only the drain thread calls it; the main thread reads it after
/// `TickRunner.wait()`.
final class RunObserver: LoopObserver, @unchecked Sendable {
    /// The run so far.
    private(set) var run: RunAccumulator
    private let plan: [RunPlan.PlannedSession]
    /// The planned session of each session number.
    private var planned: [Int32: RunPlan.PlannedSession] = [:]
    /// The member of a cluster whose incidents are the run's.
    private let cluster: RunCluster?
    private var views: [any RunView]
    /// Incidents that only an incident record shows, until the journal takes them.
    private var unrecorded: [IncidentRecord] = []

    /// - Parameters:
    ///   - views: in the order in which they are called.
    ///   - keepsTrace: whether a page will be made.
    init(_ plan: RunPlan, cluster: RunCluster?, views: [any RunView], keepsTrace: Bool) {
        self.plan = plan.sessions
        self.cluster = cluster
        self.views = views
        var kept = RunAccumulator.Options()
        kept.keepsTrace = keepsTrace
        run = RunAccumulator(named: plan.name, kept)
    }

    func began(_ beginning: TickRunner.Beginning, control: LoopControl) {
        run.begin(named: run.name, sessions: beginning.sessions.count)
        for (planned, addition) in zip(plan, beginning.sessions) { add(addition, planned, named: planned.id) }
        for grant in beginning.grants {
            if let refusal = grant.refusal { run.add(refused: "\(grant.detail): \(refusal); \(grant.remedy)") }
        }
        for place in views.indices { views[place].began(beginning, control: control) }
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
        for place in views.indices { views[place].delivered(record, run) }
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
        let news = run.takeNews()
        for place in views.indices { views[place].drained(run, news, at: now) }
    }

    /// The names of a session and its blocks for a journal, and its service levels.
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

    /// No tick follows: closes the open runs of late ticks, and ends the views.
    func finish(_ ending: TickRunner.Ending) {
        for session in run.sessions {
            run.end(session.number, ending.endReasons[session.number] ?? .stopped)
        }
        run.finish()
        let (news, now) = (run.takeNews(), HostClock.monotonic())
        for place in views.indices { views[place].finish(run, news, at: now) }
    }

    private func add(_ addition: SessionAddition, _ planned: RunPlan.PlannedSession, named name: String) {
        self.planned[addition.id.index] = planned
        var timecode = planned.timecode(from: addition.epoch.utc)
        // Counted labels continue; labels of house time follow from the new epoch.
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
}
