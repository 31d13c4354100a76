// What a loop's drain is told, kept for who asks: counts, histograms, anchors, how sessions ended.

internal import CTickScheduler
internal import Synchronization
internal import TickLinux
internal import TickScheduling
internal import TickTime

/// Whom incidents are told to.
@safe struct IncidentHandler: @unchecked Sendable {
    let function: tick_incident_handler
    let context: UnsafeMutableRawPointer?

    func tell(
        _ kind: tick_incident_kind, at mono: MonotonicInstant, size: Nanoseconds = .zero, count: Int64 = 0,
        session: Int32 = -1, tick: Int64 = 0, _ text: String
    ) {
        unsafe text.withCString { text in
            var incident = tick_incident()
            incident.struct_size = UInt32(MemoryLayout<tick_incident>.size)
            incident.kind = kind
            incident.mono_ns = mono.nanoseconds
            incident.size_ns = size.count
            incident.count = count
            incident.session = session
            incident.tick = tick
            unsafe incident.text = text
            unsafe function(context, &incident)
        }
    }
}

/// The observer of a loop of C's.
final class LoopObservation: LoopObserver {
    private struct Session {
        let epoch: SessionEpoch
        var statistics: SessionStatistics
        let latencies: LatencyStatistics?
        var endReason: TickSession.EndReason?
    }

    private struct State {
        var sessions: [Int32: Session] = [:]
        let latencies = LatencyStatistics()
        var lostRecords: Int64 = 0
    }

    private let state = Mutex(State())
    private let hasSessionHistograms: Bool
    private let incidents: IncidentHandler?

    init(hasSessionHistograms: Bool, incidents: IncidentHandler?) {
        self.hasSessionHistograms = hasSessionHistograms
        self.incidents = incidents
    }

    // MARK: - Told by the drain

    func began(_ beginning: TickRunner.Beginning, control: LoopControl) {
        for session in beginning.sessions { enter(session) }
        let now = HostClock.monotonic()
        for grant in beginning.grants {
            guard let refusal = grant.refusal else { continue }
            incidents?.tell(
                TICK_INCIDENT_REFUSED, at: now, "the host refused \(grant.detail) (\(refusal)); \(grant.remedy)")
        }
    }

    func changed(_ change: LoopChange) {
        switch change {
        case .added(let addition): enter(addition)
        case .withdrawn(let id): state.withLock { $0.sessions[id.index] = nil }
        case .removed(let id, let reason): state.withLock { $0.sessions[id.index]?.endReason = reason }
        case .appended: break
        }
    }

    private func enter(_ addition: SessionAddition) {
        state.withLock { [hasSessionHistograms] state in
            state.sessions[addition.id.index] = Session(
                epoch: addition.epoch,
                statistics: SessionStatistics(epoch: addition.epoch, rate: addition.plan.rate),
                latencies: hasSessionHistograms ? LatencyStatistics() : nil)
        }
    }

    func delivered(_ record: TickRecord) {
        state.withLock { state in
            let session = record.tick.session.index
            state.latencies.record(record)
            state.sessions[session]?.statistics.record(record)
            state.sessions[session]?.latencies?.record(record)
        }
    }

    func incident(_ incident: LoopIncident) {
        if case .recordsLost(let count) = incident { state.withLock { $0.lostRecords += Int64(count) } }
        guard let incidents else { return }
        let now = HostClock.monotonic()
        switch incident {
        case .clockJump(let jump):
            incidents.tell(
                jump.kind == .step ? TICK_INCIDENT_CLOCK_STEP : TICK_INCIDENT_SUSPEND, at: jump.monotonic,
                size: jump.size,
                jump.kind == .step
                    ? "UTC stepped by \(jump.size.count) ns; sessions keep their grid: let successors take over"
                    : "the host slept for \(jump.size.count) ns; let successors take over")
        case .clockSet(let utc):
            incidents.tell(TICK_INCIDENT_CLOCK_SET, at: now, "CLOCK_REALTIME was set, at \(utc.iso8601)")
        case .monotonicRate(let interval):
            incidents.tell(
                TICK_INCIDENT_MONOTONIC_RATE, at: now, count: interval.partsPerBillion,
                "CLOCK_MONOTONIC is off by \(interval.partsPerBillion) parts per billion")
        case .handlerHangs(let handler, let since):
            incidents.tell(
                TICK_INCIDENT_HANDLER_HANGS, at: handler.start, size: since, session: handler.session.index,
                tick: handler.tick, "tick \(handler.tick) of session \(handler.session.index) is worked on still")
        case .handlerReturned(let handler, let after):
            incidents.tell(
                TICK_INCIDENT_HANDLER_RETURNED, at: handler.start, size: after, session: handler.session.index,
                tick: handler.tick, "tick \(handler.tick) of session \(handler.session.index) is done")
        case .recordsLost(let count):
            incidents.tell(
                TICK_INCIDENT_RECORDS_LOST, at: now, count: Int64(count),
                "\(count) records found no room; make ring_capacity greater")
        }
    }

    /// The journal cannot be written.
    func journalFailed(_ error: SystemError) {
        incidents?.tell(TICK_INCIDENT_JOURNAL_FAILED, at: HostClock.monotonic(), "the journal ends: \(error)")
    }

    /// How the sessions ended, once the loop has.
    func finish(_ ending: TickRunner.Ending) {
        state.withLock { state in
            for (index, reason) in ending.endReasons { state.sessions[index]?.endReason = reason }
            for index in state.sessions.keys where state.sessions[index]?.endReason == nil {
                state.sessions[index]?.endReason = .stopped
            }
        }
    }

    // MARK: - For who asks

    private static func missing(_ session: Int32) -> CallError {
        CallError(TICK_ERROR_NO_SESSION, "the loop never had a session \(session), or has not begun")
    }

    func epoch(of session: Int32) throws(CallError) -> SessionEpoch {
        guard let epoch = state.withLock({ $0.sessions[session]?.epoch }) else { throw Self.missing(session) }
        return epoch
    }

    func endReason(of session: Int32) throws(CallError) -> TickSession.EndReason? {
        let (isKnown, reason) = state.withLock { ($0.sessions[session] != nil, $0.sessions[session]?.endReason) }
        guard isKnown else { throw Self.missing(session) }
        return reason
    }

    /// Of one session, or of all under TICK_ALL_SESSIONS.
    func statistics(of session: Int32) throws(CallError) -> tick_statistics {
        let (found, lost) = state.withLock { state in
            (
                session == TICK_ALL_SESSIONS
                    ? state.sessions.values.map(\.statistics) : state.sessions[session].map { [$0.statistics] },
                state.lostRecords
            )
        }
        guard let found else { throw Self.missing(session) }
        var sum = tick_statistics()
        sum.lost_records = lost
        for statistics in found { sum.add(statistics) }
        return sum
    }

    /// Looks at a histogram, while nothing is recorded into it.
    func withHistogram<Result: Sendable>(
        _ histogram: tick_histogram, of session: Int32,
        _ body: (borrowing LatencyHistogram) throws(CallError) -> Result
    ) throws(CallError) -> Result {
        try state.withLock { (state) throws(CallError) in
            let latencies: LatencyStatistics
            if session == TICK_ALL_SESSIONS {
                latencies = state.latencies
            } else {
                guard let known = state.sessions[session] else { throw Self.missing(session) }
                guard let own = known.latencies else {
                    throw CallError(
                        TICK_ERROR_STATE,
                        "session \(session) has no histograms of its own; set has_session_histograms in tick_loop_options"
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
