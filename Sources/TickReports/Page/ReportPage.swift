// A page about a run, or several: one file, no script, nothing to fetch. The style handles light, dark and paper. A
// table repeats everything that a plot shows.

internal import PlotPages
internal import TickScheduling
public import TickTime

/// An HTML page about runs.
public struct ReportPage {
    private let runs: [ReportRun]
    private let program: String
    private let made: UTCInstant

    /// - Parameters:
    ///   - runs: the first is the baseline of the comparison.
    ///   - program: the program that writes the page, with its version.
    /// - Precondition: there is at least one.
    public init(_ runs: [ReportRun], program: String, made: UTCInstant) {
        precondition(!runs.isEmpty, "a page needs at least one run")
        self.runs = runs
        self.program = program
        self.made = made
    }

    public var html: String {
        let title = runs.count == 1 ? "\(runs[0].name): \(runs[0].verdict.rawValue)" : "\(runs.count) runs compared"
        var body = ""
        if runs.count > 1 { body += ReportComparison(runs).html }
        for (place, run) in runs.enumerated() { body += section(run, place) }
        return HTML.page(
            title: title, body: body,
            footer: "Made by \(HTML.escaped(program)) on \(ReportPage.time(made)) UTC.")
    }

    private func section(_ run: ReportRun, _ place: Int) -> String {
        let style =
            switch run.verdict {
            case .pass: "pass"
            case .fail: "fail"
            case .notJudged: "unjudged"
            }
        let level = runs.count == 1 ? "h1" : "h2"
        var html = "<section class=\"run\">\n<header>\n<\(level)>\(HTML.escaped(run.name))</\(level)>\n"
        html +=
            "<p class=\"verdict \(style)\">\(run.verdict.rawValue)</p>\n<p>\(HTML.escaped(run.headline))</p>\n</header>\n"
        html += "<div class=\"facts\">\n" + levels(run) + sessions(run) + environment(run) + "</div>\n"
        html += "<div class=\"figures\">\n" + run.figures.map(HTML.figure).joined() + "</div>\n"
        return html + incidents(run) + lateTicks(run) + "</section>\n"
    }

    private func levels(_ run: ReportRun) -> String {
        let rows = run.sessions.flatMap { session in
            session.levels.map { level in
                [
                    run.sessions.count > 1 ? "\(session.name): \(level.measure.rawValue)" : level.measure.rawValue,
                    level.measured.map { level.text($0) + level.allowance } ?? "not measured",
                    "≤ \(level.text(level.limit))",
                    level.judgement.word,
                ]
            }
        }
        let html = "<div>\n<h3>Service levels</h3>\n"
        if rows.isEmpty {
            return html + "<p class=\"note\">No service level is set, so the run was not judged.</p>\n</div>\n"
        }
        return html + HTML.table([["level", "measured", "accepted", ""]] + rows) + "</div>\n"
    }

    private func sessions(_ run: ReportRun) -> String {
        let rows = run.sessions.prefix(20).map { session in
            let statistics = session.statistics
            return [
                session.name, session.rate.name ?? session.rate.description, "\(statistics.delivered)",
                "\(statistics.lateCount)", "\(statistics.skipped)", session.lastTimecode ?? "–",
            ]
        }
        var html = "<div>\n<h3>Sessions</h3>\n"
        html += HTML.table([["session", "rate", "ticks", "late", "skipped", "last"]] + rows)
        if run.sessions.count > 20 { html += "<p class=\"note\">and \(run.sessions.count - 20) more</p>\n" }
        return html + "</div>\n"
    }

    private func environment(_ run: ReportRun) -> String {
        let rows = run.environment.map { [$0.name, $0.value] }
        if rows.isEmpty { return "" }
        return "<div>\n<h3>Environment</h3>\n" + HTML.table([["", ""]] + rows) + "</div>\n"
    }

    private static let rowsShown = 200

    private func incidents(_ run: ReportRun) -> String {
        let html = "<h3>Incidents</h3>\n"
        if run.incidents.isEmpty { return html + "<p class=\"note\">None: every tick was on time.</p>\n" }
        let rows = run.incidents.prefix(Self.rowsShown).map { incident in
            let tick = incident.firstTick.map { " \($0)" } ?? ""
            return [
                ReportPage.time(incident.begin),
                incident.session.map { "\($0)\(tick)\(incident.timecode.map { "  \($0)" } ?? "")" } ?? "",
                incident.kind.rawValue, Quantity.pageLength(incident.size),
                incident.frames.map { Decimals.trimmed($0, 2) } ?? "", incident.text,
            ]
        }
        let more = run.incidents.count - rows.count + run.furtherIncidents
        return html + HTML.table([["UTC", "tick", "what", "size", "frames", "how"]] + rows, isStacked: true)
            + Self.more(more)
    }

    private func lateTicks(_ run: ReportRun) -> String {
        if run.lateTicks.isEmpty { return "" }
        let rows = run.lateTicks.prefix(Self.rowsShown).map { late in
            let skipped = late.skipped > 0 ? ", \(late.skipped) skipped before it" : ""
            return [
                ReportPage.time(late.utc), "\(late.session) \(late.tick)\(late.timecode.map { "  \($0)" } ?? "")",
                late.lateClass.name, Quantity.pageLength(late.lateness), Decimals.trimmed(late.frames, 2),
                "late by \(late.cause.name)\(skipped)",
            ]
        }
        let more = run.lateTicks.count - rows.count + Int(clamping: run.furtherLateTicks)
        return "<h3>Late ticks</h3>\n"
            + HTML.table([["UTC", "tick", "class", "late", "frames", "cause"]] + rows, isStacked: true)
            + Self.more(more)
    }

    private static func more(_ count: Int) -> String {
        count > 0 ? "<p class=\"note\">and \(count) more</p>\n" : ""
    }

    /// To the millisecond, as people write it.
    static func time(_ utc: UTCInstant) -> String {
        let text = utc.iso8601
        let whole = text.prefix(23).replacing("T", with: " ")
        return text.count > 23 ? String(whole) : text
    }
}

extension ServiceLevelResult.Judgement {
    fileprivate var word: String {
        switch self {
        case .met: "met"
        case .missed: "NOT MET"
        case .notJudged: "NOT JUDGED"
        }
    }
}

extension ServiceLevelResult {
    /// A value of the level's measure: a length, or a count.
    fileprivate func text(_ value: Int64) -> String {
        measure.rawValue.hasSuffix("_ns_max") ? Quantity.pageLength(Nanoseconds(value)) : "\(value)"
    }
}
