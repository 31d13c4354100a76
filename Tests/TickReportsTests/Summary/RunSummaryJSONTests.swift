import Foundation
import Testing
import TickReports
import TickScheduling
import TickTime

@Suite("The summary as JSON")
struct RunSummaryJSONTests {
    private typealias Fixture = RunSummaryFixture

    @Test("a handmade session has the expected fields")
    func golden() throws {
        var levels = ServiceLevels()
        levels[.lateTicks] = 0
        let summary = try Fixture.summary(
            [Fixture.record(0), Fixture.record(2, lateness: 47_000_000, .overPeriod, cause: .work, skippedBefore: 1)],
            of: 3, levels: levels)
        let text = summary.json.text
        #expect(
            text.hasPrefix(
                #"{"schema":"tickrun/summary/1","name":"hand-made","verdict":"FAIL","ended_by":"ticks","#
                    + #""elapsed_ns":200000000,"wake_latency_ns":{"count":2,"min":100,"#))
        for part in [
            #""ticks":2,"late_ticks":1,"skipped_ticks":1,"drift_ns":0,"sessions":[{"session":"main","rate":"25/1","#
                + #""rate_name":null,"policy":"everyTick","session_epoch_utc_ns":1767323045000000000,"#
                + #""session_epoch_utc_ms":1767323045000,"session_epoch_utc_ms_exact":true,"#
                + #""session_epoch_host_utc_ns":1767323045000000000,"session_epoch_mono_ns":1000000000,"#
                + #""session_epoch_uncertainty_ns":30,"session_epoch_utc_source":"ntp","tai_offset_s":37,"#
                + #""tai_offset_source":"kernel","align":"none","alignment_index":null,"ticks":2,"tick_count":3,"#
                + #""complete":true,"last_tick":2,"last_timecode":"00:00:00:02","late_ticks":1,"overdue_ticks":1,"#
                + #""skipped_ticks":1,"backlogs_crossed":0,"consecutive_late_max":1,"early_ticks":0,"#
                + #""unexplained_ticks":0,"drift_ns":0,"ticks_by_class":{"onTime":1,"late":0,"overPeriod":1,"stall":0},"#
                + #""late_ticks_by_cause":{"wake":0,"neighbour":0,"work":1,"begin":0},"#
                + #""end_reason":null,"wake_latency_ns":"#,
            #""service_levels":[{"level":"late_ticks_max","limit":0,"measured":1,"met":false,"judged":true}]"#,
            #""start_lateness_ns":{"count":2,"min":500,"p50":500,"#, #""max":47000000}"#,
            #""wait":{"strategy":"sleep","spin_margin_ns":null,"#,
            #"{"request":"cpu","detail":"only CPU 9","granted":false,"refusal":"EINVAL"}"#,
            #""cpu":{"tick_thread_ns":1000000,"process_ns":4000000},"incidents":[],"further_incidents":0}"#,
        ] {
            #expect(text.contains(part), "\(part)")
        }
    }

    @Test("it is one line of valid JSON, whatever names hold")
    func valid() throws {
        var summary = try Fixture.summary([], of: 3, clocks: Fixture.clocks(timesSet: nil), ending: .signal)
        summary.name = "quote \" backslash \\ newline \n tab \t é"
        let text = summary.json.text
        #expect(!text.contains("\n"))
        let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(object["name"] as? String == summary.name)
        #expect(object["ended_by"] as? String == "signal")
        let lateness = try #require(object["start_lateness_ns"] as? [String: Any])
        #expect(lateness["p50"] is NSNull)
        let clocks = try #require(object["clocks"] as? [String: Any])
        #expect(clocks["utc_sets_seen_by_timerfd"] is NSNull)
        #expect(clocks["monotonic_rate_ppm"] is NSNull)
    }

    @Test("a step and an incident carry their size in nanoseconds")
    func step() throws {
        var summary = try Fixture.summary(
            [Fixture.record(0)], of: 1, clocks: Fixture.clocks(stepNs: -7_200_000_000_000))
        summary.incidents = [
            RunIncident(
                .utcStep, begin: Fixture.epoch.utc, end: Fixture.epoch.utc, size: .seconds(-7_200), text: "UTC stepped")
        ]
        let text = summary.json.text
        #expect(text.contains(#""utc_divergence_ns":-7200000000000"#))
        #expect(text.contains(#""utc_steps":1,"utc_steps_total_ns":-7200000000000,"#))
        #expect(
            text.contains(
                #"{"kind":"utc_step","utc_ns":1767323045000000000,"end_utc_ns":1767323045000000000,"#
                    + #""size_ns":-7200000000000,"text":"UTC stepped"}"#))
    }
}
