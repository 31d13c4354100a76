import TickScheduling
import TickTime

extension Tick {
    /// A tick whose parts all follow from its number, so that a mixture of two shows.
    static func numbered(_ index: Int64) -> Tick {
        Tick(
            session: SessionID(index: Int32(index % 7)), index: index, deadline: MonotonicInstant(nanoseconds: index),
            deadlineUTC: UTCInstant(nanoseconds: -index), arrival: MonotonicInstant(nanoseconds: index - 1),
            start: MonotonicInstant(nanoseconds: index + 1),
            wakeLatency: nil, lateness: .onTime, cause: .wake, isOverdue: false, crossedBacklog: false,
            skippedBefore: index ^ 0x5555)
    }
}

extension TickRecord {
    static func numbered(_ index: Int64) -> TickRecord {
        TickRecord(tick: .numbered(index), work: Nanoseconds(index * 3))
    }
}

extension SessionPlan {
    /// A thousand ticks a second.
    static func fast(_ count: Int64) throws -> SessionPlan {
        try SessionPlan(rate: FrameRate(1_000), tickCount: count)
    }
}
