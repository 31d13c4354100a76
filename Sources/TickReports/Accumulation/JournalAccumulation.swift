// A journal's run. Its records go into the accumulator that the live run used, in the same order, so that the page,
// the incidents and the verdict are those of the run.

internal import ClockView
public import TickJournal
internal import TickScheduling
internal import TickTime

/// A recorded run, accumulated record by record.
public struct JournalAccumulation {
    public private(set) var run: RunAccumulator
    private var beginning: RunBeginning?
    private var host: RunHostRecord?
    private var timeSync: TimeSyncRecord?
    private var cluster: ClusterRecord?
    private var ending: RunEnding?
    private var labels: [Int32: SessionLabelsRecord] = [:]
    /// A session whose labels, blocks and levels may follow; it is added with its first tick, or the next session.
    private var pending: PendingSession?
    private var stolen: StolenTimeRecord?
    private var lastMonotonic: MonotonicInstant?

    private struct PendingSession {
        let anchor: SessionAnchor
        var blocks: [Block] = []
        var blockNames: [String] = []
        var timecode: SessionTimecode?
        var levels = ServiceLevels()
    }

    /// - Parameters:
    ///   - name: the run's name if the journal has none.
    ///   - options: how much is kept.
    public init(named name: String, _ options: RunAccumulator.Options = .init()) {
        run = RunAccumulator(named: name, options)
    }

    /// Takes the next record.
    public mutating func add(_ record: JournalRecord) {
        switch record {
        case .session(let anchor):
            enterPending()
            pending = PendingSession(anchor: anchor)
        case .block(let block): add(block)
        case .sessionLabels(let labels):
            guard let anchor = pending?.anchor, anchor.session == labels.session else { return }
            pending?.timecode = labels.timecode(rate: anchor.plan.rate, epoch: anchor.epoch.utc)
        case .serviceLevel(let level):
            guard let measure = ServiceLevels.Measure(rawValue: level.level), pending?.anchor.session == level.session
            else { return }
            pending?.levels[measure] = level.limit
        default:
            enterPending()
            take(record)
        }
    }

    private mutating func add(_ block: BlockRecord) {
        guard !block.wasAppended, let anchor = pending?.anchor, anchor.session == block.session else { return }
        pending?.blocks.append(Block(id: block.id, length: block.length))
        pending?.blockNames.append(block.name ?? "block \(block.index)")
    }

    private mutating func enterPending() {
        guard let session = pending else { return }
        pending = nil
        let anchor = session.anchor
        // A plan that does not fit is left out; replay reports it.
        let blocks = anchor.planStart.flatMap { try? BlockPlan(start: $0, blocks: session.blocks) }
        let seam = anchor.predecessor.flatMap { number in
            run.session(number).map { predecessor in
                Seam(
                    from: SessionID(index: number), plan: predecessor.plan, epoch: predecessor.epoch,
                    to: SessionID(index: anchor.session), epoch: anchor.epoch)
            }
        }
        run.add(
            RunAccumulator.NewSession(
                number: anchor.session, name: anchor.name, plan: anchor.plan, epoch: anchor.epoch, blocks: blocks,
                blockNames: session.blockNames, timecode: session.timecode, levels: session.levels, seam: seam))
    }

    private mutating func take(_ record: JournalRecord) {
        switch record {
        case .runBegan(let beginning):
            self.beginning = beginning
            run.begin(named: beginning.name, sessions: beginning.sessions.map { Int($0) })
            for refusal in beginning.refused { run.add(refused: refusal) }
        case .runHost(let host): self.host = host
        case .timeSync(let check): timeSync = check
        case .tick(let entry):
            let lead = run.session(entry.session)?.plan.lead ?? .zero
            run.add(TickRecord(tick: Tick(entry, lead: lead), work: entry.work))
        case .stolenTime(let time): stolen = time
        case .cluster(let record): cluster = record
        case .clock(let sample): observe(sample)
        case .wallStep(let jump): run.add(.clockJump(ClockJump(.step, jump)))
        case .suspend(let jump): run.add(.clockJump(ClockJump(.suspend, jump)))
        case .wallSet(let utc): run.add(.clockSet(at: utc))
        case .monotonicRate(let rate): run.add(.monotonicRate(MonotonicRate.Interval(rate)))
        case .handlerHang(let hang):
            let handler = RunningHandler(
                session: SessionID(index: hang.session), tick: hang.tick, start: hang.start)
            run.add(
                hang.hasReturned
                    ? .handlerReturned(handler, after: hang.lasted) : .handlerHangs(handler, since: hang.lasted))
        case .incident(let record):
            if let incident = RunIncident(record) { run.add(incident) }
        case .recordsLost(let count): run.add(.recordsLost(Int(clamping: count)))
        case .sessionRemoved(let session): run.remove(session)
        case .sessionEnded(let end): run.end(end.session, end.reason)
        case .runEnded(let ending): self.ending = ending
        case .session, .block, .sessionLabels, .serviceLevel, .kernelClock: break
        }
        // No log is written here.
        _ = run.takeNews()
    }

    /// A UTC sample comes after the monotonic sample of the same reading.
    private mutating func observe(_ sample: ClockView.Sample) {
        if sample.source == .monotonic {
            lastMonotonic = MonotonicInstant(nanoseconds: Int64(clamping: sample.valueNanoseconds))
        } else if sample.source == .rtc, let monotonic = lastMonotonic {
            run.observe(
                monotonic: monotonic, utc: UTCInstant(nanoseconds: Int64(clamping: sample.valueNanoseconds)),
                stolen: stolen.flatMap { $0.monotonic == monotonic ? $0.stolen : nil },
                throttling: stolen.flatMap { $0.monotonic == monotonic ? $0.throttling : nil })
        }
    }

    // MARK: - What it comes to

    /// Ends the accumulation of a journal that was cut off after a session was anchored but before its first tick.
    public mutating func finish() { enterPending() }

    public var summary: RunSummary {
        let elapsed = ending?.elapsed ?? run.trace?.timeline.span ?? .zero
        return run.summary(
            // A journal without an end belongs to a run that continues, or was killed. The result is the state so far.
            RunAccumulator.Ending(
                ending == nil ? .running : .ticks,
                wait: .init(
                    strategy: beginning?.wait ?? .hybrid, margin: nil, isSpinning: false, stops: 0, lastStop: nil),
                host: .init(
                    kernel: host?.kernel ?? "not recorded", preemption: host?.preemption ?? "not recorded",
                    clockSource: host?.clockSource ?? "not recorded", grants: [], steal: run.clocks.stolen),
                tickThreadCPU: ending?.tickThreadCPU ?? .zero, processCPU: ending?.processCPU ?? .zero,
                elapsed: elapsed))
    }

    /// The page of the run.
    ///
    /// - Parameter end: how the journal ends, in words.
    public func page(end: String) -> ReportRun {
        run.page(summary, environment: environment, remark: "; journal \(end)")
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
        rows.append(("steal", run.clocks.stolen.map { Quantity.length($0) } ?? "not recorded"))
        rows += summary.loadRows
        if let ending {
            let (process, thread) = (ending.processCPU, ending.tickThreadCPU)
            rows.append(
                (
                    "CPU",
                    "\(Quantity.percent(process, of: ending.elapsed)) of one, the tick thread \(Quantity.percent(thread, of: ending.elapsed))"
                ))
        }
        if let first = run.sessions.first { rows += first.epoch.rows(of: first.plan) }
        if let timeSync {
            rows.append(
                (
                    "synchronization",
                    "\(timeSync.status.rawValue) by \(timeSync.method), checked \(timeSync.checked.iso8601)"
                ))
        }
        if let cluster { rows.append(("cluster", "\(cluster.status), \(cluster.agreeing) agree, at the last look")) }
        let lost = run.clocks.lostRecords
        if lost > 0 { rows.append(("LOST", "\(lost) tick records; counts are too low")) }
        return rows
    }
}

extension RunIncident {
    /// `nil` for a kind that this version does not have.
    init?(_ record: IncidentRecord) {
        guard let kind = Kind(rawValue: record.kind) else { return nil }
        self.init(kind, begin: record.begin, end: record.end, size: record.size, text: record.text)
    }
}

extension IncidentRecord {
    public init(_ incident: RunIncident) {
        self.init(
            kind: incident.kind.rawValue, begin: incident.begin, end: incident.end, size: incident.size,
            text: incident.text)
    }
}

extension ClockJump {
    fileprivate init(_ kind: Kind, _ record: ClockJumpRecord) {
        self.init(kind: kind, size: record.size, bound: record.bound, monotonic: record.monotonic, utc: record.utc)
    }
}

extension MonotonicRate.Interval {
    fileprivate init(_ record: MonotonicRateRecord) {
        self.init(
            partsPerBillion: record.partsPerBillion, bound: record.bound, length: record.length, end: record.end)
    }
}

extension Tick {
    /// A recorded tick; the block ahead of it is not recorded.
    fileprivate init(_ entry: TickEntry, lead: Nanoseconds) {
        self.init(
            session: SessionID(index: entry.session), index: entry.tick, deadline: entry.deadline,
            deadlineUTC: entry.gridUTC - (entry.start - entry.deadline), arrival: entry.arrival, start: entry.start,
            wakeLatency: entry.wakeLatency, lateness: entry.lateness, cause: entry.cause, isOverdue: entry.isOverdue,
            crossedBacklog: entry.crossedBacklog, skippedBefore: entry.skipped, lead: lead,
            timestamp: entry.timestamp, air: entry.air)
    }
}
