import Foundation
import TestSupport
import Testing
import TickReports
import TickScheduling
import TickTime

@Suite("Load and CPU quotas in a report")
struct LoadSummaryTests {
    /// Twenty sessions at 25 fps, each handler 3 ms but that of "studio", 6 ms.
    private static func overloaded() throws -> LoadSummary {
        let plan = try SessionPlan(rate: .fps25, tickCount: 100, backlogMax: .seconds(60))
        var script = VirtualScript()
        script.work = { session, _ in .milliseconds(session.index == 4 ? 6 : 3) }
        var loop = VirtualLoop(Array(repeating: (plan, .milliseconds(25)), count: 20), script: script)
        var load = LoopLoad()
        for record in loop.run() { load.add(record, rate: .fps25) }
        load.finish()
        return LoadSummary(
            load, sessions: (0..<20).map { (SessionID(index: $0), $0 == 4 ? "studio" : "s\($0)") })
    }

    @Test("an overloaded run names the sessions that need most of the loop, in the words of the verdict")
    func words() throws {
        let summary = try Self.overloaded()
        let text =
            "20 sessions need 157.50 % of the loop's time, most: studio 15.00 %, s0 7.50 %, s1 7.50 % and 17 more"
        #expect(summary.headline == "overloaded: \(text)")
        #expect(
            summary.lines == [
                "  load            157.50 % of the loop's time, most: studio 15.00 %, s0 7.50 %, s1 7.50 % and 17 more",
                "                  overloaded: \(text)",
            ])
    }

    @Test("JSON has every session's share in millionths, and each overload from its beginning to its end")
    func json() throws {
        var json = JSONText()
        let summary = try Self.overloaded()
        json.object { $0.load(summary) }
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(json.text.utf8)) as? [String: [String: Any]])
        let load = try #require(object["load"])
        #expect(load["load_ppm"] as? Int == 1_575_000 && load["further_overloads"] as? Int == 0)
        let sessions = try #require(load["sessions"] as? [[String: Any]])
        #expect(sessions.count == 20 && sessions[0]["session"] as? String == "studio")
        #expect(sessions.map { $0["load_ppm"] as? Int } == [150_000] + Array(repeating: 75_000, count: 19))
        let overloads = try #require(load["overloads"] as? [[String: Any]])
        let (begin, end) = (overloads[0]["begin_mono_ns"] as? Int ?? 0, overloads[0]["end_mono_ns"] as? Int ?? 0)
        #expect(overloads.count == 1 && end - begin == 4_000_000_000)
        #expect(overloads[0]["session_count"] as? Int == 20)
    }

    @Test("a run whose work fits has a load and no overload; one without ticks has none of either")
    func fits() throws {
        var load = LoopLoad()
        for tick in Int64(0)..<50 { load.add(RunSummaryFixture.record(tick), rate: .fps25) }
        load.finish()
        let summary = LoadSummary(load, sessions: [(SessionID(index: 0), "main")])
        // 2 us of each 40 ms.
        #expect(summary.headline == nil && summary.partsPerMillion == 50)
        #expect(summary.lines == ["  load            0.00 % of the loop's time"])
        #expect(LoadSummary(LoopLoad(), sessions: []).lines.isEmpty)
    }

    @Test("a quota that stopped the process stands beside the late ticks that fell into it")
    func quota() throws {
        var monitor = ThrottleMonitor()
        func observe(_ periods: Int64, _ throttled: Int64, _ second: Int64) {
            monitor.observe(
                CPUThrottling(
                    periods: periods, throttledPeriods: throttled, time: .milliseconds(80 * throttled)),
                at: MonotonicInstant(nanoseconds: second * 1_000_000_000))
        }
        observe(0, 0, 0)
        for tick in Int64(0)..<54 {
            monitor.add(RunSummaryFixture.record(tick, lateness: 45_000_000, tick < 40 ? .overPeriod : .onTime).tick)
        }
        observe(54, 54, 1)
        monitor.finish()
        let summary = try #require(ThrottleSummary(monitor))
        #expect(
            summary.lines == [
                "  CPU quota       stopped the process in 54 of 54 periods, for 4.32 s; "
                    + "40 late ticks fell into these periods"
            ])
        #expect(
            summary.spells.map(\.text) == [
                "a CPU quota stopped the process in 54 of 54 periods, for 4.32 s; 40 of 54 ticks were late "
                    + "meanwhile; 'tickrun host' names the quota and the remedy"
            ])
        var json = JSONText()
        json.object { $0.throttling(summary) }
        #expect(
            json.text
                == #"{"cpu_quota":{"periods":54,"throttled_periods":54,"throttled_ns":4320000000,"late_ticks":40}}"#)
        #expect(ThrottleSummary(ThrottleMonitor()) == nil)
    }
}
