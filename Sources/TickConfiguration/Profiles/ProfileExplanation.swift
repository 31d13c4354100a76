// What a profile asks for, in words: every value that a run will use, the defaults among them.

import TickScheduling
import TickTime

extension Profile {
    /// The profile in a few lines of text that says what a run would do; no line
    /// feed at the end.
    public var explanation: String {
        var lines = ["\(name)" + (description.map { ": \($0)" } ?? "")]
        lines.append(
            "  wait: \(wait)" + (wait == .hybrid ? ", spinning at most \(spinBudgetPercent) % of the time" : ""))
        lines.append("  host: \(realtime.explanation)")
        for session in sessions { lines += session.explanation.map { "  " + $0 } }
        return lines.joined(separator: "\n")
    }
}

extension RealtimeRequest {
    fileprivate var explanation: String {
        let wishes = [
            fifoPriority.map { "SCHED_FIFO at priority \($0)" },
            cpu.map { "CPU \($0)" },
            lockMemory ? "locked memory" : nil,
        ].compactMap { $0 }
        return wishes.isEmpty ? "no special requests" : wishes.joined(separator: ", ")
    }
}

extension SessionProfile {
    fileprivate var explanation: [String] {
        let overdue =
            switch policy {
            case .everyTick: "every overdue tick is delivered at once"
            case .skip: "only the last overdue tick is delivered"
            case .paced(let spacing): "overdue ticks start at least \(spelled(spacing)) apart"
            }
        var lines = [
            "session \(id): \(rate) frames per second, "
                + (tickCount.map { "\($0) ticks" } ?? "to the end of its plan"),
            "  timecode: \(timecode.rawValue); alignment: \(alignment)",
            "  policy \(policy.name): \(overdue); a backlog above \(spelled(backlogMax)) is skipped",
            "  on time within \(spelled(onTimeWithin)); the handler keeps busy for \(spelled(work))",
        ]
        lines += channel.explanation
        let levels = judgedLevels.limits.map { "\($0.measure.rawValue) \($0.limit)" }
        if levels.isEmpty {
            lines.append("  no service levels: the run is not judged")
        } else if statesLevels {
            lines += levels.map { "  must keep \($0)" }
        } else {
            lines.append("  must keep the default levels: \(levels.joined(separator: ", "))")
        }
        return lines
    }
}

extension ChannelProfile {
    /// The lines for values that differ from the usual ones.
    fileprivate var explanation: [String] {
        var lines: [String] = []
        if lead > .zero { lines.append("  called \(spelled(lead)) before each deadline") }
        if let last = blocks.last {
            let count = blocks.reduce(0) { $0 + $1.times }
            let start = planStart.map { "\($0)" } ?? blocks[0].start.map(\.iso8601) ?? "the epoch"
            lines.append(
                "  plan: \(count) blocks from \(start), \(spelled(planLength ?? .zero)), the last \(last.id); "
                    + "at_plan_end: \(atPlanEnd.rawValue)")
        }
        if let primingTicks { lines.append("  a notice \(primingTicks) ticks before each fence") }
        switch startTimecode {
        case .label(let label): lines.append("  tick 0 is labelled \(label)")
        case .timeOfDay:
            let jam = dailyJam.map { ", set again at \($0)" } ?? ""
            lines.append("  tick 0 is labelled with the time of day at \(utcOffset)\(jam)")
        case nil: break
        }
        if let succeedAt { lines.append("  a successor takes over at \(succeedAt)") }
        return lines
    }
}

/// A length of time in the greatest unit that makes it whole, as `parseDuration` reads it.
func spelled(_ length: Nanoseconds) -> String {
    let units: [(Int64, String)] = [
        (3_600_000_000_000, "h"), (60_000_000_000, "m"), (1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "us"),
    ]
    guard length != .zero else { return "0s" }
    for (unit, name) in units where length.count % unit == 0 { return "\(length.count / unit)\(name)" }
    return "\(length.count)ns"
}
