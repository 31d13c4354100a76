import Foundation
import TestSupport
import TickScheduling
import TickTime
import Testing

@Suite("Block plans")
struct BlockPlanTests {
    private struct Vector: Decodable {
        let rate: String
        let epochUTC: Int64
        let firstBlockStartUTC: Int64
        let blockLengths: [Int64]
        let fenceTicks: [Int64]

        private enum CodingKeys: String, CodingKey {
            case rate
            case epochUTC = "epoch_utc_ns"
            case firstBlockStartUTC = "first_block_start_utc_ns"
            case blockLengths = "block_lengths_ns"
            case fenceTicks = "fence_ticks"
        }

        func plan() throws -> BlockPlan {
            let blocks = blockLengths.enumerated().map {
                Block(id: BlockID(rawValue: Int64($0)), length: Nanoseconds($1))
            }
            return try BlockPlan(start: UTCInstant(nanoseconds: firstBlockStartUTC), blocks: blocks)
        }
    }

    @Test("on a grid, every block ends at the fence of the vectors")
    func vectors() throws {
        let vectors: [Vector] = try Vectors.cases("block_plans")
        try #require(!vectors.isEmpty)
        for vector in vectors {
            let placed = try vector.plan().placements(
                rate: FrameRate(parsing: vector.rate), epoch: UTCInstant(nanoseconds: vector.epochUTC))
            #expect(placed.map(\.fence) == vector.fenceTicks)
            #expect(zip(placed, placed.dropFirst()).allSatisfy { $0.fence == $1.firstTick && $0.end == $1.start })
            #expect(placed.map(\.index) == placed.indices.map { Int64($0) })
        }
    }

    @Test("a running session changes its block at the vectors' fences, and counts the passed blocks")
    func vectorsWhileTicking() throws {
        let vectors: [Vector] = try Vectors.cases("block_plans")
        for vector in vectors {
            let last = try #require(vector.fenceTicks.last)
            let plan = try SessionPlan(rate: FrameRate(parsing: vector.rate), tickCount: last + 3, atPlanEnd: .continue)
            var loop = VirtualLoop(
                [], clocks: VirtualClocks.withEpoch(UTCInstant(nanoseconds: vector.epochUTC)), capacity: 1,
                blockCapacity: 16)
            try loop.add(plan, blocks: vector.plan())
            let ticks = loop.run().map(\.tick)
            try #require(ticks.count == last + 3)
            for tick in ticks {
                // The vectors' block of a tick is the first whose fence lies beyond it.
                let index = vector.fenceTicks.firstIndex { tick.index < $0 }
                let start = vector.firstBlockStartUTC + vector.blockLengths.prefix(index ?? 0).reduce(0, +)
                let hasBegun = tick.deadlineUTC.nanoseconds >= vector.firstBlockStartUTC
                #expect(tick.block?.index == (hasBegun ? index.map { Int64($0) } : nil))
                if let block = tick.block {
                    #expect(block.elapsed.count == tick.deadlineUTC.nanoseconds - start)
                    #expect(tick.ticksToFence == vector.fenceTicks[Int(block.index)] - tick.index)
                } else if hasBegun {
                    #expect(tick.ticksToFence == nil)
                }
            }
            let passed = ticks.reduce(0) { $0 + $1.blocksPassed }
            // Where tick 0 lies: in a block, after the whole plan, or before its start. It passes nothing itself.
            let before = ticks[0].block?.index ?? (last == 0 ? Int64(vector.fenceTicks.count) : -1)
            #expect(passed == Int64(vector.fenceTicks.count) - before)
        }
    }

    private struct PastVector: Decodable {
        let rate: String
        let epoch: Int64
        let start: Int64
        let lengths: [Int64]
        let fences: [Int64]
        let passed: Int64

        private enum CodingKeys: String, CodingKey {
            case rate
            case epoch = "epoch_utc_ns"
            case start = "first_block_start_utc_ns"
            case lengths = "block_lengths_ns"
            case fences = "fence_ticks"
            case passed = "blocks_passed_by_all_ticks"
        }

        func plan() throws -> BlockPlan {
            let blocks = lengths.enumerated().map { Block(id: BlockID(rawValue: Int64($0)), length: Nanoseconds($1)) }
            return try BlockPlan(start: UTCInstant(nanoseconds: start), blocks: blocks)
        }
    }

    private struct PastVectors: Decodable { let cases: [PastVector] }

    private static func past() throws -> [PastVector] {
        let url = Vectors.packageRoot.appending(path: "Fixtures/cases/block_plans_past.json")
        return try JSONDecoder().decode(PastVectors.self, from: Data(contentsOf: url)).cases
    }

    @Test("a plan that ends before the epoch has every fence at 0, owns no tick, and none of its blocks is passed")
    func planInThePast() throws {
        let vectors = try Self.past()
        try #require(!vectors.isEmpty)
        for vector in vectors {
            let rate = try FrameRate(parsing: vector.rate)
            let epoch = UTCInstant(nanoseconds: vector.epoch)
            let placed = try vector.plan().placements(rate: rate, epoch: epoch)
            #expect(placed.map(\.fence) == vector.fences && placed.allSatisfy(\.ownsNoTick))
            var loop = VirtualLoop([], clocks: VirtualClocks.withEpoch(epoch), capacity: 1, blockCapacity: 16)
            try loop.add(SessionPlan(rate: rate, tickCount: 5, atPlanEnd: .continue), blocks: vector.plan())
            let ticks = loop.run().map(\.tick)
            #expect(ticks.count == 5)
            #expect(ticks.reduce(0) { $0 + $1.blocksPassed } == vector.passed)
            #expect(ticks.allSatisfy { $0.block == nil && !$0.blockChanged && $0.ticksToFence == nil })
        }
    }

    // MARK: - What is refused

    private static let start = UTCInstant(nanoseconds: 1_794_000_000_000_000_000)

    private static func block(_ id: Int64, at start: UTCInstant? = nil, _ length: Nanoseconds) -> Block {
        Block(id: BlockID(rawValue: id), start: start, length: length)
    }

    @Test("a stated start must be the end of the previous block: later is a gap, earlier an overlap; the plan stays")
    func contiguous() throws {
        var plan = BlockPlan(start: Self.start)
        try plan.append(Self.block(1, at: Self.start, .seconds(30)))
        let end = Self.start + .seconds(30)
        let late = end + Nanoseconds(1), early = end - Nanoseconds(1)
        #expect(throws: BlockPlanError.gap(BlockID(rawValue: 2), start: late, after: end)) {
            try plan.append(Self.block(2, at: late, .seconds(1)))
        }
        #expect(throws: BlockPlanError.overlap(BlockID(rawValue: 2), start: early, before: end)) {
            try plan.append(Self.block(2, at: early, .seconds(1)))
        }
        #expect(plan.end == end && plan.blocks.count == 1)
        try plan.append(Self.block(2, at: end, .seconds(1)))
        #expect(plan.end == end + .seconds(1))
    }

    @Test("a block is longer than 0 and ends within the range of UTC", arguments: [0, -1, Int64.min])
    func length(count: Int64) {
        #expect(throws: BlockPlanError.lengthNotPositive(BlockID(rawValue: 7), Nanoseconds(count))) {
            _ = try BlockPlan(start: Self.start, blocks: [Self.block(7, Nanoseconds(count))])
        }
    }

    @Test("a block past the range of UTC is refused")
    func range() {
        let late = UTCInstant(nanoseconds: .max - 5)
        #expect(throws: BlockPlanError.pastRange(BlockID(rawValue: 7), start: late, Nanoseconds(6))) {
            _ = try BlockPlan(start: late, blocks: [Self.block(7, Nanoseconds(6))])
        }
        #expect(throws: Never.self) { _ = try BlockPlan(start: late, blocks: [Self.block(7, Nanoseconds(5))]) }
    }

    @Test(
        "an error names the block, the place and the remedy",
        arguments: [
            (
                BlockPlanError.gap(BlockID(rawValue: 4), start: start + Nanoseconds(5), after: start),
                ["block 4", "5 ns after", "start it at 2026-11-06T21:20:00.000000000Z"]
            ),
            (.overlap(BlockID(rawValue: 4), start: start, before: start + Nanoseconds(9)), ["block 4", "9 ns before"]),
            (.pastFence(BlockID(rawValue: 4), fence: 90, delivered: 91), ["tick 90", "tick 91", "successor"]),
            (.noRoom(capacity: 12), ["room for 12 blocks", "append later"]),
            (.planIsOver(end: start, begin: start), ["not after the session's first tick", "plan later blocks"]),
            (.noPlan, ["no block plan", "add it with one"]),
        ])
    func descriptions(error: BlockPlanError, parts: [String]) {
        for part in parts { #expect(error.description.contains(part), "\(error)") }
    }
}

extension VirtualClocks {
    /// Clocks 25 ms before an epoch.
    static func withEpoch(_ utc: UTCInstant) -> VirtualClocks {
        let monotonic = MonotonicInstant(nanoseconds: 5_000_000_000)
        let lead = utc.nanoseconds - 25_000_000 - monotonic.nanoseconds
        return VirtualClocks(monotonic: monotonic, utcLead: Nanoseconds(lead))
    }
}
