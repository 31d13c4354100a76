import TestSupport
import TickScheduling
import TickTime
import Testing

@Suite("Sessions come and go between ticks")
struct ScheduleChangesTests {
    private static func ids(_ loop: borrowing VirtualLoop) -> [Int32] { loop.records.map(\.tick.session.index) }

    @Test("a session that waits for a deadline, its pace or its lead is removed at once")
    func waiting() throws {
        let plans = [
            try SessionPlan(rate: .fps25, tickCount: 10),
            try SessionPlan(rate: .fps25, tickCount: 10, policy: .paced(spacing: .milliseconds(30))),
            try SessionPlan(rate: .fps25, tickCount: 10, lead: .milliseconds(10)),
        ]
        for (removed, moment) in (0..<24).flatMap({ moment in (Int32(0)..<3).map { ($0, moment) } }) {
            // At tick 2 of session 0, all three fall behind by 100 ms; then the paced one must wait.
            var loop = VirtualLoop(
                plans.map { ($0, .milliseconds(25)) }, script: .stall(.milliseconds(100), at: 2), capacity: 3)
            while loop.records.count < moment { _ = loop.next() }
            let had = loop.session(removed).endReason
            let reason = loop.remove(SessionID(index: removed))
            let count = loop.records.count
            _ = loop.run()
            #expect(reason == had ?? .removed)
            #expect(!Self.ids(loop).dropFirst(count).contains(removed))
            for other in Int32(0)..<3 where other != removed {
                #expect(loop.records.filter { $0.tick.session.index == other }.map(\.tick.index) == Array(0..<10))
            }
        }
    }

    @Test("a removed session does not get its turn in the current pass")
    func inPass() throws {
        for lead in [Nanoseconds.zero, .milliseconds(10)] {
            let plan = try SessionPlan(rate: .fps25, tickCount: 5, lead: lead)
            var loop = VirtualLoop([(plan, .milliseconds(25)), (plan, .milliseconds(25)), (plan, .milliseconds(25))])
            let first = loop.next()
            #expect(first?.session.index == 0)
            // Due at the same instant as the one that runs.
            let removed = loop.remove(SessionID(index: 1))
            _ = loop.run()
            #expect(removed == .removed && Self.ids(loop) == [0, 2, 0, 2, 0, 2, 0, 2, 0, 2])
        }
    }

    @Test("a removed session that is due again within its pass does not get that turn either")
    func dueAgain() throws {
        let plan = try SessionPlan(rate: .fps25, tickCount: 20)
        // Both begin a second late: each is due again as soon as it has had its turn.
        var loop = VirtualLoop([(plan, .seconds(-1)), (plan, .seconds(-1))])
        _ = loop.next()
        let second = loop.next()
        #expect(second?.session.index == 1)
        // Session 0 is already in the next pass.
        let removed = loop.remove(SessionID(index: 0))
        _ = loop.run()
        #expect(removed == .removed && Self.ids(loop) == [0] + Array(repeating: 1, count: 20))
    }

    @Test("a freed place is used again, by a session with a new number")
    func places() throws {
        let plan = try SessionPlan(rate: .fps25, tickCount: 100)
        var loop = VirtualLoop([(plan, .milliseconds(25)), (plan, .milliseconds(25))])
        for number in Int32(2)..<50 {
            while loop.records.count < Int(number) * 4 { _ = loop.next() }
            #expect(throws: ScheduleError.full(capacity: 2)) { try loop.add(plan) }
            let removed = loop.remove(SessionID(index: number - 1))
            let again = loop.remove(SessionID(index: number - 1))
            let id = try loop.add(plan)
            let count = loop.count
            #expect(removed == .removed && again == nil && id.index == number && id.slot < 2 && count == 2)
        }
        // Session 0 was there all the time, and lost nothing.
        _ = loop.run()
        #expect(loop.records.filter { $0.tick.session.index == 0 }.map(\.tick.index) == Array(0..<100))
    }

    @Test("a session that has ended keeps its reason until it is removed")
    func ended() throws {
        var loop = VirtualLoop([(try SessionPlan(rate: .fps25, tickCount: 3), .milliseconds(25))])
        _ = loop.run()
        let reasons = [loop.remove(SessionID(index: 0)), loop.remove(SessionID(index: 0))]
        #expect(reasons == [.ticksDelivered, nil])
    }

    @Test("sessions that come and go at random leave the others' ticks as they were")
    func random() throws {
        let seeds = SeededGenerator()
        print("random changes: seed \(seeds.seed)")
        for run in 0..<UInt64(100) {
            let seed = seeds.seed &+ run
            var random = SeededGenerator(seed: seed)
            var script = VirtualScript()
            script.work = { session, tick in .microseconds(Int64(session.index) * 7_919 % 900 + tick % 11) }
            script.wakeLatency = { .microseconds(Int64($0 % 7) - 2) }
            // Two that stay, one of them paced, among up to eight others.
            let staying = [
                try SessionPlan(rate: .fps50, tickCount: 150),
                try SessionPlan(rate: .fps2997, tickCount: 80, policy: .paced(spacing: .milliseconds(5))),
            ]
            var loop = VirtualLoop(staying.map { ($0, .milliseconds(25)) }, script: script, capacity: 10)
            var present: [SessionID] = [], gone: [Int32: Int] = [:]
            while let tick = loop.next() {
                guard Int.random(in: 0..<4, using: &random) == 0 else { continue }
                if present.count == 8 || (!present.isEmpty && Bool.random(using: &random)) {
                    let id = present.remove(at: Int.random(in: present.indices, using: &random))
                    _ = loop.remove(id)
                    gone[id.index] = loop.records.count
                } else if tick.session.index < 2, tick.index < 70 {
                    let rate = try #require([FrameRate.fps25, .fps5994, .fps24].randomElement(using: &random))
                    let lead = Nanoseconds.milliseconds(Int64.random(in: 0...30, using: &random))
                    let plan = try SessionPlan(rate: rate, tickCount: 40, lead: lead)
                    present.append(try loop.add(plan, in: .milliseconds(Int64.random(in: -50...60, using: &random))))
                }
            }
            let records = loop.records
            let kept = [Int64(150), 80].enumerated().allSatisfy { session, count in
                records.filter { $0.tick.session.index == Int32(session) }.map(\.tick.index) == Array(0..<count)
            }
            let silent = records.enumerated().allSatisfy { number, record in
                gone[record.tick.session.index].map { number < $0 } ?? true
            }
            let isOrdered = records.allSatisfy { $0.tick.start >= $0.tick.deadline - $0.tick.lead }
            try #require(kept && silent && isOrdered && !gone.isEmpty, "seed \(seed)")
        }
    }

    // MARK: - Blocks of a running session

    private static func block(_ id: Int64, at start: UTCInstant? = nil, _ length: Nanoseconds) -> Block {
        Block(id: BlockID(rawValue: id), start: start, length: length)
    }

    @Test("a live block is refused for a gap, an overlap, a past fence, no room, no plan; the plan stays")
    func appending() throws {
        var loop = VirtualLoop([], capacity: 2, blockCapacity: 3)
        let start = loop.clocks.utc(at: loop.now) + .milliseconds(25)
        let plan = try SessionPlan(rate: .fps50, tickCount: 300, atPlanEnd: .continue)
        let id = try loop.add(plan, blocks: BlockPlan(start: start, blocks: [Self.block(0, .seconds(1))]))
        let bare = try loop.add(plan)
        let end = start + .seconds(1)
        let late = end + Nanoseconds(1), early = end - Nanoseconds(1)
        func expectRefused(_ error: BlockPlanError, _ block: Block, _ id: SessionID) {
            #expect(throws: ScheduleError.blocks(error)) { _ = try loop.append(block, to: id) }
        }
        expectRefused(
            .gap(BlockID(rawValue: 1), start: late, after: end), Self.block(1, at: late, .seconds(1)), id)
        expectRefused(
            .overlap(BlockID(rawValue: 1), start: early, before: end), Self.block(1, at: early, .seconds(1)), id)
        expectRefused(.lengthNotPositive(BlockID(rawValue: 1), .zero), Self.block(1, .zero), id)
        expectRefused(.noPlan, Self.block(1, .seconds(1)), bare)
        #expect(throws: ScheduleError.noSession(SessionID(index: 9))) {
            _ = try loop.append(Self.block(1, .seconds(1)), to: SessionID(index: 9))
        }
        let placed = try loop.append(Self.block(1, at: end, .seconds(1)), to: id)
        #expect(placed.firstTick == 50 && placed.fence == 100 && placed.index == 1)
        _ = try loop.append(Self.block(2, .seconds(1)), to: id)
        expectRefused(.noRoom(capacity: 3), Self.block(3, .seconds(1)), id)
        // A passed block makes room.
        while let tick = loop.next(), tick.session != id || tick.index < 60 {}
        _ = try loop.append(Self.block(3, .seconds(1)), to: id)
        while let tick = loop.next(), tick.session != id || tick.index < 210 {}
        expectRefused(.pastFence(BlockID(rawValue: 4), fence: 200, delivered: 210), Self.block(4, .seconds(1)), id)
        _ = loop.run()
        expectRefused(.sessionEnded, Self.block(4, .seconds(1)), id)
        let blocks = loop.records.map(\.tick).filter { $0.session == id }.map { $0.block?.id.rawValue ?? -1 }
        let walked: [Int64] = (0..<300).map { $0 < 200 ? $0 / 50 : -1 }
        #expect(blocks == walked)
    }

    @Test("a plan that ended before the epoch is refused, unless the session continues after its plan")
    func over() throws {
        var loop = VirtualLoop([], capacity: 2, blockCapacity: 3)
        let epoch = loop.clocks.utc(at: loop.now) + .milliseconds(25)
        let blocks = try BlockPlan(start: epoch - .seconds(2), blocks: [Self.block(0, .seconds(2))])
        #expect(throws: ScheduleError.blocks(.planIsOver(end: epoch, begin: epoch))) {
            try loop.add(try SessionPlan(rate: .fps25, tickCount: 3), blocks: blocks)
        }
        try loop.add(try SessionPlan(rate: .fps25, tickCount: 3, atPlanEnd: .continue), blocks: blocks)
        #expect(loop.run().map(\.tick.block) == [nil, nil, nil])
    }
}
