// The verdict of a run, decided in one place. Text, JSON, pages, metrics and replay read it from here.
//
//     a level missed, or an event that must never happen       FAIL
//     else, a level was judged and met                           PASS
//     else (no level asked for, or too few ticks for each)       NOT JUDGED

internal import TickScheduling
internal import TickTime

/// The verdict of a run.
public enum RunVerdict: String, Hashable, Sendable, CaseIterable {
    case pass = "PASS"
    case fail = "FAIL"
    case notJudged = "NOT JUDGED"
}

/// The verdict of a run, and what it rests on.
struct RunJudgement {
    let sessions: [RunSummary.JudgedSession]
    /// Tick records that a full ring dropped: they explain a gap.
    let lostRecords: Int64
    /// Timestamps below an earlier one or a floor, which must never happen.
    let fallenTimestamps: Int64

    var verdict: RunVerdict {
        if fallenTimestamps > 0 || sessions.contains(where: { !failures(of: $0).isEmpty }) { return .fail }
        return sessions.contains { $0.levels.contains(where: \.isMet) } ? .pass : .notJudged
    }

    /// The reasons for FAIL, in `session`: missed levels with the measured and the accepted value, then events that
    /// must never happen.
    func failures(of session: RunSummary.JudgedSession) -> [String] {
        let missed = session.levels.filter { $0.judgement == .missed }
        var failures = missed.map(\.brief)
        func isNamed(_ measure: ServiceLevels.Measure) -> Bool { missed.contains { $0.measure == measure } }
        let statistics = session.statistics
        if statistics.early > 0, !isNamed(.earlyTicks) { failures.append("\(statistics.early) early starts") }
        if statistics.drift != .zero, !isNamed(.drift) {
            failures.append("grid drift of \(statistics.drift.count) ns")
        }
        if statistics.unexplained > 0, lostRecords == 0 {
            failures.append("\(statistics.unexplained) unexplained gaps")
        }
        return failures
    }

    /// The reason for the verdict, in one clause.
    var reason: String {
        func named(_ session: RunSummary.JudgedSession, _ text: String) -> String {
            sessions.count > 1 ? "\(session.id) \(text)" : text
        }
        var failed = sessions.flatMap { session in failures(of: session).map { named(session, $0) } }
        if fallenTimestamps > 0 { failed.append("\(fallenTimestamps) timestamps fell") }
        if !failed.isEmpty { return "not met: " + Self.listed(failed) }
        let count = sessions.reduce(0) { $0 + $1.levels.count }
        if count == 0 { return "no service level was asked for" }
        let unjudged = sessions.flatMap { session in
            session.levels.filter { $0.judgement == .notJudged }.map { named(session, $0.measure.rawValue) }
        }
        if unjudged.isEmpty { return "every service level met" }
        if unjudged.count == count { return "too few values to judge " + Self.listed(unjudged) }
        return "every service level met, except not judged (too few values): " + Self.listed(unjudged)
    }

    private static func listed(_ texts: [String]) -> String {
        texts.prefix(5).joined(separator: ", ") + (texts.count > 5 ? ", and \(texts.count - 5) more" : "")
    }
}

extension RunSummary {
    var judgement: RunJudgement {
        RunJudgement(
            sessions: sessions, lostRecords: clocks.lostRecords,
            fallenTimestamps: max(timestamps?.fallen ?? 0, cluster?.timestamps.fallen ?? 0))
    }

    public var verdict: RunVerdict { judgement.verdict }

    /// The reason for the verdict, in one clause.
    public var reason: String { judgement.reason }
}

extension ServiceLevelResult {
    /// `late_ticks_max 3 (accepted 0)`.
    var brief: String { "\(measure.rawValue) \(measured.map(String.init) ?? "not measured") (accepted \(limit))" }

    /// Why a value above its limit is met: only a share of one late tick is, which is always allowed.
    var allowance: String { isMet && measured ?? limit > limit ? " (1 tick; one is always allowed)" : "" }

    /// The line of a report.
    var line: String {
        let word =
            switch judgement {
            case .met: "met             "
            case .missed: "NOT MET         "
            case .notJudged: "NOT JUDGED      "
            }
        let value = measured.map { "\($0)\(allowance)" } ?? "not measured"
        return "  \(word)\(measure.rawValue): \(value), accepted \(limit)"
    }
}
