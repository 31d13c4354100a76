import Testing
import TickReports
import TickScheduling
import TickTime

@Suite("The text report")
struct RunSummaryTextTests {
    private typealias Fixture = RunSummaryFixture

    @Test("a handmade run has the expected lines")
    func golden() throws {
        var levels = ServiceLevels()
        levels[.lateTicks] = 0
        levels[.skippedTicks] = 1
        let records = [
            Fixture.record(0),
            Fixture.record(2, lateness: 47_000_000, .overPeriod, cause: .work, wakeLatency: nil, skippedBefore: 1),
        ]
        let summary = try Fixture.summary(records, of: 3, levels: levels)
        #expect(
            summary.lines == [
                "FAIL  hand-made: 2 ticks in 200 ms; not met: late_ticks_max 1 (accepted 0)",
                "",
                "25 fps, everyTick",
                "  ticks           2 of 3 delivered, 1 skipped, 1 overdue, last 00:00:00:02",
                "  by class        1 onTime, 0 late, 1 overPeriod, 0 stall",
                "  late by cause   0 wake, 0 neighbour, 1 work, 0 begin",
                "  wake latency    p50 100 ns  p99 100 ns  p99.9 100 ns  max 100 ns",
                "  start lateness  p50 500 ns  p99 47.0 ms  p99.9 47.0 ms  max 47.0 ms",
                "  work            p50 2.00 µs  p99 2.00 µs  p99.9 2.00 µs  max 2.00 µs",
                "  grid drift      0 ns, recomputed; 0 early starts",
                "  epoch           2026-01-02T03:04:05.000000000Z, UTC from ntp",
                "                  monotonic 1000000000 ns, anchors within 30 ns, TAI-UTC 37 s (kernel)",
                "  NOT MET         late_ticks_max: 1, accepted 0",
                "  met             skipped_ticks_max: 1, accepted 1",
                "",
                "clocks",
                "  utc divergence  0 ns within 50 ns",
                "  utc steps       0 seen by divergence, 0 seen by timerfd",
                "",
                "host",
                "  kernel          6.1.0, PREEMPT_RT, clock source tsc",
                "  steal           10.0 ms",
                "  granted         timer slack 1 ns",
                "  REFUSED         only CPU 9: EINVAL; name another",
                "  wait            sleep",
                "  cpu             2.00 % of one CPU (tick thread 0.50 %)",
            ])
    }

    @Test("of many sessions ten are shown, and the failures of the others are counted")
    func manySessions() throws {
        var levels = ServiceLevels()
        levels[.lateTicks] = 0
        var summary = try Fixture.summary([Fixture.record(0)], of: 1, levels: levels)
        let bad = try Fixture.summary([Fixture.record(0, lateness: 2_000_000, .late)], of: 1, levels: levels)
        summary.sessions = Array(repeating: summary.sessions[0], count: 10) + [summary.sessions[0], bad.sessions[0]]
        #expect(summary.lines.count { $0.hasPrefix("session main") } == 10)
        #expect(summary.lines.contains("2 more sessions, 1 of them a FAIL; --json=summary lists them all"))
        #expect(summary.lines[0].hasSuffix("not met: main late_ticks_max 1 (accepted 0)"))
        #expect(summary.lines.contains("all sessions"))
    }

    @Test("incidents have their time; those beyond the report's limit are counted")
    func incidents() throws {
        var summary = try Fixture.summary([Fixture.record(0)], of: 1)
        let incident = RunIncident(
            .utcStep, begin: Fixture.epoch.utc, end: Fixture.epoch.utc, size: .seconds(-7_200),
            text: "UTC stepped back by 7200 s")
        summary.incidents = Array(repeating: incident, count: 22)
        summary.furtherIncidents = 3
        let heading = try #require(summary.lines.firstIndex(of: "incidents"))
        #expect(summary.lines[heading + 1] == "  2026-01-02T03:04:05.000Z  UTC stepped back by 7200 s")
        #expect(summary.lines.last == "  and 5 more")
    }

    @Test("the line on the wait shows when spinning stopped, and why")
    func wait() throws {
        var summary = try Fixture.summary([Fixture.record(0)], of: 1)
        let cases: [(RunSummary.Wait, String)] = [
            (
                .init(strategy: .hybrid, margin: .microseconds(40), isSpinning: true, stops: 0, lastStop: nil),
                "hybrid, spinning the last 40.0 µs"
            ),
            (
                .init(
                    strategy: .hybrid, margin: .zero, isSpinning: false, stops: 1, lastStop: .spinLaterThanSleep),
                "hybrid, spinning stopped; stopped once: waits that spun ended later than bare sleeps"
            ),
            (
                .init(
                    strategy: .hybrid, margin: .zero, isSpinning: false, stops: 2, lastStop: .budgetBelowOvershoot),
                "hybrid, spinning stopped; stopped 2 times, last: "
                    + "the spin budget is under what a sleep usually overshoots"
            ),
        ]
        for (wait, text) in cases {
            summary.wait = wait
            #expect(summary.lines.contains("  wait            " + text))
        }
    }

    @Test("a host that refused timerfd, or shows no steal time, is reported")
    func refusals() throws {
        var summary = try Fixture.summary([Fixture.record(0)], of: 1, clocks: Fixture.clocks(timesSet: nil))
        summary.host.steal = nil
        #expect(summary.lines.contains("  utc steps       0 seen by divergence, timerfd refused"))
        #expect(summary.lines.contains("  steal           not reported by the kernel"))
    }
}
