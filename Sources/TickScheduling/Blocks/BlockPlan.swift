// What a channel shows and when: contiguous blocks, written in UTC.
//
// A block ends where the next one begins, so a plan is one instant and a list of lengths. Only fences
// (`FrameRate.fence(of:epoch:)`) decide the ticks of a block: block k owns the ticks from fence(k−1) up to, not
// including, fence(k), where fence(−1) is that of the plan's start. Every instant of UTC after the start belongs to
// one block, and so does every tick. A block that is shorter than a period may own none.
//
// Blocks that end before the session's epoch have the fence 0: they own no tick, and no tick passes them, because no
// tick is delivered before tick 0. A plan that ends before the epoch passes none of its blocks.
//
// What can go wrong: a plan edited by hand whose stated starts do not follow from the lengths before
// them (refused, with the instant that would fit); a plan laid out in frames at a rate that is not
// the session's (it has no frames here, only UTC).

public import TickTime

/// A block's identity, chosen by the planner; the scheduler passes it on without reading it.
public struct BlockID: RawRepresentable, Hashable, Sendable, BitwiseCopyable {
    public let rawValue: Int64
    @inlinable public init(rawValue: Int64) { self.rawValue = rawValue }
}

/// One block of a plan: an item, a programme, a break.
public struct Block: Hashable, Sendable, BitwiseCopyable {
    public let id: BlockID
    /// When it must start; `nil` lets it follow the block before. A stated start must equal the end before it.
    public let start: UTCInstant?
    /// How long it is, in UTC; above 0.
    public let length: Nanoseconds

    public init(id: BlockID, start: UTCInstant? = nil, length: Nanoseconds) {
        self.id = id
        self.start = start
        self.length = length
    }
}

/// A block's position on one session's grid.
public struct PlacedBlock: Hashable, Sendable, BitwiseCopyable {
    /// Its place in the plan, counted from 0.
    public let index: Int64
    public let id: BlockID
    public let start: UTCInstant
    public let end: UTCInstant
    /// It owns the ticks from this one up to, not including, `fence`.
    public let firstTick: Int64
    /// The first tick that is not before `end`.
    public let fence: Int64

    public init(index: Int64, id: BlockID, start: UTCInstant, end: UTCInstant, firstTick: Int64, fence: Int64) {
        self.index = index
        self.id = id
        self.start = start
        self.end = end
        self.firstTick = firstTick
        self.fence = fence
    }

    /// Whether it lies between two ticks, or ended before the epoch.
    public var ownsNoTick: Bool { fence <= firstTick }
}

/// Contiguous blocks from a start in UTC.
public struct BlockPlan: Hashable, Sendable {
    /// When the first block starts.
    public let start: UTCInstant
    public private(set) var blocks: [Block] = []
    /// When the last block ends; `start` while there is none.
    public private(set) var end: UTCInstant

    /// An empty plan, to append to.
    public init(start: UTCInstant) {
        self.start = start
        end = start
    }

    /// - Throws: as `append`, for the first block that does not fit.
    public init(start: UTCInstant, blocks: some Sequence<Block>) throws(BlockPlanError) {
        self.init(start: start)
        for block in blocks { try append(block) }
    }

    /// Adds a block at the end.
    ///
    /// - Throws: `BlockPlanError.gap`, `.overlap` where the stated start is not `end`;
    ///   `.lengthNotPositive`; `.pastRange` where it would end past the range of UTC.
    public mutating func append(_ block: Block) throws(BlockPlanError) {
        end = try block.end(after: end)
        blocks.append(block)
    }

    /// Every block on the grid of a session of this rate and epoch, in order.
    ///
    /// - Parameter epoch: UTC at tick 0.
    /// - Complexity: O(`blocks.count`), one 128-bit division each.
    public func placements(rate: FrameRate, epoch: UTCInstant) -> [PlacedBlock] {
        var (start, firstTick) = (start, rate.fence(of: start, epoch: epoch))
        var placed: [PlacedBlock] = []
        placed.reserveCapacity(blocks.count)
        for block in blocks {
            let end = start + block.length
            let fence = rate.fence(of: end, epoch: epoch)
            placed.append(
                PlacedBlock(
                    index: Int64(placed.count), id: block.id, start: start, end: end, firstTick: firstTick,
                    fence: fence))
            (start, firstTick) = (end, fence)
        }
        return placed
    }
}

extension Block {
    /// When the block ends if the block before it ends at `previousEnd`.
    ///
    /// - Throws: as `BlockPlan.append`.
    func end(after previousEnd: UTCInstant) throws(BlockPlanError) -> UTCInstant {
        if let start {
            if start > previousEnd { throw .gap(id, start: start, after: previousEnd) }
            if start < previousEnd { throw .overlap(id, start: start, before: previousEnd) }
        }
        guard length > .zero else { throw .lengthNotPositive(id, length) }
        let (end, overflow) = previousEnd.nanoseconds.addingReportingOverflow(length.count)
        guard !overflow else { throw .pastRange(id, start: previousEnd, length) }
        return UTCInstant(nanoseconds: end)
    }
}
