public import TickTime

/// Why a block was refused. The plan is unchanged.
public enum BlockPlanError: Error, Hashable, Sendable, BitwiseCopyable {
    /// Its stated start lies after the end before it.
    case gap(BlockID, start: UTCInstant, after: UTCInstant)
    /// Its stated start lies before the end before it.
    case overlap(BlockID, start: UTCInstant, before: UTCInstant)
    /// A block must last longer than 0.
    case lengthNotPositive(BlockID, Nanoseconds)
    /// It would end past the range of UTC (the year 2262).
    case pastRange(BlockID, start: UTCInstant, Nanoseconds)
    /// Its session has delivered the tick of the fence at which it would begin, or a later one.
    case pastFence(BlockID, fence: Int64, delivered: Int64)
    /// The whole plan ended at or before its session's first tick.
    case planIsOver(end: UTCInstant, begin: UTCInstant)
    /// The memory for blocks, allocated with the loop, is full.
    case noRoom(capacity: Int)
    /// The session was added without a plan.
    case noPlan
    /// The session has ended.
    case sessionEnded
}

extension BlockPlanError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .gap(let id, let start, let end):
            "block \(id.rawValue) starts at \(start.iso8601), \(distance(from: end, to: start)) ns after the end before it; "
                + "blocks are contiguous: start it at \(end.iso8601)"
        case .overlap(let id, let start, let end):
            "block \(id.rawValue) starts at \(start.iso8601), \(distance(from: start, to: end)) ns before the end before it; "
                + "blocks are contiguous: start it at \(end.iso8601)"
        case .lengthNotPositive(let id, let length):
            "block \(id.rawValue) lasts \(length.count) ns; give more than 0"
        case .pastRange(let id, let start, let length):
            "block \(id.rawValue), \(length.count) ns from \(start.iso8601), ends past the range of UTC; make it shorter"
        case .pastFence(let id, let fence, let delivered):
            "block \(id.rawValue) would begin at tick \(fence), and tick \(delivered) has been delivered; "
                + "append before the last fence is reached, or let a successor take over with a new plan"
        case .planIsOver(let end, let begin):
            "the plan ended at \(end.iso8601), not after the session's first tick at \(begin.iso8601); "
                + "plan later blocks"
        case .noRoom(let capacity):
            "the loop has room for \(capacity) blocks that are still to come, and all are taken; "
                + "append later, or make the loop with room for more"
        case .noPlan: "the session has no block plan; add it with one, which may be empty"
        case .sessionEnded: "the session has ended; add a new one"
        }
    }
}

/// Two instants may lie farther apart than an `Int64` of nanoseconds.
private func distance(from a: UTCInstant, to b: UTCInstant) -> Int128 { Int128(b.nanoseconds) - Int128(a.nanoseconds) }
