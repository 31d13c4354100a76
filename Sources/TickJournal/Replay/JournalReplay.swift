// Runs a journal again without a clock. The code that ran the session computes each tick again from the recorded
// anchors and instants, and compares it with the record.
//
// Where records were lost (the ring was full), a tick's predecessor may be unknown. From there on the replay
// recomputes deadlines and stamps, but not the lateness, and the report says for how many ticks.

public import ClockView
public import TickScheduling
internal import TickTime

/// A difference between a recording and its recomputation.
public struct JournalContradiction: Hashable, Sendable {
    /// Which event, counted from 1, and where it begins, in bytes.
    public let event: Int
    public let offset: Int
    public let session: String
    public let tick: Int64?
    /// The fields that differ; empty if the event as a whole is impossible.
    public let differences: [TickDifference]
    /// Why the event is impossible, or empty.
    public let reason: String
}

extension JournalContradiction: CustomStringConvertible {
    public var description: String {
        let place = "event \(event), byte \(offset): \(session)\(tick.map { " tick \($0)" } ?? "")"
        if !reason.isEmpty { return "\(place): \(reason)" }
        let fields = differences.map { "\($0.field) is recorded as \($0.recorded) and recomputed as \($0.recomputed)" }
        return "\(place): \(fields.joined(separator: "; "))"
    }
}

/// Recomputes a journal, event by event.
public struct JournalReplay: ~Copyable {
    /// One session of the replay.
    public struct ReplayedSession: Sendable {
        public let anchor: SessionAnchor
        public fileprivate(set) var counts = SessionCounts()
        /// Ticks of which only the deadline and the stamp were recomputed, because records before them were lost.
        public fileprivate(set) var partlyVerified: Int64 = 0
        /// Ticks after a contradiction of their session: not recomputed.
        public fileprivate(set) var unverified: Int64 = 0
        public fileprivate(set) var endReason: TickSession.EndReason?
        /// The greatest fencing number of its ticks.
        fileprivate var fencingNumber: Int64 = 0
        fileprivate var blocks: [Block] = []
        fileprivate var isEntered = false
        fileprivate var isRemoved = false
        fileprivate var isContradicted = false
    }

    /// In the order in which they were anchored.
    public private(set) var sessions: [ReplayedSession] = []
    private var places: [Int32: Int] = [:]
    private var schedule: TickSchedule
    /// The sessions with a recorded tick.
    private let haveTicks: Set<Int32>
    private var timestamps = TimestampOrder()
    public private(set) var beliefs: BeliefFold
    public private(set) var lostRecords: Int64 = 0
    /// The first contradiction of each session, and contradictions that belong to no session, in the order of events;
    /// at most `contradictionLimit`.
    public private(set) var contradictions: [JournalContradiction] = []
    public static let contradictionLimit = 100
    public private(set) var contradictionCount = 0
    public private(set) var hasEnded = false

    /// - Parameters:
    ///   - survey: the survey of the same journal.
    ///   - policies: the policies whose beliefs are computed.
    public init(_ survey: JournalSurvey, policies: [ClockView.Policy] = ClockView.Policy.allCases) {
        haveTicks = Set(survey.ticks.keys)
        schedule = TickSchedule(capacity: max(1, survey.sessions), blockCapacity: survey.blocks)
        beliefs = BeliefFold(policies: policies)
    }

    /// Takes the next event.
    ///
    /// - Throws: `JournalError.payload`, `.afterEnd`.
    public mutating func apply(_ event: JournalEvent) throws(JournalError) {
        let record = try event.record()
        if hasEnded { throw event.failure(.afterEnd) }
        do { try beliefs.apply(event.envelope) } catch {
            preconditionFailure("a sample that was read is read again: \(error)")
        }
        switch record {
        case .session(let anchor): anchored(anchor, event)
        case .block(let block): took(block, event)
        case .tick(let tick): delivered(tick, event)
        case .recordsLost(let count): lostRecords = lostRecords.addingClamped(count)
        case .sessionRemoved(let session): removed(session, event)
        case .sessionEnded(let ending): ended(ending, event)
        case .runEnded: hasEnded = true
        case .runBegan, .timeSync, .runHost, .serviceLevel, .sessionLabels, .stolenTime, .clock, .kernelClock, .cluster,
            .wallStep, .wallSet, .suspend, .monotonicRate,
            .handlerHang, .incident,
            nil:
            break
        }
    }

    // MARK: - Sessions

    private mutating func anchored(_ anchor: SessionAnchor, _ event: JournalEvent) {
        if case .some = places[anchor.session] {
            return contradict(event, anchor.name, "its number \(anchor.session) was another session's")
        }
        places[anchor.session] = sessions.count
        sessions.append(ReplayedSession(anchor: anchor))
        enterIfComplete(sessions.count - 1, event)
    }

    private mutating func took(_ block: BlockRecord, _ event: JournalEvent) {
        guard let place = place(of: block.session, event) else { return }
        let made = Block(id: block.id, length: block.length)
        guard block.wasAppended else {
            guard !sessions[place].isEntered, block.index == Int64(sessions[place].blocks.count) else {
                return contradict(
                    event, place, "block \(block.index) is not one of its \(sessions[place].anchor.blockCount)")
            }
            sessions[place].blocks.append(made)
            return enterIfComplete(place, event)
        }
        do {
            let placed = try schedule.append(made, to: SessionID(index: block.session))
            if placed.index != block.index {
                contradict(event, place, "the block appended is recorded as \(block.index), and is \(placed.index)")
            }
        } catch { contradict(event, place, "its appended block is refused: \(error)") }
    }

    private mutating func enterIfComplete(_ place: Int, _ event: JournalEvent) {
        let session = sessions[place]
        guard session.blocks.count == session.anchor.blockCount else { return }
        sessions[place].isEntered = true
        sessions[place].blocks = []
        let anchor = session.anchor
        var live = TickSession(
            id: SessionID(index: anchor.session), plan: anchor.plan, epoch: anchor.epoch,
            latenessFrom: anchor.latenessFrom)
        do {
            var upcoming: [PlacedBlock] = []
            if let start = anchor.planStart {
                upcoming = live.join(try BlockPlan(start: start, blocks: session.blocks))
            }
            try schedule.enterForReplay(
                live, upcoming: upcoming.span, after: anchor.predecessor.map { SessionID(index: $0) })
        } catch {
            // A session that the loop refused was also recorded, and has no tick.
            if haveTicks.contains(anchor.session) { contradict(event, place, "it cannot be taken in: \(error)") }
        }
    }

    /// The session with this number; without one, the event contradicts the journal.
    private mutating func place(of session: Int32, _ event: JournalEvent) -> Int? {
        if let place = places[session] { return place }
        contradict(event, "session \(session)", "it was never anchored")
        return nil
    }

    private mutating func removed(_ session: Int32, _ event: JournalEvent) {
        guard let place = place(of: session, event) else { return }
        sessions[place].isRemoved = true
        // If it never has a tick, its predecessor keeps the ticks that it would have taken over.
        if case .some = sessions[place].anchor.predecessor, !haveTicks.contains(session) {
            schedule.removeForReplay(SessionID(index: session))
        }
    }

    private mutating func ended(_ ending: SessionEnding, _ event: JournalEvent) {
        guard let place = place(of: ending.session, event) else { return }
        sessions[place].endReason = ending.reason
        guard lostRecords == 0, !sessions[place].isContradicted else { return }
        let counts = sessions[place].counts
        if counts != ending.counts {
            return contradict(
                event, place, "its counts are recorded as \(ending.counts.text), and its ticks make \(counts.text)")
        }
        // No tick can show that a session was stopped or removed.
        let id = SessionID(index: ending.session)
        guard ending.reason != .stopped, ending.reason != .removed, schedule.contains(id) else { return }
        let reason = schedule.session(id).endReason
        if reason != ending.reason {
            let recomputed = reason?.rawValue ?? "has ticks left"
            contradict(
                event, place, "its end is recorded as \(ending.reason.rawValue), and recomputed as: \(recomputed)")
        }
    }

    // MARK: - Ticks

    private mutating func delivered(_ tick: TickEntry, _ event: JournalEvent) {
        guard let place = place(of: tick.session, event) else { return }
        sessions[place].counts.add(tick)
        if let stamp = tick.timestamp, let fall = timestamps.fall(to: stamp) {
            contradict(event, place, tick: tick.tick, [], "its timestamp falls by \(fall.count) ns")
        }
        if let number = tick.air?.fencingNumber {
            let greatest = sessions[place].fencingNumber
            if number < greatest {
                contradict(event, place, tick: tick.tick, [], "its fencing number falls from \(greatest) to \(number)")
            }
            sessions[place].fencingNumber = max(greatest, number)
        }
        if sessions[place].isContradicted {
            sessions[place].unverified += 1
            return
        }
        let anchor = sessions[place].anchor
        guard lostRecords == 0 else {
            sessions[place].partlyVerified += 1
            return verifyAlone(tick, anchor, event, place)
        }
        do throws(TickSchedule.ReplayError) {
            let recomputed = try recompute(tick, place)
            let differences = tick.differences(from: TickEntry(recomputed, work: tick.work, epoch: anchor.epoch))
            if !differences.isEmpty { contradict(event, place, tick: tick.tick, differences) }
        } catch {
            contradict(event, place, tick: tick.tick, [], "it cannot be its session's next: \(error)")
        }
    }

    private mutating func recompute(
        _ tick: TickEntry, _ place: Int
    ) throws(TickSchedule.ReplayError) -> Tick {
        if let predecessor = sessions[place].anchor.predecessor, let before = places[predecessor],
            sessions[before].isRemoved, sessions[place].counts.delivered == 1
        {
            // Its predecessor was removed, so it need not wait for that session's last tick.
            schedule.removeForReplay(SessionID(index: predecessor))
        }
        return try schedule.replay(
            SessionID(index: tick.session), arrival: tick.arrival, start: tick.start, work: tick.work,
            wakeLatency: tick.wakeLatency)
    }

    /// Checks that do not depend on earlier ticks.
    private mutating func verifyAlone(_ tick: TickEntry, _ anchor: SessionAnchor, _ event: JournalEvent, _ place: Int) {
        let grid = TickGrid(rate: anchor.plan.rate, epoch: anchor.epoch.monotonic)
        var expected = tick
        guard let deadline = try? grid.deadline(of: tick.tick) else {
            return contradict(event, place, tick: tick.tick, [], "its deadline is past the range of the clock")
        }
        expected.deadline = deadline
        expected.isOverdue = tick.arrival >= deadline
        expected.gridUTC = anchor.epoch.utc + (tick.start - anchor.epoch.monotonic)
        let differences = tick.differences(from: expected)
        if !differences.isEmpty { contradict(event, place, tick: tick.tick, differences) }
    }

    // MARK: - Contradictions

    private mutating func contradict(
        _ event: JournalEvent, _ place: Int, tick: Int64? = nil, _ differences: [TickDifference] = [],
        _ reason: String = ""
    ) {
        guard !sessions[place].isContradicted else { return }
        sessions[place].isContradicted = true
        keep(
            JournalContradiction(
                event: event.number, offset: event.offset, session: sessions[place].anchor.name, tick: tick,
                differences: differences, reason: reason))
    }

    private mutating func keep(_ contradiction: JournalContradiction) {
        contradictionCount += 1
        if contradictions.count < Self.contradictionLimit { contradictions.append(contradiction) }
    }

    private mutating func contradict(_ event: JournalEvent, _ place: Int, _ reason: String) {
        contradict(event, place, tick: nil, [], reason)
    }

    private mutating func contradict(_ event: JournalEvent, _ session: String, _ reason: String) {
        keep(
            JournalContradiction(
                event: event.number, offset: event.offset, session: session, tick: nil, differences: [],
                reason: reason))
    }
}

extension SessionCounts {
    fileprivate var text: String {
        "\(delivered) delivered, \(skipped) skipped (\(onTime) on time, \(late) late, \(overPeriod) over a period, \(stall) stalls)"
    }
}
