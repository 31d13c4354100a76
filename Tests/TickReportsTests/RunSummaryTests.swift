import Testing
import TickReports
import TickScheduling
import TickTime

@Suite("The verdict on a run")
struct RunSummaryTests {
    private typealias Fixture = RunSummaryFixture

    @Test("without service levels a sound run passes, and says that nothing was judged")
    func noLevels() throws {
        let summary = try Fixture.summary([Fixture.record(0), Fixture.record(1)], of: 2)
        #expect(summary.isPass)
        #expect(summary.lines[0] == "PASS  hand-made: 2 ticks in 200 ms; no service levels to judge")
    }

    @Test("what may never happen fails a run whatever its levels, and is named")
    func never() throws {
        let cases: [(TickRecord, String)] = [
            (Fixture.record(1, lateness: -1), "1 early starts"), (Fixture.record(1, drift: -3), "grid drift of 3 ns"),
            (Fixture.record(2), "1 unexplained gaps"), (Fixture.record(0), "1 unexplained gaps"),
        ]
        for (record, reason) in cases {
            let summary = try Fixture.summary([Fixture.record(0), record], of: 3)
            #expect(!summary.isPass)
            #expect(summary.lines[0].hasSuffix("; not met: \(reason)"), "\(summary.lines[0])")
        }
    }

    @Test("a gap that lost records explain is no failure by itself")
    func lostRecords() throws {
        let records = [Fixture.record(0), Fixture.record(2)]
        let summary = try Fixture.summary(records, of: 3, clocks: Fixture.clocks(lostRecords: 1))
        #expect(summary.isPass)
        #expect(summary.lines.contains { $0.hasPrefix("  LOST            1 tick records") })
    }

    @Test("the first line names the levels that were not met, five at the most, and what ended the run")
    func headline() throws {
        var levels = ServiceLevels()
        for measure in ServiceLevels.Measure.allCases { levels[measure] = 0 }
        levels[.drift] = nil
        let records = [
            Fixture.record(0), Fixture.record(3, lateness: 60_000_000, .stall, cause: .work, skippedBefore: 2),
        ]
        let summary = try Fixture.summary(
            records, of: 9, levels: levels, clocks: Fixture.clocks(stepNs: 1_000_000_000_000, lostRecords: 1),
            ending: .signal)
        #expect(
            summary.lines[0] == "FAIL  hand-made: 2 ticks in 200 ms, ended by a signal; not met: "
                + "start_lateness_p50_ns_max, start_lateness_p99_ns_max, start_lateness_p999_ns_max, "
                + "start_lateness_ns_max, wake_latency_p99_ns_max, …")
    }
}
