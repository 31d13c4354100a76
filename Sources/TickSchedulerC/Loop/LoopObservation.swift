// Accumulates what a loop's drain reports, as a run of `tickrun` does: counts, histograms, incidents, and how the
// sessions ended.

internal import CTickScheduler
internal import Synchronization
internal import TickLinux
internal import TickReports
internal import TickScheduling
internal import TickTime

/// The function that receives incidents.
@safe struct IncidentHandler: @unchecked Sendable {
    let function: tick_incident_handler
    let context: UnsafeMutableRawPointer?

    func tell(_ kind: tick_incident_kind, _ incident: RunIncident) {
        unsafe incident.text.withCString { text in
            var told = tick_incident()
            told.struct_size = UInt32(MemoryLayout<tick_incident>.size)
            told.kind = kind
            told.mono_ns = (incident.monotonic ?? HostClock.monotonic()).nanoseconds
            told.size_ns = incident.size?.count ?? 0
            told.count = incident.count ?? incident.lateTicks ?? 0
            told.session = incident.sessionNumber ?? -1
            told.tick = incident.firstTick ?? 0
            unsafe told.text = text
            unsafe function(context, &told)
        }
    }
}

/// The observer of a C program's loop.
final class LoopObservation: LoopObserver {
    private struct State {
        var run: RunAccumulator
    }

    private let state: Mutex<State>
    private let incidents: IncidentHandler?

    init(hasSessionHistograms: Bool, incidents: IncidentHandler?) {
        var options = RunAccumulator.Options()
        options.histogramSessionLimit = hasSessionHistograms ? .max : 0
        state = Mutex(State(run: RunAccumulator(named: "loop", options)))
        self.incidents = incidents
    }

    // MARK: - Calls from the drain

    func began(_ beginning: TickRunner.Beginning, control: LoopControl) {
        for session in beginning.sessions { enter(session) }
        state.withLock { state in
            for grant in beginning.grants {
                if let refusal = grant.refusal {
                    state.run.add(refused: "\(grant.detail): \(refusal); \(grant.remedy)")
                }
            }
        }
        tellNews()
    }

    func changed(_ change: LoopChange) {
        switch change {
        case .added(let addition): enter(addition)
        case .withdrawn(let id): state.withLock { $0.run.withdraw(id.index) }
        case .removed(let id, let reason):
            state.withLock { state in
                state.run.remove(id.index)
                state.run.end(id.index, reason)
            }
        case .appended: break
        }
    }

    private func enter(_ addition: SessionAddition) {
        let number = addition.id.index
        state.withLock { state in
            state.run.add(
                RunAccumulator.NewSession(
                    number: number, name: "session \(number)", plan: addition.plan, epoch: addition.epoch,
                    blocks: addition.blocks, levels: ServiceLevels(), seam: addition.seam))
        }
    }

    func delivered(_ record: TickRecord) { state.withLock { $0.run.add(record) } }

    func incident(_ incident: LoopIncident) { state.withLock { $0.run.add(incident) } }

    func drained(at now: MonotonicInstant) {
        state.withLock { $0.run.look(at: now) }
        tellNews()
    }

    /// Tells the host program what happened since the last call. It holds no lock, so the program may call back.
    private func tellNews() {
        let news = state.withLock { $0.run.hasNews ? $0.run.takeNews() : [] }
        guard let incidents else { return }
        for one in news {
            if let kind = tick_incident_kind(one.incident.kind, isOver: one.phase == .whole) {
                incidents.tell(kind, one.incident)
            }
        }
    }

    /// Records that the journal cannot be written.
    func journalFailed(_ error: SystemError) {
        let now = HostClock.utc()
        incidents?.tell(
            TICK_INCIDENT_JOURNAL_FAILED,
            RunIncident(.recordsLost, begin: now, end: now, text: "the journal ends: \(error)"))
    }

    /// How the sessions ended, after the end of the loop.
    func finish(_ ending: TickRunner.Ending) {
        state.withLock { state in
            for session in state.run.sessions where session.endReason == nil || ending.endReasons[session.number] != nil
            {
                state.run.end(session.number, ending.endReasons[session.number] ?? .stopped)
            }
        }
        tellNews()
    }

    // MARK: - Queries

    private static func missing(_ session: Int32) -> CallError {
        CallError(TICK_ERROR_NO_SESSION, "the loop never had a session \(session), or has not begun")
    }

    func epoch(of session: Int32) throws(CallError) -> SessionEpoch {
        guard let epoch = state.withLock({ $0.run.session(session)?.epoch }) else { throw Self.missing(session) }
        return epoch
    }

    func endReason(of session: Int32) throws(CallError) -> TickSession.EndReason? {
        let (isKnown, reason) = state.withLock { state in
            let found = state.run.session(session)
            return (found != nil, found?.endReason)
        }
        guard isKnown else { throw Self.missing(session) }
        return reason
    }

    /// The statistics of one session, or of all with TICK_ALL_SESSIONS.
    func statistics(of session: Int32) throws(CallError) -> tick_statistics {
        let (found, lost) = state.withLock { state in
            (
                session == TICK_ALL_SESSIONS
                    ? state.run.sessions.map(\.statistics) : state.run.session(session).map { [$0.statistics] },
                state.run.clocks.lostRecords
            )
        }
        guard let found else { throw Self.missing(session) }
        var sum = tick_statistics()
        sum.lost_records = lost
        for statistics in found { sum.add(statistics) }
        return sum
    }

    /// Reads a histogram while no other thread writes to it.
    func withHistogram<Result: Sendable>(
        _ histogram: tick_histogram, of session: Int32,
        _ body: (borrowing LatencyHistogram) throws(CallError) -> Result
    ) throws(CallError) -> Result {
        try state.withLock { (state) throws(CallError) in
            let latencies: LatencyStatistics
            if session == TICK_ALL_SESSIONS {
                latencies = state.run.total
            } else {
                guard let known = state.run.session(session) else { throw Self.missing(session) }
                guard let own = known.latencies else {
                    throw CallError(
                        TICK_ERROR_STATE,
                        "session \(session) has no histograms; set has_session_histograms in tick_loop_options"
                    )
                }
                latencies = own
            }
            switch histogram {
            case TICK_HISTOGRAM_START_LATENESS: return try body(latencies.startLateness)
            case TICK_HISTOGRAM_WAKE_LATENCY: return try body(latencies.wakeLatency)
            case TICK_HISTOGRAM_WORK: return try body(latencies.work)
            default:
                throw CallError(TICK_ERROR_ARGUMENT, "histogram is \(histogram.rawValue); give a tick_histogram")
            }
        }
    }
}

extension tick_statistics {
    fileprivate mutating func add(_ statistics: SessionStatistics) {
        delivered += statistics.delivered
        skipped += statistics.skipped
        overdue += statistics.overdue
        by_lateness.0 += statistics.count(of: .onTime)
        by_lateness.1 += statistics.count(of: .late)
        by_lateness.2 += statistics.count(of: .overPeriod)
        by_lateness.3 += statistics.count(of: .stall)
        late_by_cause.0 += statistics.lateCount(by: .wake)
        late_by_cause.1 += statistics.lateCount(by: .neighbour)
        late_by_cause.2 += statistics.lateCount(by: .work)
        late_by_cause.3 += statistics.lateCount(by: .begin)
        consecutive_late = max(consecutive_late, statistics.consecutiveLate)
        most_consecutive_late = max(most_consecutive_late, statistics.mostConsecutiveLate)
        backlogs_crossed += statistics.backlogsCrossed
        blocks_begun += statistics.blocks.begun
        drift_ns = max(drift_ns, statistics.drift.count)
    }
}

extension tick_incident_kind {
    /// `nil` for events that C programs see in another way: they make a succession themselves.
    fileprivate init?(_ kind: RunIncident.Kind, isOver: Bool) {
        switch kind {
        case .stall: self = TICK_INCIDENT_STALL
        case .lateRun: self = TICK_INCIDENT_LATE_RUN
        case .skipped: self = TICK_INCIDENT_SKIPPED
        case .handlerHangs: self = isOver ? TICK_INCIDENT_HANDLER_RETURNED : TICK_INCIDENT_HANDLER_HANGS
        case .utcStep: self = TICK_INCIDENT_CLOCK_STEP
        case .utcSet: self = TICK_INCIDENT_CLOCK_SET
        case .suspend: self = TICK_INCIDENT_SUSPEND
        case .monotonicRate: self = TICK_INCIDENT_MONOTONIC_RATE
        case .recordsLost: self = TICK_INCIDENT_RECORDS_LOST
        case .refused: self = TICK_INCIDENT_REFUSED
        default: return nil
        }
    }
}
