public import TickJournal
internal import ClockView
internal import TickReports
internal import TickScheduling
internal import TickTime

/// Everything that the command line makes of a journal, without its files and its text.
public enum EveryView {
    /// Reads a journal as every command does: the survey of 'journal stat', the replay of 'replay', and what a
    /// report accumulates.
    ///
    /// - Returns: how many events were read.
    /// - Throws: `JournalError`, at the first event that is refused.
    @discardableResult
    public static func read(_ bytes: [UInt8]) throws(JournalError) -> Int {
        var reader = JournalReader()
        reader.append(bytes)
        var events: [JournalEvent] = []
        var survey = JournalSurvey()
        var refusal: JournalError?
        do {
            while let event = try reader.next() {
                try survey.add(event)
                events.append(event)
            }
            _ = try reader.tornTail()
        } catch { refusal = error }
        if let first = survey.first, let last = survey.last { _ = last - first }
        // What comes before a refused event is read all the same: 'replay --cut'.
        replay(events, survey)
        accumulate(events)
        if let refusal { throw refusal }
        return events.count
    }

    private static func replay(_ events: [JournalEvent], _ survey: JournalSurvey) {
        var replay = JournalReplay(survey)
        for event in events {
            do { try replay.apply(event) } catch { preconditionFailure("the survey took it: \(error)") }
        }
        _ = replay.beliefs.digest
        for contradiction in replay.contradictions { _ = contradiction.description }
        for view in replay.beliefs.views { _ = (view.now.nanoseconds, view.now.uncertaintyNanoseconds) }
    }

    private static func accumulate(_ events: [JournalEvent]) {
        var anchors: [Int32: SessionAnchor] = [:]
        var statistics: [Int32: SessionStatistics] = [:]
        let latencies = LatencyStatistics()
        var trace = RunTrace()
        for event in events {
            switch try? event.record() {
            case .session(let anchor)?:
                anchors[anchor.session] = anchor
                statistics[anchor.session] = SessionStatistics(epoch: anchor.epoch, rate: anchor.plan.rate)
            case .tick(let entry)?:
                guard let anchor = anchors[entry.session] else { continue }
                let record = TickRecord(tick: Tick(entry), work: entry.work)
                statistics[entry.session]?.record(record)
                latencies.record(record)
                trace.add(record, session: anchor.name, rate: anchor.plan.rate, timecode: nil)
            default: break
            }
        }
        _ = trace.timeline.span
    }
}

extension Tick {
    fileprivate init(_ entry: TickEntry) {
        self.init(
            session: SessionID(index: entry.session), index: entry.tick, deadline: entry.deadline,
            deadlineUTC: entry.stamp - (entry.start - entry.deadline), arrival: entry.arrival, start: entry.start,
            wakeLatency: entry.wakeLatency, lateness: entry.lateness, cause: entry.cause, isOverdue: entry.isOverdue,
            crossedBacklog: entry.crossedBacklog, skippedBefore: entry.skipped, blocksPassed: entry.blocksPassed,
            timestamp: entry.timestamp)
    }
}
