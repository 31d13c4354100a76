// A session's position in its plan. Between fences a tick costs two comparisons. At a fence the track follows the
// chain past every block that has ended, including blocks that own no tick.
//
// A track is copied with its session when a start is rehearsed, so following the chain writes only to the track
// itself. The passed nodes return to the pool later.

import TickTime

@safe struct BlockTrack: BitwiseCopyable {
    let hasPlan: Bool
    /// The pool's nodes, once the session is in a schedule.
    private var nodes: UnsafeMutablePointer<BlockNode>?
    /// The node of the first block that has not ended; −1 if none is left.
    var head: Int32 = -1
    var tail: Int32 = -1
    /// The first node that has not been returned; `head` if all have.
    var passed: Int32 = -1
    /// The block of `head`; meaningful only while there is one.
    private var ahead: PlacedBlock
    /// Blocks of the plan, including those that have ended.
    private(set) var count: Int64
    private(set) var end: UTCInstant
    /// The fence of the plan's end.
    private(set) var endFence: Int64
    /// The position of the last delivered tick: the index of its block, −1 before the plan's start, `count` after its
    /// end. `nil` before the first.
    private var position: Int64?
    /// The fence of the last priming notice.
    private var primedFence: Int64 = -1

    /// No plan.
    init() { self.init(hasPlan: false, count: 0, end: UTCInstant(nanoseconds: 0), endFence: 0) }

    /// A plan of which `count` blocks have ended, the last of them at `end`.
    init(count: Int64, end: UTCInstant, endFence: Int64) {
        self.init(hasPlan: true, count: count, end: end, endFence: endFence)
    }

    private init(hasPlan: Bool, count: Int64, end: UTCInstant, endFence: Int64) {
        self.hasPlan = hasPlan
        self.count = count
        self.end = end
        self.endFence = endFence
        ahead = PlacedBlock(index: count, id: BlockID(rawValue: 0), start: end, end: end, firstTick: 0, fence: 0)
    }

    /// The plan's fields of a tick.
    struct Position: BitwiseCopyable {
        var block: TickBlock?
        var blockChanged = false
        var blocksPassed: Int64 = 0
        var ticksToFence: Int64?
        var isPriming = false
    }

    /// Advances to the tick that is delivered. The first delivered tick passes no block: blocks that ended before it,
    /// perhaps a whole plan, were never shown.
    mutating func advance(to tick: Int64, at utc: UTCInstant, primingTicks: Int64?) -> Position {
        guard hasPlan else { return Position() }
        while head >= 0, tick >= ahead.fence { moveOn() }
        var result = Position()
        var index = count
        if head >= 0 {
            let isInside = tick >= ahead.firstTick
            index = isInside ? ahead.index : ahead.index - 1
            let fence = isInside ? ahead.fence : ahead.firstTick
            if isInside { result.block = TickBlock(index: index, id: ahead.id, elapsed: utc - ahead.start) }
            result.ticksToFence = fence - tick
            if let primingTicks, fence - tick <= primingTicks, fence != primedFence {
                primedFence = fence
                result.isPriming = true
            }
        }
        if let position {
            result.blocksPassed = index - position
            result.blockChanged = index != position
        } else if case .some = result.block {
            result.blockChanged = true
        }
        position = index
        return result
    }

    mutating func attach(_ nodes: UnsafeMutablePointer<BlockNode>) { unsafe self.nodes = nodes }

    mutating func appended(_ block: PlacedBlock, at node: Int32) {
        if head < 0 {
            head = node
            ahead = block
            // Nodes that were passed but not yet returned come before it in the chain.
            if passed < 0 { passed = node }
        }
        tail = node
        count = block.index + 1
        end = block.end
        endFence = block.fence
    }

    /// Without the pool's memory, for a copy that may outlive it.
    var detached: BlockTrack {
        var copy = self
        unsafe copy.nodes = nil
        return copy
    }

    private mutating func moveOn() {
        guard let nodes = unsafe nodes else { return }
        head = unsafe nodes[Int(head)].next
        if head >= 0 { ahead = unsafe nodes[Int(head)].block }
    }
}
