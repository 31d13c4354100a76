// The keys that make a session a channel.

import TickScheduling
import TickTime

extension FileField {
    private static let instantPattern = #"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?Z"#
    private static let timePattern = "[0-9]{2}:[0-9]{2}:[0-9]{2}"
    private static let durationPattern = #"[0-9]+(\.[0-9]+)?(ns|us|ms|s|m|h)"#

    static let lead = FileField(
        "lead_ns", "How long before each deadline the handler is called, in ns; lateness counts from the deadline.",
        .integer(0...SessionPlan.leadLimit.count, default: 0))
    static let blocks = FileField(
        "blocks", "The block plan: contiguous blocks in UTC, in order.",
        .objects(
            [blockID, blockDuration, blockStart, blockTimes], List(required: ["id", "duration"], limit: blockLimit)))
    static let blockID = FileField(
        "id", "The block's name in reports, distinct within its plan.", .text(pattern: namePattern, example: "news"))
    static let blockDuration = FileField(
        "duration", "How long the block is, in UTC: a time with its unit.",
        .text(pattern: "^\(durationPattern)$", example: "30s"))
    static let blockStart = FileField(
        "start", "When it must start (RFC 3339, UTC): the end of the block before it, or the plan's start.",
        .text(pattern: "^\(instantPattern)$", example: "2026-11-21T06:00:00Z"))
    static let blockTimes = FileField(
        "times", "How many blocks of this length follow each other, named id-1, id-2 and so on.",
        .integer(1...Int64(blockLimit), default: 1))
    static let planStart = FileField(
        "plan_start",
        "Where the first block starts: an instant (RFC 3339, UTC), or a time of day (HH:MM:SS) of the day of the epoch, "
            + "joined in progress if it is past; by default the epoch.",
        .text(pattern: "^(\(instantPattern)|\(timePattern))$", example: "06:00:00"))
    static let atPlanEnd = FileField(
        "at_plan_end", "After the last block the session ends, or continues without a block.",
        .choice(PlanEnd.allCases.map(\.rawValue), default: PlanEnd.end.rawValue))
    static let primingTicks = FileField(
        "priming_ticks", "How many ticks before each fence the session gives a notice.",
        .integer(1...Int64.max, default: nil, example: 250))
    static let startTimecode = FileField(
        "start_timecode",
        "The label of tick 0: a label, or time_of_day for house time, which counts from the last jam; by default "
            + "00:00:00:00.",
        .text(pattern: "^(time_of_day|[0-9]{2}:[0-9]{2}:[0-9]{2}[:;][0-9]{2,9})$", example: "10:00:00:00"))
    static let utcOffset = FileField(
        "utc_offset", "How far the house's clock is ahead of UTC; by default Z.",
        .text(pattern: #"^(Z|[+-][0-9]{2}:[0-9]{2})$"#, example: "+01:00"))
    static let dailyJam = FileField(
        "daily_jam",
        "The time of day, on the house's clock, at which time_of_day labels are set again, and from which they count; by "
            + "default midnight.",
        .text(pattern: "^\(timePattern)$", example: "04:00:00"))
    static let succeedAt = FileField(
        "succeed_at",
        "When a successor session with a fresh anchor takes over, at the first fence from then on: an instant "
            + "(RFC 3339, UTC), a time of day (HH:MM:SS), daily, or a time after the epoch with its unit.",
        .text(pattern: "^(\(instantPattern)|\(timePattern)|\(durationPattern))$", example: "04:00:00"))

    /// The most blocks of one plan.
    static let blockLimit = 100_000

    static let channel = [
        lead, blocks, planStart, atPlanEnd, primingTicks, startTimecode, utcOffset, dailyJam, succeedAt,
    ]
    /// The keys that have no meaning without a plan.
    static let planned = [planStart, atPlanEnd, primingTicks]
}
