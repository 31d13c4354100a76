import TestSupport
import Testing
import TickScheduling
import TickTime

@Suite("Late ticks and CPU quotas")
struct ThrottleMonitorTests {
    private static func at(_ seconds: Int64) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: 1_000_000_000) + .seconds(seconds)
    }

    private static func counts(_ periods: Int64, _ throttled: Int64) -> CPUThrottling {
        CPUThrottling(periods: periods, throttledPeriods: throttled, time: .milliseconds(throttled * 80))
    }

    /// Ticks of a session at 25 fps, each woken late by `late`.
    private static func ticks(_ count: Int64, late: Nanoseconds) throws -> [Tick] {
        var script = VirtualScript()
        script.wakeLatency = { _ in late }
        var loop = VirtualLoop(try SessionPlan(rate: .fps25, tickCount: count), script: script)
        return loop.run().map(\.tick)
    }

    @Test("seconds in which a quota stopped the process are joined to a spell, with the late ticks in it")
    func spell() throws {
        var monitor = ThrottleMonitor()
        let (punctual, late) = (try Self.ticks(25, late: .zero), try Self.ticks(25, late: .milliseconds(30)))
        monitor.observe(Self.counts(1_000, 7), at: Self.at(0))
        for (second, (ticks, counts)) in [
            (punctual, Self.counts(1_010, 7)), (late, Self.counts(1_020, 17)), (late, Self.counts(1_030, 27)),
            (punctual, Self.counts(1_040, 27)), (late, Self.counts(1_050, 28)),
        ].enumerated() {
            for tick in ticks { monitor.add(tick) }
            monitor.observe(counts, at: Self.at(Int64(second) + 1))
            #expect((monitor.current != nil) == [false, true, true, false, true][second])
        }
        monitor.finish()
        #expect(monitor.spells.map(\.begin) == [Self.at(1), Self.at(4)])
        #expect(monitor.spells.map(\.end) == [Self.at(3), Self.at(5)])
        #expect(monitor.spells[0].throttling == Self.counts(20, 20))
        #expect(monitor.spells.map(\.ticks) == [50, 25] && monitor.spells.map(\.lateTicks) == [50, 25])
        #expect(monitor.total == Self.counts(50, 21) && monitor.lateTicks == 75)
    }

    @Test("late ticks outside its spells are none of the quota's; without a quota there is nothing to tell")
    func others() throws {
        var monitor = ThrottleMonitor()
        let late = try Self.ticks(25, late: .milliseconds(30))
        monitor.observe(Self.counts(10, 0), at: Self.at(0))
        for tick in late { monitor.add(tick) }
        monitor.observe(Self.counts(20, 0), at: Self.at(1))
        monitor.finish()
        #expect(monitor.spells.isEmpty && monitor.lateTicks == 0 && monitor.total == Self.counts(10, 0))
        var none = ThrottleMonitor()
        for second in Int64(0)..<3 {
            for tick in late { none.add(tick) }
            none.observe(nil, at: Self.at(second))
        }
        none.finish()
        #expect(none.total == nil && none.spells.isEmpty)
    }

    @Test("counts that fall, as of a group made anew, add nothing")
    func fallen() {
        var monitor = ThrottleMonitor()
        monitor.observe(Self.counts(500, 400), at: Self.at(0))
        monitor.observe(Self.counts(3, 1), at: Self.at(1))
        #expect(monitor.total == CPUThrottling.none && monitor.current == nil)
        monitor.observe(Self.counts(5, 3), at: Self.at(2))
        #expect(monitor.current?.throttling == Self.counts(2, 2))
    }
}
