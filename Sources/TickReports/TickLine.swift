public import TickScheduling
public import TickTime

/// One delivered tick as a JSON object, for `--json`.
public enum TickLine {
    public static let schema = "tickrun/tick/1"

    /// - Parameters:
    ///   - session: the session's name.
    ///   - timecode: how its frames are labelled; `nil` writes null.
    public static func write(
        _ record: TickRecord, session: String, timecode: TimecodeFormat?, to json: inout JSONText
    ) {
        let tick = record.tick
        json.object { json in
            json.member("schema", schema)
            json.member("session", session)
            json.member("tick", tick.index)
            json.member("timecode", timecode.map { $0.label(ofFrame: tick.index).description })
            json.member("deadline_mono_ns", tick.deadline.nanoseconds)
            json.member("deadline_utc_ns", tick.deadlineUTC.nanoseconds)
            json.member("start_mono_ns", tick.start.nanoseconds)
            json.member("wake_latency_ns", tick.wakeLatency?.count)
            json.member("start_lateness_ns", tick.startLateness.count)
            json.member("work_ns", record.work.count)
            json.member("class", tick.lateness.name)
            json.member("cause", tick.cause.name)
            json.member("overdue", tick.isOverdue)
            json.member("skipped_before", tick.skippedBefore)
            json.member("crossed_backlog", tick.crossedBacklog)
        }
    }
}
