import ClusterClock
import TestSupport
import Testing
import TickTime

@Suite("The best available time")
struct BestAvailableTimeTests {
    private static let boot = BootInstant(nanoseconds: 0)
    private static let utc = UTCInstant(nanoseconds: 1_795_000_000_000_000_000)

    private static func within(_ milliseconds: Int64) -> StatedError {
        StatedError(operatorError: .milliseconds(milliseconds), read: boot)
    }

    @Test("the first that holds: a bounded cluster, NTP, an untraceable cluster, a trusted consensus, system time")
    func ladder() throws {
        var bounded = try ClusterHarness([.zero, .zero], errors: [.milliseconds(4), .milliseconds(4)])
        bounded.clock.stateOwnError(StatedError(operatorError: .milliseconds(3), read: bounded.host.reading.boot))
        bounded.run(.seconds(4))
        var agreed = try ClusterHarness([.zero, .zero])
        agreed.run(.seconds(4))
        let reading = bounded.host.reading

        func choose(_ change: (inout TimeSources) -> Void) -> StampedTime {
            var sources = TimeSources()
            change(&sources)
            var best = BestAvailableTime()
            return best.choose(among: sources, at: reading.boot, realtime: reading.realtime).time(at: reading.boot)
        }
        let synchronized = StatedError(operatorError: .milliseconds(9), read: reading.boot)
        let consensus = (offset: Nanoseconds.seconds(-15), confidence: 0.75)

        let first = choose {
            ($0.cluster, $0.synchronizedWithin, $0.consensus) = (bounded.clock.snapshot, synchronized, consensus)
        }
        #expect(first.quality == .cluster && first.isTraceable && first.held == .zero)
        let bounds = try #require(bounded.clock.snapshot.utcBounds(at: reading.boot))
        #expect(first.earliest == bounds.earliest && first.latest == bounds.latest)

        let second = choose {
            ($0.cluster, $0.synchronizedWithin, $0.consensus) = (agreed.clock.snapshot, synchronized, consensus)
        }
        #expect(second.quality == .ntp && second.isTraceable && second.time == reading.realtime)
        #expect(second.latest.map { ($0 - reading.realtime).count } == 9_000_001)

        let third = choose { ($0.cluster, $0.consensus) = (agreed.clock.snapshot, consensus) }
        #expect(third.quality == .cluster && !third.isTraceable && third.earliest != nil)

        let fourth = choose { $0.consensus = consensus }
        #expect(fourth.quality == .consensus && !fourth.isTraceable && fourth.earliest == nil)
        #expect(fourth.time == reading.realtime - .seconds(15))
        #expect(choose { $0.consensus = (.seconds(-15), 0.499) }.quality == .system)
        #expect(choose { _ in }.time == reading.realtime)
        // A cluster that never agreed is not a source, nor is a cluster of one.
        let gathering = try ClusterHarness([.zero, .zero])
        #expect(choose { $0.cluster = gathering.clock.snapshot }.quality == .system)
        let alone = try ClusterHarness([])
        #expect(choose { $0.cluster = alone.clock.snapshot }.quality == .system)
    }

    /// What PTP bounds.
    private static func ptp(_ lower: Int64, _ upper: Int64, read: BootInstant = boot) -> StatedError? {
        StatedError(
            ptp: SourcedBound(
                ptpOffset: .zero, claim: OffsetInterval(Nanoseconds(lower), Nanoseconds(upper)), doubt: nil), read: read
        )
    }

    @Test("PTP comes after a bounded cluster and before NTP, and its middle corrects system time")
    func byPTP() throws {
        var bounded = try ClusterHarness([.zero, .zero], errors: [.milliseconds(4), .milliseconds(4)])
        bounded.clock.stateOwnError(StatedError(operatorError: .milliseconds(3), read: bounded.host.reading.boot))
        bounded.run(.seconds(4))
        let reading = bounded.host.reading
        var sources = TimeSources()
        sources.ptp = Self.ptp(-30_000, 50_000, read: reading.boot)
        sources.synchronizedWithin = StatedError(operatorError: .milliseconds(9), read: reading.boot)
        var best = BestAvailableTime()
        let time = best.choose(among: sources, at: reading.boot, realtime: reading.realtime).time(at: reading.boot)
        #expect(time.quality == .ptp && time.isTraceable && time.time == reading.realtime + Nanoseconds(10_000))
        // A nanosecond each way is the growth at age 0.
        #expect(time.earliest == reading.realtime - Nanoseconds(30_001))
        #expect(time.latest == reading.realtime + Nanoseconds(50_001))
        let later = best.choose(among: sources, at: reading.boot, realtime: reading.realtime)
            .time(at: reading.boot + .seconds(2))
        let grown = (later.latest.map { ($0 - reading.realtime).count } ?? 0) - 2_000_050_000
        #expect((100_000...100_020).contains(grown), "50 ppm of 2 s: \(grown)")
        sources.cluster = bounded.clock.snapshot
        #expect(
            best.choose(among: sources, at: reading.boot, realtime: reading.realtime).quality == .cluster)
        // A statement that is no evidence is no source.
        let doubtful = SourcedBound(
            ptpOffset: .zero, claim: OffsetInterval(.zero, .zero), doubt: .clockClass(248))
        #expect(StatedError(ptp: doubtful, read: reading.boot) == nil)
    }

    @Test("if PTP's bound and the kernel's exclude each other, neither counts, and the host states no error")
    func contradiction() {
        let growth = DriftGrowth(clocks: 1, driftBound: 50_000)
        var sources = TimeSources()
        sources.synchronizedWithin = Self.within(5)
        for (lower, upper, quality) in [
            (Int64(4_000_000), Int64(6_000_000), UTCSource.ptp), (5_000_010, 6_000_000, .system),
            (-6_000_000, -5_000_010, .system), (-6_000_000, -5_000_000, .ptp), (29_999_000, 30_001_000, .system),
        ] {
            sources.ptp = Self.ptp(lower, upper)
            var best = BestAvailableTime()
            let plan = best.choose(among: sources, at: Self.boot, realtime: Self.utc)
            #expect(plan.quality == quality && plan.isTraceable == (quality == .ptp), "\(lower) to \(upper)")
            let stated = sources.statedError(at: Self.boot, growing: growth)
            // The smaller one is stated.
            #expect(stated?.error == (quality == .ptp ? .milliseconds(5) : nil))
        }
        sources.ptp = Self.ptp(-30_000, 50_000)
        #expect(sources.statedError(at: Self.boot, growing: growth)?.error == Nanoseconds(50_000))
    }

    @Test("after its source goes back, time runs at half its rate, states how far it is held, and meets it again")
    func held() {
        var best = BestAvailableTime()
        _ = best.choose(among: TimeSources(), at: Self.boot, realtime: Self.utc)
        // After a second, the wall clock is set back by 10 s.
        let second = Self.boot + .seconds(1)
        let plan = best.choose(among: TimeSources(), at: second, realtime: Self.utc + .seconds(-9))
        let now = plan.time(at: second)
        #expect(now.time == Self.utc + .seconds(1) && now.held == .seconds(10))
        let later = plan.time(at: second + .seconds(8))
        #expect(later.time == Self.utc + .seconds(5) && later.held == .seconds(6))
        let met = plan.time(at: second + .seconds(20))
        #expect(met.time == Self.utc + .seconds(11) && met.held == .zero)
        let after = plan.time(at: second + .seconds(21))
        #expect(after.time == Self.utc + .seconds(12) && after.held == .zero)
    }

    @Test("a source that goes forward is followed at once")
    func forward() {
        var best = BestAvailableTime()
        _ = best.choose(among: TimeSources(), at: Self.boot, realtime: Self.utc)
        let plan = best.choose(among: TimeSources(), at: Self.boot + .seconds(1), realtime: Self.utc + .seconds(3_600))
        #expect(plan.time(at: Self.boot + .seconds(1)).time == Self.utc + .seconds(3_600))
    }

    @Test("past the agreement's end, without a new choice, time continues without any guarantee")
    func expires() throws {
        var agreed = try ClusterHarness([.zero, .zero])
        agreed.run(.seconds(4))
        let reading = agreed.host.reading
        var sources = TimeSources()
        sources.cluster = agreed.clock.snapshot
        var best = BestAvailableTime()
        let plan = best.choose(among: sources, at: reading.boot, realtime: reading.realtime)
        let end = try #require(agreed.clock.snapshot.epochEnd)
        let last = plan.time(at: end), after = plan.time(at: end + Nanoseconds(1))
        #expect(last.quality == .cluster && last.epoch == 1 && last.earliest != nil)
        #expect(after.quality == .system && after.epoch == nil && after.earliest == nil && !after.isTraceable)
        #expect(after.time == last.time + Nanoseconds(1))
    }

    @Test("its bound grows with the age of the choice, and contains true UTC if the source's bound does")
    func growth() {
        var best = BestAvailableTime()
        var sources = TimeSources()
        sources.synchronizedWithin = Self.within(5)
        let plan = best.choose(among: sources, at: Self.boot, realtime: Self.utc)
        let now = plan.time(at: Self.boot), later = plan.time(at: Self.boot + .seconds(100))
        #expect(now.latest.map { $0 - now.time } == .milliseconds(5) + Nanoseconds(1))
        // 50 ppm of 100 s, and a nanosecond or two of rounding.
        let grown = (later.latest.map { ($0 - later.time).count } ?? 0) - 10_000_000
        #expect((0...1_000).contains(grown))
        // While it is held, the bound stays where the source is.
        let back = best.choose(among: sources, at: Self.boot + .seconds(1), realtime: Self.utc - .seconds(60))
        let held = back.time(at: Self.boot + .seconds(1))
        #expect(held.held == .seconds(61))
        #expect(held.latest.map { $0 < held.time } == true)
    }

    @Test(
        "whatever the sources do, no reader ever sees time fall, and it runs at half its rate at least",
        arguments: 1...200)
    func neverFalls(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var best = BestAvailableTime()
        var plans: [BestTimePlan] = []
        var (now, realtime) = (Self.boot, Self.utc)
        var last = Self.utc - .seconds(100_000)
        for _ in 0..<200 {
            let step = Nanoseconds(Int64.random(in: 0...2_000_000_000, using: &random))
            now = now + step
            realtime = realtime + step
            if Int.random(in: 0..<5, using: &random) == 0 {
                realtime = realtime + Nanoseconds(Int64.random(in: -5_000_000_000...5_000_000_000, using: &random))
            }
            var sources = TimeSources()
            if Bool.random(using: &random) {
                sources.consensus = (Nanoseconds(Int64.random(in: -9_000_000_000...9_000_000_000, using: &random)), 0.9)
            }
            if Bool.random(using: &random) {
                sources.synchronizedWithin = StatedError(operatorError: .milliseconds(1), read: now)
            }
            if Bool.random(using: &random) {
                let lower = Int64.random(in: -900_000...900_000, using: &random)
                sources.ptp = Self.ptp(lower, lower + Int64.random(in: 0...200_000, using: &random), read: now)
            }
            plans.append(best.choose(among: sources, at: now, realtime: realtime))
            // Several readings of one plan, and a reader that still has the previous plan at an earlier reading.
            var instant = now
            for _ in 0..<4 {
                let time = plans[plans.count - 1].time(at: instant).time
                #expect(time >= last, "seed \(seed)")
                last = time
                let wait = Nanoseconds(Int64.random(in: 0...400_000_000, using: &random))
                let next = plans[plans.count - 1].time(at: instant + wait).time
                #expect(next - time >= Nanoseconds(wait.count / 2 - 1), "seed \(seed)")
                instant = instant + wait
                realtime = realtime + wait
            }
            now = instant
        }
    }
}
