internal import ClockView
internal import TickScheduling
public import TickTime

/// The content of a journal, before anything is recomputed: it shows how much memory a replay needs.
public struct JournalSurvey: Hashable, Sendable {
    /// Events, by tag; events that are not journal records are under "".
    public private(set) var counts: [String: Int] = [:]
    public private(set) var events = 0
    public private(set) var sessions = 0
    public private(set) var blocks = 0
    /// Ticks, by session.
    public private(set) var ticks: [Int32: Int] = [:]
    /// The record of its beginning, and whether it was ended.
    public private(set) var beginning: RunBeginning?
    public private(set) var ending: RunEnding?
    /// The first and the last monotonic instant that a tick or a clock names.
    public private(set) var first: MonotonicInstant?
    public private(set) var last: MonotonicInstant?
    /// The grids of the sessions, by their numbers.
    private var grids: [Int32: TickGrid] = [:]
    /// The latest deadline that a delivered tick can have: a tick never starts earlier than its lead allows.
    private static let latestDeadline =
        MonotonicInstant(nanoseconds: PayloadRange.monotonic.upperBound) + SessionPlan.leadLimit

    public init() {}

    /// Takes the next event.
    ///
    /// - Returns: what it records; `nil` if it is not a journal record.
    /// - Throws: `JournalError.payload`, `.offGrid`, `.afterEnd`.
    @discardableResult
    public mutating func add(_ event: JournalEvent) throws(JournalError) -> JournalRecord? {
        let record = try event.record()
        if case .some = ending { throw event.failure(.afterEnd) }
        try checkTick(of: record, event)
        events += 1
        counts[record?.tag ?? "", default: 0] += 1
        switch record {
        case .session(let anchor):
            sessions += 1
            if grids[anchor.session] == nil {
                grids[anchor.session] = TickGrid(rate: anchor.plan.rate, epoch: anchor.epoch.monotonic)
            }
        case .block: blocks += 1
        case .runBegan(let beginning): self.beginning = beginning
        case .runEnded(let ending): self.ending = ending
        case .tick(let tick):
            ticks[tick.session, default: 0] += 1
            saw(tick.start)
        case .kernelClock(let clock): saw(clock.monotonic)
        case .cluster(let cluster): saw(cluster.monotonic)
        default: break
        }
        return record
    }

    /// A tick's number is what its deadline, fences and labels are computed from.
    private func checkTick(of record: JournalRecord?, _ event: JournalEvent) throws(JournalError) {
        let (session, tick): (Int32, Int64)
        switch record {
        case .tick(let entry): (session, tick) = (entry.session, entry.tick)
        case .handlerHang(let hang): (session, tick) = (hang.session, hang.tick)
        default: return
        }
        // `replay` reports a tick whose session was never anchored.
        guard let grid = grids[session] else { return }
        if let deadline = try? grid.deadline(of: tick), deadline <= Self.latestDeadline { return }
        throw event.failure(.offGrid(tick: tick, session: session, tag: record?.tag ?? ""))
    }

    private mutating func saw(_ instant: MonotonicInstant) {
        if first.map({ instant < $0 }) ?? true { first = instant }
        if last.map({ instant > $0 }) ?? true { last = instant }
    }
}

extension JournalEvent {
    /// What the event records; `nil` for an event that is not a journal record, or is of a later kind.
    ///
    /// - Throws: `JournalError.payload`.
    public func record() throws(JournalError) -> JournalRecord? {
        do {
            return try JournalRecord(envelope)
        } catch {
            let tag = envelope.observationType.flatMap { JournalRecord.tag(of: $0) } ?? ""
            throw failure(.payload(error, tag: tag))
        }
    }

    func failure(_ reason: JournalError.Reason) -> JournalError {
        JournalError(reason: reason, event: number, offset: offset)
    }
}
