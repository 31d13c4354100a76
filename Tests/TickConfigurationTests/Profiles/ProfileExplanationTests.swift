import Testing
import TickTime

@testable import TickConfiguration

@Suite("Explaining a profile")
struct ProfileExplanationTests {
    @Test("the explanation states every value that a run will use, defaults included")
    func whole() throws {
        let profile = try decode([
            "rate": #""59.94""#, "ticks": nil, "duration": #""10s""#, "policy": #""paced""#,
            "paced_spacing_ns": "8000000",
            "realtime": #"{ "fifo_priority": 50, "lock_memory": true }"#,
            "service_levels": #"{ "start_lateness_p99_ns_max": 5000000 }"#,
        ])
        #expect(
            profile.explanation == """
                test
                  wait: hybrid, spinning at most 2 % of the time
                  host: SCHED_FIFO at priority 50, locked memory
                  session test: 60000/1001 frames per second, 600 ticks
                    timecode: drop; alignment: none
                    policy paced: overdue ticks start at least 8ms apart; a backlog above 10s is skipped
                    on time within 1ms; the handler keeps busy for 0s
                    must keep start_lateness_p99_ns_max 5000000
                """)
    }

    @Test("a channel's plan, house time and succession are explained in words")
    func channel() throws {
        let profile = try decode([
            "ticks": nil, "lead_ns": "4000000", "plan_start": #""06:00:00""#, "priming_ticks": "50",
            "blocks": #"[{ "id": "news", "duration": "15m" }, { "id": "spot", "duration": "30s", "times": 4 }]"#,
            "start_timecode": #""time_of_day""#, "utc_offset": #""+01:00""#, "daily_jam": #""04:00:00""#,
            "succeed_at": #""05:00:00""#,
        ])
        #expect(
            profile.explanation.split(separator: "\n").dropFirst(3).map(String.init) == [
                "  session test: 25 frames per second, to the end of its plan",
                "    timecode: non_drop; alignment: none",
                "    policy everyTick: every overdue tick is delivered at once; a backlog above 10s is skipped",
                "    on time within 1ms; the handler keeps busy for 0s",
                "    called 4ms before each deadline",
                "    plan: 5 blocks from 06:00:00, 17m, the last spot; at_plan_end: end",
                "    a notice 50 ticks before each fence",
                "    tick 0 is labelled with the time of day at +01:00, set again at 04:00:00",
                "    a successor takes over at 05:00:00",
                "    must keep the default levels: late_ticks_ppm_max 10000, stall_ticks_max 0, skipped_ticks_max 0, "
                    + "early_ticks_max 0, periods_behind_max 0, lost_records_max 0, drift_ns_max 0",
            ])
    }

    @Test(
        "a length of time is spelled in the greatest unit that makes it whole",
        arguments: [
            (0, "0s"), (1, "1ns"), (1_000, "1us"), (1_500, "1500ns"), (1_000_000, "1ms"), (1_500_000_000, "1500ms"),
            (60_000_000_000, "1m"), (90_000_000_000, "90s"), (3_600_000_000_000, "1h"),
        ] as [(Int64, String)])
    func spelling(nanoseconds: Int64, text: String) {
        #expect(spelled(Nanoseconds(nanoseconds)) == text)
    }
}
