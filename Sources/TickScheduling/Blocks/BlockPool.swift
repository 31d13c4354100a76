// The blocks that the sessions of a loop have yet to reach, in memory that is allocated once.
//
// Each session's blocks are a chain of nodes. An appended block takes a node from the chain of free nodes, and a
// passed block returns its node. So a plan can grow for months in the memory of the blocks that are ahead at one
// time. Nothing is allocated while a loop runs.

import TickTime

struct BlockNode: BitwiseCopyable {
    var block: PlacedBlock
    /// The next node of its chain; −1 at the end.
    var next: Int32
}

@safe struct BlockPool: ~Copyable {
    let nodes: UnsafeMutablePointer<BlockNode>
    let capacity: Int
    private var free: Int32
    private(set) var freeCount: Int

    /// - Precondition: `capacity` lies in 0 ... 2^30.
    init(capacity: Int) {
        precondition(capacity >= 0 && capacity <= 1 << 30, "a loop has room for up to 2^30 blocks")
        self.capacity = capacity
        freeCount = capacity
        free = capacity > 0 ? 0 : -1
        unsafe nodes = .allocate(capacity: max(capacity, 1))
        let nothing = PlacedBlock(
            index: 0, id: BlockID(rawValue: 0), start: UTCInstant(nanoseconds: 0), end: UTCInstant(nanoseconds: 0),
            firstTick: 0, fence: 0)
        for index in 0..<capacity {
            let next = index + 1 < capacity ? Int32(index + 1) : -1
            unsafe nodes.advanced(by: index).initialize(to: BlockNode(block: nothing, next: next))
        }
    }

    deinit { unsafe nodes.deallocate() }

    /// Puts a block at the end of a session's chain.
    ///
    /// - Returns: `false` if no node is free.
    mutating func append(_ block: PlacedBlock, to track: inout BlockTrack) -> Bool {
        guard free >= 0 else { return false }
        let node = free
        unsafe free = nodes[Int(node)].next
        freeCount -= 1
        unsafe nodes[Int(node)] = BlockNode(block: block, next: -1)
        if track.tail >= 0 { unsafe nodes[Int(track.tail)].next = node }
        track.appended(block, at: node)
        return true
    }

    /// Takes back the nodes of the blocks that the session has passed.
    mutating func release(_ track: inout BlockTrack) {
        while track.passed != track.head {
            let node = track.passed
            unsafe track.passed = nodes[Int(node)].next
            give(back: node)
        }
        if track.head < 0 { track.tail = -1 }
    }

    /// Takes back all nodes of a session that is removed.
    mutating func releaseAll(_ track: inout BlockTrack) {
        track.head = -1
        release(&track)
    }

    private mutating func give(back node: Int32) {
        unsafe nodes[Int(node)].next = free
        free = node
        freeCount += 1
    }
}
