import Testing
import TickReports
import TickScheduling
import TickTime

@Suite("The verdict on a run")
struct RunSummaryTests {
    private typealias Fixture = RunSummaryFixture

    @Test("a run without service levels is not judged")
    func noLevels() throws {
        let summary = try Fixture.summary([Fixture.record(0), Fixture.record(1)], of: 2)
        #expect(summary.verdict == .notJudged)
        #expect(summary.lines[0] == "NOT JUDGED  hand-made: 2 ticks in 200 ms; no service level was asked for")
    }

    @Test("a run too short for every level is not judged; if another level was judged, that decides")
    func tooShort() throws {
        var levels = ServiceLevels()
        levels[.startLatenessP99] = 1_000
        var summary = try Fixture.summary([Fixture.record(0)], of: 1, levels: levels)
        #expect(summary.verdict == .notJudged)
        #expect(
            summary.lines[0] == "NOT JUDGED  hand-made: 1 tick in 200 ms; "
                + "too few values to judge start_lateness_p99_ns_max")
        levels[.stallTicks] = 0
        summary = try Fixture.summary([Fixture.record(0)], of: 1, levels: levels)
        #expect(summary.verdict == .pass)
        #expect(
            summary.lines[0].hasSuffix(
                "; every service level met, except not judged (too few values): start_lateness_p99_ns_max"))
        #expect(summary.lines.contains("  NOT JUDGED      start_lateness_p99_ns_max: 500, accepted 1000"))
    }

    @Test("a run that delivered no tick is not judged")
    func noTick() throws {
        let summary = try Fixture.summary([], of: 5, levels: .standard, ending: .signal)
        #expect(summary.sessions[0].levels.allSatisfy { $0.judgement == .notJudged })
        #expect(summary.verdict == .notJudged)
    }

    @Test("one late tick in a short run is met above the limit, and its line says that one is always allowed")
    func oneLateTick() throws {
        let records = (0..<23).map { $0 == 4 ? Fixture.record($0, lateness: 9_000_000, .late) : Fixture.record($0) }
        let summary = try Fixture.summary(records, of: 23, levels: .standard)
        let line = "late_ticks_ppm_max: 43479 (1 tick; one is always allowed), accepted 10000"
        #expect(summary.verdict == .pass && summary.lines.contains("  met             \(line)"))
        let two = records.dropLast() + [Fixture.record(22, lateness: 9_000_000, .late)]
        let failed = try Fixture.summary(Array(two), of: 23, levels: .standard)
        #expect(
            failed.verdict == .fail
                && failed.lines.contains("  NOT MET         late_ticks_ppm_max: 86957, accepted 10000"))
    }

    @Test("a violation that is never allowed fails a run with any levels, and is named")
    func never() throws {
        let cases: [(TickRecord, String)] = [
            (Fixture.record(1, lateness: -1), "1 early starts"), (Fixture.record(1, drift: -3), "grid drift of 3 ns"),
            (Fixture.record(2), "1 unexplained gaps"), (Fixture.record(0), "1 unexplained gaps"),
        ]
        for (record, reason) in cases {
            let summary = try Fixture.summary([Fixture.record(0), record], of: 3)
            #expect(summary.verdict == .fail)
            #expect(summary.lines[0].hasSuffix("; not met: \(reason)"), "\(summary.lines[0])")
        }
    }

    @Test("a gap that lost records explain is not a failure")
    func lostRecords() throws {
        let records = [Fixture.record(0), Fixture.record(2)]
        let summary = try Fixture.summary(records, of: 3, clocks: Fixture.clocks(lostRecords: 1))
        #expect(summary.verdict == .notJudged)
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
                + "start_lateness_p50_ns_max 500 (accepted 0), start_lateness_p99_ns_max 60000000 (accepted 0), "
                + "start_lateness_p999_ns_max 60000000 (accepted 0), start_lateness_ns_max 60000000 (accepted 0), "
                + "wake_latency_p99_ns_max 100 (accepted 0), and 8 more")
    }
}
