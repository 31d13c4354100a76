import TestSupport
import TickScheduling
import TickTime
import Testing

// Random plans under random loops, held against a walk: frame by frame, each tick's own UTC (a fraction,
// compared without rounding) is set beside the ends of the blocks, one after the other.

@Suite("Random block plans")
struct BlockTrackPropertyTests {
    @Test("every tick belongs to exactly one block, the one that a brute-force walk finds")
    func oneBlock() throws {
        let seeds = SeededGenerator()
        print("random plans: seed \(seeds.seed)")
        for run in 0..<UInt64(120) {
            let seed = seeds.seed &+ run
            let scenario = try PlanScenario(seed: seed)
            var loop = try scenario.loop()
            var walk = FenceWalk(scenario)
            var delivered = 0
            while let tick = loop.next() {
                delivered += 1
                let owner = walk.owner(of: tick.index)
                try #require(tick.block?.index == owner.index, "seed \(seed): \(tick)")
                if let index = owner.index {
                    try #require(tick.block?.id == scenario.blocks[Int(index)].id, "seed \(seed)")
                }
                try #require(tick.ticksToFence == owner.ticksToFence, "seed \(seed): \(tick)")
            }
            try #require(delivered > 0, "seed \(seed)")
        }
    }

    @Test("no policy hides a fence: what was passed since the last delivered tick adds up to every block")
    func nothingHidden() throws {
        let seeds = SeededGenerator()
        print("hidden fences: seed \(seeds.seed)")
        var skipsOverFences = 0
        for run in 0..<UInt64(120) {
            let seed = seeds.seed &+ run
            let scenario = try PlanScenario(seed: seed, policy: .skip)
            var loop = try scenario.loop()
            var walk = FenceWalk(scenario)
            var before: Int64?
            while let tick = loop.next() {
                let owner = walk.owner(of: tick.index)
                let position = owner.position
                if let before {
                    try #require(tick.blocksPassed == position - before, "seed \(seed): \(tick)")
                    try #require(tick.blockChanged == (position != before), "seed \(seed): \(tick)")
                    if tick.skippedBefore > 0, tick.blocksPassed > 0 { skipsOverFences += 1 }
                } else {
                    try #require(tick.blocksPassed == 0, "seed \(seed)")
                    try #require(tick.blockChanged == (owner.index != nil), "seed \(seed)")
                }
                before = position
            }
        }
        #expect(skipsOverFences > 20, "the stalls were too short to try anything")
    }

    @Test("the priming notice is given once a fence, on the first delivered tick that is near enough")
    func priming() throws {
        let seeds = SeededGenerator()
        print("priming: seed \(seeds.seed)")
        var notices = 0
        for run in 0..<UInt64(120) {
            let seed = seeds.seed &+ run
            let scenario = try PlanScenario(seed: seed, primingTicks: Int64(1 + run % 40))
            var loop = try scenario.loop()
            var primed: Set<Int64> = []
            while let tick = loop.next() {
                var isDue = false
                if let left = tick.ticksToFence, left <= Int64(1 + run % 40) {
                    isDue = primed.insert(tick.index + left).inserted
                }
                try #require(tick.isPriming == isDue, "seed \(seed): \(tick)")
            }
            notices += primed.count
        }
        #expect(notices > 1_000)
    }

    @Test("blocks that are passed give their memory back: a plan appended to without end needs little")
    func memory() throws {
        let plan = try SessionPlan(rate: .fps50, tickCount: 50 * 3_600, primingTicks: 30)
        var loop = VirtualLoop([], capacity: 1, blockCapacity: 8)
        var blocks = BlockPlan(start: loop.clocks.utc(at: loop.now) + .milliseconds(25))
        try blocks.append(Block(id: BlockID(rawValue: 0), length: .milliseconds(1_010)))
        var end = blocks.end
        let id = try loop.add(plan, blocks: blocks)
        var appended: Int64 = 1
        while let tick = loop.next() {
            guard tick.isPriming else { continue }
            while end < tick.deadlineUTC + .seconds(2) {
                // One of every four lies between two ticks.
                let length = Nanoseconds.milliseconds(appended % 4 == 0 ? 1 : 1_010)
                end = try loop.append(Block(id: BlockID(rawValue: appended), length: length), to: id).end
                appended += 1
            }
        }
        let (free, reason) = (loop.freeBlocks, loop.session().endReason)
        #expect(appended > 3_600 && reason == .ticksDelivered && free >= 1)
        let removed = loop.remove(id)
        let afterwards = loop.freeBlocks
        #expect(removed == .ticksDelivered && afterwards == 8)
    }
}

/// A random plan under a random session, wholly drawn from its seed.
private struct PlanScenario {
    let plan: SessionPlan
    let clocks: VirtualClocks
    let epoch: UTCInstant
    let start: UTCInstant
    let blocks: [Block]
    let script: VirtualScript

    init(seed: UInt64, policy: OverduePolicy? = nil, primingTicks: Int64? = nil) throws {
        var random = SeededGenerator(seed: seed)
        let rate = try #require(
            FrameRate.listed.filter { $0.nominalFramesPerSecond <= 120 }.randomElement(using: &random))
        epoch = UTCInstant(
            nanoseconds: 1_700_000_000_000_000_000 + Int64.random(in: 0..<100_000_000_000, using: &random) * 1_000_000)
        clocks = .withEpoch(epoch)
        // In progress, at the epoch, or in the future; on a millisecond or off it.
        let lead = Int64.random(in: -20_000...5_000, using: &random) * 1_000_000
        start =
            epoch
            + Nanoseconds(lead + (Bool.random(using: &random) ? Int64.random(in: 0..<1_000_000, using: &random) : 0))
        blocks = (0..<Int64.random(in: 1...60, using: &random)).map { index in
            let length =
                switch Int.random(in: 0..<5, using: &random) {
                case 0: Int64.random(in: 1...30_000_000, using: &random)
                case 1: Int64.random(in: 1...10, using: &random) * 500_000_000
                default: Int64.random(in: 1...3_000_000_000, using: &random)
                }
            return Block(id: BlockID(rawValue: index * 7 - 3), length: Nanoseconds(length))
        }
        let spacing = Nanoseconds(Int64.random(in: 1...8_000_000, using: &random))
        let drawn = try #require(
            [OverduePolicy.everyTick, .skip, .paced(spacing: spacing)].randomElement(using: &random))
        plan = try SessionPlan(
            rate: rate, tickCount: Int64.random(in: 1...4_000, using: &random), policy: policy ?? drawn,
            lead: Nanoseconds(Bool.random(using: &random) ? 0 : Int64.random(in: 1...30_000_000, using: &random)),
            atPlanEnd: .continue, primingTicks: primingTicks)
        var script = VirtualScript()
        script.work = { _, tick in
            var random = SeededGenerator(seed: seed &+ UInt64(tick) &* 7_919)
            let isStall = Int.random(in: 0..<60, using: &random) == 0
            return Nanoseconds(Int64.random(in: 0...(isStall ? 3_000_000_000 : 2_000_000), using: &random))
        }
        self.script = script
    }

    func loop() throws -> VirtualLoop {
        var loop = VirtualLoop([], clocks: clocks, script: script, capacity: 1, blockCapacity: 60)
        try loop.add(plan, blocks: BlockPlan(start: start, blocks: blocks))
        return loop
    }
}

/// Walks the ticks and the blocks' ends side by side; fences are found, not computed.
private struct FenceWalk {
    struct Owner {
        var index: Int64?
        var position: Int64
        var ticksToFence: Int64?
    }

    private let rate: FrameRate
    private let epoch: Int128
    /// The plan's start, then every block's end.
    private let edges: [Int128]
    /// The first tick not before each edge, as far as the walk has come.
    private var fences: [Int64] = []
    private var tick: Int64 = 0

    init(_ scenario: PlanScenario) {
        rate = scenario.plan.rate
        epoch = Int128(scenario.epoch.nanoseconds)
        var edges = [Int128(scenario.start.nanoseconds)]
        for block in scenario.blocks { edges.append(edges[edges.count - 1] + Int128(block.length.count)) }
        self.edges = edges
    }

    /// Whether a tick lies before an instant: its UTC as a fraction of 1/num nanoseconds.
    private func isBefore(_ tick: Int64, _ edge: Int128) -> Bool {
        Int128(tick) * Int128(rate.denominator) * 1_000_000_000 < (edge - epoch) * Int128(rate.numerator)
    }

    mutating func owner(of index: Int64) -> Owner {
        // On until every edge at or before the tick has its fence, and the one after it as well.
        while fences.count < edges.count, fences.last.map({ $0 <= index }) ?? true {
            while isBefore(tick, edges[fences.count]) { tick += 1 }
            fences.append(tick)
        }
        let passed = Int64(fences.count { $0 <= index })
        let next = fences.first { $0 > index }
        let isInside = passed > 0 && passed < Int64(edges.count)
        return Owner(index: isInside ? passed - 1 : nil, position: passed - 1, ticksToFence: next.map { $0 - index })
    }
}
