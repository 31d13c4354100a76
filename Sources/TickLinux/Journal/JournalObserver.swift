// Records a run as events, on the drain thread. The tick thread never waits for it. The observer behind it receives
// each call first.
//
// A failing disk ends the recording, not the run. The error goes to `complain` at once, and to `failure` for the
// report.

internal import ClockView
public import TickJournal
public import TickScheduling
public import TickTime

/// Writes a journal of a loop.
///
/// `@unchecked Sendable`: only the drain thread calls it while the run lasts, and after that only the thread that
/// waited for the runner.
public final class JournalObserver: LoopObserver, @unchecked Sendable {
    /// The names of a session and of its blocks, in the order of its plan.
    public struct Names: Sendable {
        public var session: String
        public var blocks: [String]
        /// Its labels and its service levels, by the keys of profiles.
        public var timecode: SessionTimecode?
        public var levels: [(level: String, limit: Int64)]

        public init(
            session: String, blocks: [String] = [], timecode: SessionTimecode? = nil,
            levels: [(level: String, limit: Int64)] = []
        ) {
            self.session = session
            self.blocks = blocks
            self.timecode = timecode
            self.levels = levels
        }
    }

    private struct Session {
        let epoch: SessionEpoch
        var counts = SessionCounts()
    }

    /// A removed session, and how many times the ring was emptied since.
    private struct Removal {
        let session: Int32
        let reason: TickSession.EndReason
        var drains = 0
    }

    /// Why the recording ended.
    public private(set) var failure: SystemError?
    private let file: JournalFile
    private let sync: JournalSync
    private let name: String
    private let wait: WaitStrategy
    private let program: String
    private let names: @Sendable (SessionAddition) -> Names
    private let timeSync: TimeSyncRecord?
    private let host: RunHostRecord?
    private let cluster: @Sendable () -> ClusterRecord?
    private let incidents: @Sendable () -> [IncidentRecord]
    private let complain: @Sendable (SystemError) -> Void
    private let observer: any LoopObserver
    private var writer = JournalWriter()
    private var sessions: [Int32: Session] = [:]
    private var removals: [Removal] = []
    private var nextSync: MonotonicInstant?

    /// - Parameters:
    ///   - file: a new file that no other code writes to.
    ///   - name: the name of the run.
    ///   - wait: how its loop waits.
    ///   - program: the program that records the run, with its version.
    ///   - names: the names of a session when it is added.
    ///   - host: the host of the run.
    ///   - timeSync: the verdict of a check that let the run begin.
    ///   - cluster: the state of the cluster's time, read once a second; `nil` without a member of a cluster.
    ///   - incidents: incidents that no other record shows, read each time the ring was emptied.
    ///   - complain: called once if the file cannot be written.
    ///   - observer: an observer that receives all calls too.
    public init(
        _ file: consuming JournalFile, sync: JournalSync = .second, name: String, wait: WaitStrategy, program: String,
        names: @escaping @Sendable (SessionAddition) -> Names = { Names(session: "session \($0.id.index)") },
        host: RunHostRecord? = nil, timeSync: TimeSyncRecord? = nil,
        cluster: @escaping @Sendable () -> ClusterRecord? = { nil },
        incidents: @escaping @Sendable () -> [IncidentRecord] = { [] },
        complain: @escaping @Sendable (SystemError) -> Void = { _ in }, observer: some LoopObserver
    ) {
        self.file = file
        self.sync = sync
        self.name = name
        self.wait = wait
        self.program = program
        self.names = names
        self.timeSync = timeSync
        self.host = host
        self.cluster = cluster
        self.incidents = incidents
        self.complain = complain
        self.observer = observer
    }

    public func began(_ beginning: TickRunner.Beginning, control: LoopControl) {
        observer.began(beginning, control: control)
        let refused = beginning.grants.compactMap { grant in
            grant.refusal.map { "\(grant.detail): \($0); \(grant.remedy)" }
        }
        record(
            .runBegan(
                RunBeginning(
                    name: name, wait: wait, program: program, refused: refused,
                    sessions: Int64(beginning.sessions.count))))
        if let host { record(.runHost(host)) }
        if let timeSync { record(.timeSync(timeSync)) }
        for session in beginning.sessions { anchor(session) }
    }

    public func changed(_ change: LoopChange) {
        observer.changed(change)
        switch change {
        case .added(let addition): anchor(addition)
        case .withdrawn(let id):
            remove(id, .removed)
        case .removed(let id, let reason):
            remove(id, reason)
        case .appended(let id, let block):
            record(
                .block(
                    BlockRecord(
                        session: id.index, index: block.index, id: block.id, name: nil,
                        length: block.end - block.start, wasAppended: true)))
        }
    }

    public func delivered(_ record: TickRecord) {
        observer.delivered(record)
        guard let epoch = sessions[record.tick.session.index]?.epoch else { return }
        let entry = TickEntry(record.tick, work: record.work, epoch: epoch)
        sessions[entry.session]?.counts.add(entry)
        self.record(.tick(entry))
    }

    public func incident(_ incident: LoopIncident) {
        observer.incident(incident)
        switch incident {
        case .clockJump(let jump):
            record(jump.kind == .step ? .wallStep(ClockJumpRecord(jump)) : .suspend(ClockJumpRecord(jump)))
        case .clockSet(let utc): record(.wallSet(utc))
        case .monotonicRate(let interval): record(.monotonicRate(MonotonicRateRecord(interval)))
        case .handlerHangs(let handler, let since): hang(handler, since, hasReturned: false)
        case .handlerReturned(let handler, let after): hang(handler, after, hasReturned: true)
        case .recordsLost(let count): record(.recordsLost(Int64(count)))
        }
    }

    public func observed(_ clocks: ClockObservation) {
        observer.observed(clocks)
        let reading = clocks.reading
        if let kernel = clocks.kernel {
            record(.kernelClock(KernelClockRecord(kernel, at: reading.monotonic)))
        }
        if let stolen = clocks.stolen {
            record(
                .stolenTime(
                    StolenTimeRecord(
                        monotonic: reading.monotonic, stolen: stolen, throttling: clocks.throttling)))
        }
        if let record = cluster() { self.record(.cluster(record)) }
        // The monotonic reading is the bracket's midpoint. The bracket's uncertainty belongs to UTC.
        sample(.monotonic, reading.monotonic.nanoseconds, .zero)
        sample(.rtc, reading.utc.nanoseconds, reading.uncertainty)
        if let error = clocks.utcError {
            sample(.ntp, reading.utc.nanoseconds, error +| reading.uncertainty)
        }
    }

    public func drained(at now: MonotonicInstant) {
        observer.drained(at: now)
        for incident in incidents() { record(.incident(incident)) }
        // Records that were in the ring when a session was removed are out of it two drains later.
        for removal in removals where removal.drains >= 2 { end(removal.session, removal.reason) }
        removals.removeAll { $0.drains >= 2 }
        for index in removals.indices { removals[index].drains += 1 }
        flush()
        guard sync == .second, now >= nextSync ?? now else { return }
        nextSync = now + .seconds(1)
        attempt { file throws(SystemError) in try file.sync() }
    }

    /// Records the end of the run. Call it once, after `TickRunner.wait()`.
    public func finish(_ ending: TickRunner.Ending) {
        for removal in removals { end(removal.session, removal.reason) }
        for id in sessions.keys.sorted() { end(id, ending.endReasons[id] ?? .stopped) }
        record(
            .runEnded(
                RunEnding(
                    elapsed: ending.elapsed, tickThreadCPU: ending.tickThreadCPU, processCPU: ending.processCPU,
                    lostRecords: Int64(ending.clocks.lostRecords))))
        flush()
        if sync != .none { attempt { file throws(SystemError) in try file.sync() } }
    }

    // MARK: -

    private func anchor(_ addition: SessionAddition) {
        let names = names(addition)
        sessions[addition.id.index] = Session(epoch: addition.epoch)
        record(
            .session(
                SessionAnchor(
                    session: addition.id.index, name: names.session, plan: addition.plan, epoch: addition.epoch,
                    planStart: addition.blocks?.start, blockCount: Int64(addition.blocks?.blocks.count ?? 0),
                    predecessor: addition.seam?.predecessor.index)))
        for (index, block) in (addition.blocks?.blocks ?? []).enumerated() {
            record(
                .block(
                    BlockRecord(
                        session: addition.id.index, index: Int64(index), id: block.id,
                        name: names.blocks.indices.contains(index) ? names.blocks[index] : nil, length: block.length)))
        }
        if let timecode = names.timecode {
            record(.sessionLabels(SessionLabelsRecord(session: addition.id.index, timecode)))
        }
        for one in names.levels {
            record(.serviceLevel(ServiceLevelRecord(session: addition.id.index, level: one.level, limit: one.limit)))
        }
    }

    private func remove(_ id: SessionID, _ reason: TickSession.EndReason) {
        record(.sessionRemoved(id.index))
        removals.append(Removal(session: id.index, reason: reason))
    }

    private func end(_ session: Int32, _ reason: TickSession.EndReason) {
        guard let counts = sessions.removeValue(forKey: session)?.counts else { return }
        record(.sessionEnded(SessionEnding(session: session, reason: reason, counts: counts)))
    }

    private func hang(_ handler: RunningHandler, _ lasted: Nanoseconds, hasReturned: Bool) {
        record(
            .handlerHang(
                HandlerHangRecord(
                    session: handler.session.index, tick: handler.tick, start: handler.start, lasted: lasted,
                    hasReturned: hasReturned)))
    }

    private func sample(_ source: ClockView.Source, _ value: Int64, _ uncertainty: Nanoseconds) {
        record(.clock(ClockView.Sample(source, UInt64(max(0, value)), uncertainty: UInt64(max(0, uncertainty.count)))))
    }

    private func record(_ record: JournalRecord) {
        if case .none = failure { writer.append(record) }
    }

    /// Writes the records to the kernel. From then on they survive the end of this process.
    private func flush() {
        attempt { [self] file throws(SystemError) in
            try writer.takePending { bytes throws(SystemError) in try file.append(bytes) }
            if sync == .always { try file.sync() }
        }
    }

    private func attempt(_ body: (borrowing JournalFile) throws(SystemError) -> Void) {
        guard case .none = failure else { return }
        do throws(SystemError) { try body(file) } catch {
            failure = error
            complain(error)
        }
    }
}
