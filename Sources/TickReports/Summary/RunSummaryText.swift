internal import TickScheduling
internal import TickTime

extension RunSummary {
    /// The report for people: the verdict first, then its reasons.
    public var lines: [String] {
        var lines = [headline]
        for session in sessions.prefix(Self.sessionsShown) { lines += session.lines(named: sessions.count > 1) }
        let further = sessions.dropFirst(Self.sessionsShown)
        if !further.isEmpty {
            let failed = further.count { !judgement.failures(of: $0).isEmpty }
            lines += ["", "\(further.count) more sessions, \(failed) of them a FAIL; --json=summary lists them all"]
        }
        if sessions.count > 1 {
            lines += ["", "all sessions"]
            lines += latencies.lines
        }
        lines += ["", "clocks"] + clocks.lines
        if cluster != nil || timeSync != nil { lines += ["", "time"] }
        if let timeSync { lines += timeSync.lines }
        if let cluster { lines += cluster.lines }
        lines += ["", "host"] + host.lines + (throttling?.lines ?? [])
        lines.append("  wait            " + wait.text)
        lines.append(
            "  cpu             \(Quantity.percent(processCPU, of: elapsed)) of one CPU"
                + (ending == .running ? "" : " (tick thread \(Quantity.percent(tickThreadCPU, of: elapsed)))"))
        lines += load?.lines ?? []
        if !incidents.isEmpty {
            lines += ["", "incidents"]
            lines += incidents.prefix(Self.incidentsShown).map { "  " + $0.line }
            let more = incidents.count + furtherIncidents - Self.incidentsShown
            if more > 0 { lines.append("  and \(more) more") }
        }
        return lines
    }

    private static let sessionsShown = 10
    private static let incidentsShown = 20

    /// The verdict, the run, how it ended, and the reason for the verdict.
    public var headline: String { "\(verdict.rawValue)  \(name): \(account)" }

    /// The headline after the name.
    var account: String {
        let ticks = sessions.reduce(0) { $0 + $1.statistics.delivered }
        let ended =
            switch ending {
            case .ticks: ""
            case .signal: ", ended by a signal"
            case .request: ", ended on request"
            case .running: " so far"
            case .output: ", ended because results could not be written"
            }
        return "\(Quantity.counted(ticks, "tick")) in \(Quantity.length(elapsed))\(ended); \(reason)"
            + (load?.headline.map { "; \($0)" } ?? "")
    }
}

extension RunSummary.JudgedSession {
    fileprivate func lines(named: Bool) -> [String] {
        let rate = plan.rate.name.map { "\($0) (\(plan.rate) fps)" } ?? "\(plan.rate) fps"
        let owned = plan.tickCount.map { " of \($0)" } ?? ""
        var lines = ["", named ? "session \(id), \(rate), \(plan.policy.name)" : "\(rate), \(plan.policy.name)"]
        lines.append(
            "  ticks           \(statistics.delivered)\(owned) delivered, \(statistics.skipped) skipped, "
                + "\(statistics.overdue) overdue" + (lastTimecode.map { ", last \($0)" } ?? ""))
        lines.append(
            "  by class        "
                + LatenessClass.allCases.map { "\(statistics.count(of: $0)) \($0.name)" }.joined(separator: ", "))
        lines.append(
            "  late by cause   "
                + LatenessCause.allCases.map { "\(statistics.lateCount(by: $0)) \($0.name)" }.joined(separator: ", "))
        lines += channelLines
        if let latencies { lines += latencies.lines }
        lines.append("  grid drift      \(statistics.drift.count) ns, recomputed; \(statistics.early) early starts")
        lines += gridLines + epochLines
        lines += levels.map(\.line)
        return lines
    }

    private var gridLines: [String] {
        guard let grid = plan.grid else { return [] }
        var line = "  grid            begins with tick \(plan.beginTick); \(grid.text)"
        if grid.bound > .zero { line += " within \(Quantity.length(grid.bound))" }
        return [line]
    }

    private var epochLines: [String] {
        let epoch = statistics.epoch
        var utc = "  epoch           \(epoch.utc.iso8601), UTC from \(epoch.utcSource.rawValue)"
        if let index = epoch.alignmentIndex { utc += ", ST 2059-1 point \(index)" }
        var anchor =
            "                  monotonic \(epoch.monotonic.nanoseconds) ns, "
            + "anchors within \(epoch.uncertainty.count) ns"
        if let offset = epoch.taiOffset { anchor += ", TAI-UTC \(offset.seconds) s (\(offset.source.rawValue))" }
        return [utc, anchor]
    }
}

extension GridPhase {
    /// `tick 0 at 2026-01-01T00:00:37.000000000 TAI`.
    package var text: String {
        "tick \(tick) at \(UTCInstant(nanoseconds: tai.nanoseconds).iso8601.dropLast()) TAI"
    }
}

extension RunSummary.Latencies {
    fileprivate var lines: [String] {
        var lines = ["  wake latency    " + wakeLatency.text, "  start lateness  " + startLateness.text]
        // Without a lead this would repeat the start lateness.
        if let range = deadlineLateness, beforeDeadline > 0 || range.upperBound != startLateness.maximum {
            lines.append(
                "  after deadline  min \(Quantity.length(range.lowerBound))  max \(Quantity.length(range.upperBound)); "
                    + "\(beforeDeadline) started before their deadline")
        }
        return lines + ["  work            " + work.text]
    }
}

extension RunSummary.Percentiles {
    fileprivate var text: String {
        "p50 \(Quantity.length(p50))  p99 \(Quantity.length(p99))  p99.9 \(Quantity.length(p999))  "
            + "max \(Quantity.length(maximum))"
    }
}

extension RunSummary.Clocks {
    fileprivate var lines: [String] {
        var lines: [String] = []
        if let divergence {
            let within = divergenceBound.map { " within \($0.count) ns" } ?? ""
            lines.append("  utc divergence  \(Quantity.length(divergence))\(within)")
        }
        let timerfd = timesSet.map { "\($0) seen by timerfd" } ?? "timerfd refused"
        lines.append("  utc steps       \(steps.count) seen by divergence, \(timerfd)")
        if suspends.count > 0 {
            lines.append("  suspends        \(suspends.count), \(Quantity.length(suspends.total)) in all")
        }
        if let last = rate?.last, let worst = rate?.worst {
            lines.append(
                "  monotonic rate  \(last.text), worst \(worst.text), against the raw oscillator")
        }
        if lostRecords > 0 {
            lines.append("  LOST            \(lostRecords) tick records found the ring full; counts are too low")
        }
        return lines
    }
}

extension MonotonicRate.Interval {
    fileprivate var text: String {
        "\(Quantity.partsPerMillion(partsPerBillion)) within \(Quantity.partsPerMillion(bound).dropFirst())"
    }
}

extension RunSummary.Host {
    fileprivate var lines: [String] {
        var lines = ["  kernel          \(kernel), \(preemption), clock source \(clockSource)"]
        lines.append("  steal           " + (steal.map { Quantity.length($0) } ?? "not reported by the kernel"))
        let granted = grants.filter { $0.refusal == nil }.map(\.detail)
        if !granted.isEmpty { lines.append("  granted         " + granted.joined(separator: ", ")) }
        for grant in grants {
            guard let refusal = grant.refusal else { continue }
            lines.append("  REFUSED         \(grant.detail): \(refusal); \(grant.remedy)")
        }
        return lines
    }
}

extension RunSummary {
    /// How the loop waited, in words.
    var waitText: String { wait.text }
}

extension RunSummary.Wait {
    fileprivate var text: String {
        guard let margin else { return strategy.rawValue }
        var text = "\(strategy.rawValue), "
        text += isSpinning ? "spinning the last \(Quantity.length(margin))" : "spinning stopped"
        if stops > 0, let lastStop {
            text += "; stopped \(stops == 1 ? "once" : "\(stops) times, last"): \(lastStop.text)"
        }
        return text
    }
}

extension SpinMargin.StopReason {
    fileprivate var text: String {
        switch self {
        case .spinLaterThanSleep: "waits that spun ended later than bare sleeps"
        case .budgetBelowOvershoot: "the spin budget is under what a sleep usually overshoots"
        }
    }
}
