public import TickScheduling
public import TickTime

/// One delivered tick as a JSON object, for `--json`.
public enum TickLine {
    public static let schema = "tickrun/tick/1"

    /// - Parameters:
    ///   - session: the session's name.
    ///   - timecode: the labels of its frames; `nil` writes null.
    ///   - blockNames: what the plan's blocks are called, by their places in it.
    public static func write(
        _ record: TickRecord, session: String, timecode: SessionTimecode?, blockNames: [String] = [],
        to json: inout JSONText
    ) {
        let tick = record.tick
        json.object { json in
            json.member("schema", schema)
            json.member("session", session)
            json.member("tick", tick.index)
            json.member("timecode", timecode.map { $0.label(ofTick: tick.index).description })
            json.member("deadline_mono_ns", tick.deadline.nanoseconds)
            json.member("deadline_utc_ns", tick.deadlineUTC.nanoseconds)
            json.member("start_mono_ns", tick.start.nanoseconds)
            json.member("wake_latency_ns", tick.wakeLatency?.count)
            json.member("start_lateness_ns", tick.startLateness.count)
            json.member("deadline_lateness_ns", tick.deadlineLateness.count)
            json.member("work_ns", record.work.count)
            json.member("class", tick.lateness.name)
            json.member("cause", tick.cause.name)
            json.member("overdue", tick.isOverdue)
            json.member("skipped_before", tick.skippedBefore)
            json.member("crossed_backlog", tick.crossedBacklog)
            json.member("work_budget_ns", tick.workBudget.count)
            if tick.lead > .zero { json.member("lead_ns", tick.lead.count) }
            if let stamp = tick.timestamp { json.timestamp(stamp) }
            if let air = tick.air {
                json.member("on_air", air.isOnAir)
                json.member("unfenced", air.isUnfenced)
                json.member("fencing_number", air.fencingNumber)
            }
            guard !blockNames.isEmpty else { return }
            let index = tick.block.map { Int($0.index) }
            json.member("block", index.flatMap { blockNames.indices.contains($0) ? blockNames[$0] : nil })
            json.member("block_index", tick.block?.index)
            json.member("block_elapsed_ns", tick.block?.elapsed.count)
            json.member("block_changed", tick.blockChanged)
            json.member("blocks_passed", tick.blocksPassed)
            json.member("ticks_to_fence", tick.ticksToFence)
            json.member("priming", tick.isPriming)
        }
    }
}

extension JSONText {
    /// The members of a time of day: of a tick, or of the present.
    mutating func timestamp(_ stamp: StampedTime) {
        member("timestamp_utc_ns", stamp.time.nanoseconds)
        member("timestamp_earliest_utc_ns", stamp.earliest?.nanoseconds)
        member("timestamp_latest_utc_ns", stamp.latest?.nanoseconds)
        member("timestamp_quality", stamp.quality.rawValue)
        member("timestamp_traceable", stamp.isTraceable)
        member("timestamp_epoch", stamp.epoch)
        member("timestamp_held_ns", stamp.held.count)
        member("timestamp_committed", stamp.isCommitted)
    }
}
