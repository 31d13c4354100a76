internal import ClockView
public import TickJournal
internal import TickReports
internal import TickTime

/// Everything that the command line does with a journal, without its files.
public enum EveryView {
    /// Reads a journal as every command does: the survey of 'journal stat', the replay of 'replay', and what a
    /// report accumulates.
    ///
    /// - Parameter makesPage: whether the summary and the page are made too, which takes longer than everything else.
    /// - Returns: how many events were read.
    /// - Throws: `JournalError`, at the first event that is refused.
    @discardableResult
    public static func read(_ bytes: [UInt8], makesPage: Bool = true) throws(JournalError) -> Int {
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
        // The events before a refused one are still read: 'replay --cut'.
        replay(events, survey)
        accumulate(events, makesPage: makesPage)
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

    private static func accumulate(_ events: [JournalEvent], makesPage: Bool) {
        var options = RunAccumulator.Options()
        options.keepsTrace = true
        var journal = JournalAccumulation(named: "extremes", options)
        for event in events {
            if let record = try? event.record() { journal.add(record) }
        }
        journal.finish()
        let summary = journal.summary
        guard makesPage else { return }
        _ = summary.json
        _ = summary.lines
        _ =
            ReportPage(
                [journal.page(end: "ended")], program: "test", made: UTCInstant(nanoseconds: 1_795_000_000_000_000_000)
            ).html
    }
}
