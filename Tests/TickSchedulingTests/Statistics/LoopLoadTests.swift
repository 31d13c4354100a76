import TestSupport
import Testing
import TickScheduling
import TickTime

@Suite("The load of a loop")
struct LoopLoadTests {
    private static func load(_ records: [TickRecord], rate: FrameRate = .fps25) -> LoopLoad {
        var load = LoopLoad()
        for record in records { load.add(record, rate: rate) }
        load.finish()
        return load
    }

    /// `count` sessions at 25 fps that share an epoch, each for `ticks` ticks.
    private static func run(
        _ count: Int, ticks: Int64 = 250, policy: OverduePolicy = .everyTick, _ script: VirtualScript
    ) throws -> [TickRecord] {
        let plan = try SessionPlan(rate: .fps25, tickCount: ticks, policy: policy, backlogMax: .seconds(60))
        var loop = VirtualLoop(Array(repeating: (plan, .milliseconds(25)), count: count), script: script)
        return loop.run()
    }

    private static func working(_ work: @escaping (SessionID, Int64) -> Nanoseconds) -> VirtualScript {
        var script = VirtualScript()
        script.work = work
        return script
    }

    @Test("twenty sessions of 3 ms in a pass of 40 ms are a load of 1.5 from their first second to their last")
    func twenty() throws {
        let records = try Self.run(20, Self.working { _, _ in .milliseconds(3) })
        // What the ticks themselves say names nobody.
        #expect(records.filter { $0.tick.index > 0 }.allSatisfy { $0.tick.cause == .neighbour || $0.tick.isOverdue })
        let load = Self.load(records)
        let overload = try #require(load.overloads.first)
        #expect(load.overloads.count == 1 && load.current == nil && load.furtherOverloads == 0)
        #expect(overload.begin == records[0].tick.deadline && overload.end == overload.begin + .seconds(10))
        #expect(overload.partsPerMillion == 1_500_000 && overload.worstPartsPerMillion == 1_500_000)
        #expect(overload.sessionCount == 20)
        // Among equals the first.
        #expect(overload.largest.map(\.session.index) == [0, 1, 2])
        #expect(overload.largest.allSatisfy { $0.partsPerMillion == 75_000 })
        #expect(load.partsPerMillion == 1_500_000)
        #expect((0..<20).allSatisfy { load.partsPerMillion(of: SessionID(index: $0)) == 75_000 })
    }

    @Test("the sessions whose work makes the overload are named, the largest first")
    func named() throws {
        let load = Self.load(
            try Self.run(
                8,
                Self.working { session, _ in
                    switch session.index {
                    case 5: .milliseconds(18)
                    case 2: .milliseconds(15)
                    case 7: .milliseconds(5)
                    default: .milliseconds(1)
                    }
                }))
        let overload = try #require(load.overloads.first)
        #expect(overload.largest.map(\.session.index) == [5, 2, 7])
        #expect(overload.largest.map(\.partsPerMillion) == [450_000, 375_000, 125_000])
        #expect(overload.partsPerMillion == 1_075_000)
    }

    @Test("work that fits is no overload, up to all of the time; a nanosecond a second more is one")
    func limit() throws {
        for (work, isOverloaded) in [(Nanoseconds.milliseconds(10), false), (Nanoseconds(10_000_001), true)] {
            let load = Self.load(try Self.run(4, Self.working { _, _ in work }))
            #expect(load.overloads.isEmpty == !isOverloaded)
        }
    }

    @Test("a host that stands still for ten seconds makes every tick late, and no overload", arguments: [0, 1])
    func standstill(policy: Int) throws {
        var script = Self.working { _, _ in .milliseconds(3) }
        script.wakeLatency = { $0 == 50 ? .seconds(10) : .zero }
        let records = try Self.run(5, ticks: 500, policy: policy == 0 ? .everyTick : .skip, script)
        #expect(records.contains { $0.tick.lateness == .stall })
        #expect(policy == 0 || records.contains { $0.tick.skippedBefore > 200 })
        let load = Self.load(records)
        #expect(load.overloads.isEmpty, "\(load.overloads)")
        #expect(load.partsPerMillion.map { $0 <= 375_000 } == true)
    }

    @Test("skipping does not hide an overload: the skipped ticks count as those that were delivered")
    func skip() throws {
        let records = try Self.run(1, ticks: 500, policy: .skip, Self.working { _, _ in .milliseconds(50) })
        #expect(records.contains { $0.tick.skippedBefore > 0 })
        let overload = try #require(Self.load(records).overloads.first)
        // 25 ticks a second of 50 ms each, within the tick that a second's edge may cost.
        #expect(overload.partsPerMillion > 1_190_000 && overload.partsPerMillion <= 1_250_000)
    }

    @Test("an overload that ends is an interval of whole seconds; one that is under way is known before it ends")
    func interval() throws {
        let records = try Self.run(
            20, ticks: 500, Self.working { _, tick in (100..<200).contains(tick) ? .milliseconds(3) : .milliseconds(1) }
        )
        var load = LoopLoad()
        var seen: MonotonicInstant?
        for record in records {
            load.add(record, rate: .fps25)
            if load.current != nil, seen == nil { seen = record.tick.start }
        }
        load.finish()
        let overload = try #require(load.overloads.first)
        let epoch = records[0].tick.deadline
        #expect(load.overloads.count == 1)
        #expect(overload.begin == epoch + .seconds(4) && overload.end == epoch + .seconds(8))
        #expect(overload.partsPerMillion == 1_500_000)
        // The first overloaded second takes a second and a half, and is looked at within one more.
        #expect(seen.map { $0 <= epoch + .milliseconds(6_600) } == true)
    }

    @Test("any records sum up as they do by hand: by session and second of the deadlines, skipped ticks at the mean")
    func property() throws {
        var random = SeededGenerator(seed: 23)
        for round in 0..<200 {
            let rates: [FrameRate] = [.fps25, .fps5994, .fps50, try FrameRate(1, over: 2)]
            let sessions = try (0..<Int.random(in: 1...6, using: &random)).map { _ in
                let rate = rates.randomElement(using: &random) ?? .fps25
                return (
                    try SessionPlan(
                        rate: rate, tickCount: Int64(rate.nominalFramesPerSecond) * 6 + 2,
                        policy: Bool.random(using: &random) ? .everyTick : .skip, backlogMax: .seconds(3)),
                    Nanoseconds.milliseconds(Int64.random(in: 25...900, using: &random))
                )
            }
            let works = (0..<64).map { _ in Nanoseconds(Int64.random(in: 0...30_000_000, using: &random)) }
            let script = Self.working { works[Int($1 &* 5 &+ Int64($0.index) &* 11) & 63] }
            var loop = VirtualLoop(sessions, script: script)
            let records = loop.run()
            var load = LoopLoad()
            for record in records { load.add(record, rate: sessions[Int(record.tick.session.index)].0.rate) }
            load.finish()
            let byHand = Self.byHand(records, sessions.map(\.0.rate))
            let overloaded = load.overloads.flatMap { overload -> [Int64] in
                let first = (overload.begin - records[0].tick.deadline).count / 1_000_000_000
                return Array(first..<first + (overload.end - overload.begin).count / 1_000_000_000)
            }
            #expect(overloaded == byHand.keys.filter { byHand[$0] ?? 0 > 1_000_000_000 }.sorted(), "round \(round)")
            let worst = byHand.values.max() ?? 0
            if worst > 1_000_000_000 {
                #expect(load.overloads.map(\.worstPartsPerMillion).max() == worst / 1_000, "round \(round)")
            }
        }
    }

    /// Work that was due in each second of the deadlines.
    private static func byHand(_ records: [TickRecord], _ rates: [FrameRate]) -> [Int64: Int64] {
        struct Place: Hashable { var session, second: Int64 }
        var sums: [Place: (work: Int64, delivered: Int64, skipped: Int64)] = [:]
        for record in records {
            let since = (record.tick.deadline - records[0].tick.deadline).count
            let second = since < 0 ? -((-since + 999_999_999) / 1_000_000_000) : since / 1_000_000_000
            let place = Place(session: Int64(record.tick.session.index), second: second)
            let sum = sums[place] ?? (0, 0, 0)
            sums[place] = (
                sum.work + record.work.count, sum.delivered + 1, sum.skipped + record.tick.skippedBefore
            )
        }
        var seconds: [Int64: Int64] = [:]
        for (place, sum) in sums {
            let rate = rates[Int(place.session)]
            let held = (Int64(rate.numerator) + Int64(rate.denominator) - 1) / Int64(rate.denominator)
            let ticks = max(sum.delivered, min(sum.delivered + sum.skipped, held))
            seconds[place.second, default: 0] += sum.work * ticks / sum.delivered
        }
        return seconds
    }

    @Test("ten thousand sessions cost no more a record than ten", .timeLimit(.minutes(1)))
    func many() throws {
        var load = LoopLoad()
        let epoch = MonotonicInstant(nanoseconds: 1_000_000_000)
        for tick in Int64(0)..<100 {
            for session in Int32(0)..<10_000 {
                let deadline = epoch + .milliseconds(40 * tick)
                load.add(
                    TickRecord(
                        tick: Tick(
                            session: SessionID(index: session), index: tick, deadline: deadline,
                            deadlineUTC: UTCInstant(nanoseconds: 0), arrival: deadline, start: deadline,
                            wakeLatency: nil, lateness: .onTime, cause: .wake, isOverdue: false,
                            crossedBacklog: false, skippedBefore: 0), work: Nanoseconds(session == 77 ? 40_000 : 4_000)),
                    rate: .fps25)
            }
        }
        load.finish()
        #expect(load.overloads.count == 1 && load.overloads[0].sessionCount == 10_000)
        let largest = load.overloads[0].largest[0]
        #expect(largest.session.index == 77 && largest.partsPerMillion == 1_000)
    }
}
