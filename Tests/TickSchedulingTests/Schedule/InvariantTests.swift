import TestSupport
import TickScheduling
import TickTime
import Testing

// The four tests of INV-TICK-MONOTONIC-UTC-ANCHOR-001, in virtual time.

@Suite("INV-TICK-MONOTONIC-UTC-ANCHOR-001")
struct InvariantTests {
    /// A step of UTC in mid-run; a leap second repeats one.
    enum Disturbance: String, CaseIterable, CustomTestStringConvertible {
        case secondForward = "+1 s"
        case secondBack = "-1 s"
        case hourForward = "+1 h"
        case hourBack = "-1 h"
        case leapSecond = "a leap second"

        var size: Nanoseconds {
            switch self {
            case .secondForward: .seconds(1)
            case .secondBack, .leapSecond: .seconds(-1)
            case .hourForward: .seconds(3_600)
            case .hourBack: .seconds(-3_600)
            }
        }

        var testDescription: String { rawValue }
    }

    /// Three sessions of different rates and policies, for ten seconds, on a host that wakes late,
    /// with handlers that stall; UTC steps in between if it is told to.
    private static func loop(stepping disturbance: Disturbance?) throws -> VirtualLoop {
        var clocks = VirtualClocks()
        if let disturbance {
            // A leap second is inserted at the end of a UTC second: here of that within tick 200.
            let (second, utc) = (Int64(1_000_000_000), clocks.utc(at: clocks.monotonic).nanoseconds)
            let toSecond = Nanoseconds(second - utc % second)
            let at = clocks.monotonic + .seconds(4) + (disturbance == .leapSecond ? toSecond : Nanoseconds(123_456_789))
            clocks.steps = [.init(at: at, size: disturbance.size)]
        }
        var script = VirtualScript()
        script.work = { session, tick in
            tick % 97 == 60 ? .milliseconds(120) : .microseconds(200 * (Int64(session.index) + 1))
        }
        script.wakeLatency = { .microseconds(Int64($0 * 7_919 % 83)) }
        let plans = [
            try SessionPlan(rate: .fps5994, tickCount: 600),
            try SessionPlan(rate: .fps25, tickCount: 250, policy: .skip),
            try SessionPlan(rate: .fps2997, tickCount: 300, policy: .paced(spacing: .milliseconds(20))),
        ]
        return VirtualLoop(plans.map { ($0, .milliseconds(25)) }, clocks: clocks, script: script)
    }

    @Test("epochs are captured once: no part can be set, and no tick, stall or step changes any")
    func epochsAreCapturedOnce() throws {
        let parts: [PartialKeyPath<SessionEpoch>] = [
            \.utc, \.utcSource, \.hostUTC, \.monotonic, \.uncertainty, \.taiOffset, \.alignment, \.alignmentIndex,
        ]
        for part in parts { #expect(!Self.isWritable(part), "\(part)") }
        #expect(!Self.isWritable(\TickSession.epoch) && !Self.isWritable(\TickSession.plan))
        // The control: a part that can be set is seen to be.
        #expect(Self.isWritable(\VirtualClocks.monotonic))
        let epoch = VirtualClocks().epoch()
        #expect(Mirror(reflecting: epoch).children.count == parts.count, "a new part of the epoch is to be listed here")

        var loop = try Self.loop(stepping: .hourBack)
        let before = (Int32(0)..<3).map { loop.epoch($0) }
        let records = loop.run()
        #expect(records.count > 1_000 && records.contains { $0.tick.lateness == .stall })
        #expect((Int32(0)..<3).map { loop.epoch($0) } == before)
    }

    @Test("deadlines match the rational period, added up tick by tick with an exact rest", arguments: FrameRate.listed)
    func deadlinesMatchTheRationalPeriod(rate: FrameRate) throws {
        let count = 20_000
        var script = VirtualScript.stall(.milliseconds(300), at: 1_000)
        script.wakeLatency = { .microseconds(Int64($0 % 90)) }
        var loop = VirtualLoop(try SessionPlan(rate: rate, tickCount: Int64(count)), script: script)
        let grid = GridWalk.deadlines(rate, from: loop.epoch().monotonic, count: count)
        let deadlines = loop.run().map(\.tick.deadline)
        #expect(deadlines.count == count)
        let wrong = zip(deadlines, grid).enumerated().first { $1.0 != $1.1 }
        #expect(wrong == nil, "the first wrong tick, with its deadline and the right one")
    }

    @Test("enforcement ignores a UTC step, which divergence reports with its size", arguments: Disturbance.allCases)
    func enforcementIgnoresAUTCStep(disturbance: Disturbance) throws {
        var undisturbed = try Self.loop(stepping: nil)
        var disturbed = try Self.loop(stepping: disturbance)
        let (expected, records) = (undisturbed.run(), disturbed.run())
        let differing = zip(records, expected).first { $0 != $1 }
        #expect(records.count == expected.count && differing == nil)
        let isUndisturbed = disturbed.events == undisturbed.events
        #expect(isUndisturbed, "each wait and each start at the same instant")

        // The sampler reads the same clocks, every 100 ms of the run.
        let end = disturbed.now
        for (clocks, steps) in [(undisturbed.clocks, [Nanoseconds]()), (disturbed.clocks, [disturbance.size])] {
            var monitor = DivergenceMonitor(epoch: disturbed.epoch())
            var found: [ClockJump] = []
            var instant = VirtualClocks().monotonic
            while instant <= end {
                if let step = monitor.observe(clocks.reading(at: instant)).step { found.append(step) }
                instant = instant + .milliseconds(100)
            }
            #expect(found.map(\.size) == steps && found.allSatisfy { $0.kind == .step })
            #expect(monitor.last?.utcDivergence == steps.first ?? .zero && monitor.suspends.count == 0)
            if let step = found.first, let made = clocks.steps.first {
                #expect(step.monotonic >= made.at && step.monotonic - made.at < .milliseconds(100))
            }
        }
    }

    @Test(
        "UTC authority is unchanged for fence math: fences count from the epoch's UTC", arguments: Disturbance.allCases)
    func utcAuthorityIsUnchanged(disturbance: Disturbance) throws {
        var loop = try Self.loop(stepping: disturbance)
        let (epoch, rate) = (loop.epoch(), FrameRate.fps5994)
        let end = epoch.utc + .seconds(8)
        // ceil(8 · 60000 / 1001) = ceil(479.52…), by hand.
        #expect(rate.fence(of: end, epoch: epoch.utc) == 480)
        let records = loop.run()
        #expect(loop.clocks.utc(at: loop.now) != epoch.hostUTC + (loop.now - epoch.monotonic))
        #expect(rate.fence(of: end, epoch: loop.epoch().utc) == 480)
        // Delivered long after the step, tick 480 is still the first that the schedule's UTC puts at
        // the block's end or later.
        let ticks = records.map(\.tick).filter { $0.session.index == 0 }
        try #require(ticks.count == 600)
        #expect(ticks[479].index == 479 && ticks[479].deadlineUTC < end)
        #expect(ticks[480].index == 480 && ticks[480].deadlineUTC >= end)
    }

    private static func isWritable<Root>(_ path: PartialKeyPath<Root>) -> Bool {
        String(describing: type(of: path)).hasPrefix("WritableKeyPath")
    }
}
