internal import ClockView
public import TickTime

/// What a journal holds, before any of it is recomputed: how much room a replay needs.
public struct JournalSurvey: Hashable, Sendable {
    /// Events, by tag; those of no journal record under "".
    public private(set) var counts: [String: Int] = [:]
    public private(set) var events = 0
    public private(set) var sessions = 0
    public private(set) var blocks = 0
    /// Ticks, by session.
    public private(set) var ticks: [Int32: Int] = [:]
    /// What began it, and whether it was ended.
    public private(set) var beginning: RunBeginning?
    public private(set) var ending: RunEnding?
    /// The first and the last monotonic instant that a tick or a clock names.
    public private(set) var first: MonotonicInstant?
    public private(set) var last: MonotonicInstant?

    public init() {}

    /// Takes the next event.
    ///
    /// - Returns: what it records; `nil` for what is no record of a journal.
    /// - Throws: `JournalError.payload`, `.afterEnd`.
    @discardableResult
    public mutating func add(_ event: JournalEvent) throws(JournalError) -> JournalRecord? {
        let record = try event.record()
        if case .some = ending { throw event.failure(.afterEnd) }
        events += 1
        counts[record?.tag ?? "", default: 0] += 1
        switch record {
        case .session: sessions += 1
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

    private mutating func saw(_ instant: MonotonicInstant) {
        if first.map({ instant < $0 }) ?? true { first = instant }
        if last.map({ instant > $0 }) ?? true { last = instant }
    }
}

extension JournalEvent {
    /// What the event records; `nil` for what is no record of a journal, or one of a later kind.
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
