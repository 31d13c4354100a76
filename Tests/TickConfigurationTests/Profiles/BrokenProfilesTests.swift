import Foundation
import Testing

@testable import TickConfiguration

/// One file of `Fixtures/broken-profiles`, and what its error must say.
struct BrokenProfile: Sendable, CustomTestStringConvertible {
    enum Fault: Sendable {
        /// The file is not JSON.
        case syntax
        /// A fault that the JSON Schema finds as well.
        case structure
        /// A fault that no JSON Schema can find.
        case beyondSchema
    }

    let name: String
    /// `LINE:COLUMN: PATH: `.
    let place: String
    let remedy: String
    let fault: Fault

    init(_ name: String, _ place: String, _ remedy: String, _ fault: Fault = .structure) {
        self.name = name
        self.place = place
        self.remedy = remedy
        self.fault = fault
    }

    var path: String { ProfileFixtures.broken.appending(path: "\(name).json").path }
    var testDescription: String { name }

    static let all: [BrokenProfile] = [
        BrokenProfile("align-unknown", "6:12: align: ", #"write "none", "second" or "st2059""#),
        BrokenProfile("backlog-zero", "6:21: backlog_max_ns: ", "write 1 to 3155760000000000000"),
        BrokenProfile(
            "block-duration-without-unit", "9:19: blocks[0].duration: ",
            "write 30s for seconds, or another of ns, us, ms, s, m or h"),
        BrokenProfile("block-gap", "6:13: blocks: ", "start it at 2026-11-21T06:00:30.000000000Z", .beyondSchema),
        BrokenProfile("block-id-twice", "6:13: blocks: ", "give each block a different id", .beyondSchema),
        BrokenProfile("block-of-no-time", "9:19: blocks[0].duration: ", #"such as "30s""#, .beyondSchema),
        BrokenProfile("block-overlap", "7:13: blocks: ", "start it at 2026-11-21T06:00:30.000000000Z", .beyondSchema),
        BrokenProfile(
            "block-start-off-the-plan", "7:13: blocks: ", "start it at 2026-11-21T06:00:00.000000000Z", .beyondSchema),
        BrokenProfile("block-start-without-plan-start", "6:13: blocks: ", "make plan_start", .beyondSchema),
        BrokenProfile("block-without-duration", "7:5: blocks[0].duration: ", #"add it, such as "duration": "30s""#),
        BrokenProfile("blocks-empty", "6:13: blocks: ", "describe one block or more, or remove it"),
        BrokenProfile("blocks-too-many", "6:13: blocks: ", "plan at most 100000", .beyondSchema),
        BrokenProfile("boolean-as-string", "7:20: realtime.lock_memory: ", #"write it as "lock_memory": false"#),
        BrokenProfile("byte-order-mark", "1:1: ", "save it as UTF-8 without BOM", .syntax),
        BrokenProfile("comment", "2:3: ", "JSON has none", .syntax),
        BrokenProfile("cpu-negative", "7:12: realtime.cpu: ", "write 0 to 1023"),
        BrokenProfile("cut-off", "4:3: ", "write the closing quote", .syntax),
        BrokenProfile(
            "daily-jam-without-time-of-day", "6:16: daily_jam: ", #"write "start_timecode": "time_of_day""#,
            .beyondSchema),
        BrokenProfile("deep-nesting", "1:33: ", "a profile needs no more than six", .syntax),
        BrokenProfile("drop-frame-at-23.976", "6:15: timecode: ", #"write "non_drop" or "none""#, .beyondSchema),
        BrokenProfile("drop-frame-at-25", "6:15: timecode: ", #"write "non_drop" or "none""#, .beyondSchema),
        BrokenProfile("duplicate-key", "5:3: rate: ", "remove one of the two", .beyondSchema),
        BrokenProfile(
            "duplicate-service-level", "6:44: service_levels.late_ticks_max: ",
            "remove one of the two", .beyondSchema),
        BrokenProfile("duration-as-number", "5:15: duration: ", #"write it as "duration": "10s""#),
        BrokenProfile("duration-beyond-a-century", "5:15: duration: ", #"write at most "876600h""#, .beyondSchema),
        BrokenProfile("duration-beyond-the-clock", "5:15: duration: ", "use a shorter time", .beyondSchema),
        BrokenProfile("duration-finer-than-a-nanosecond", "5:15: duration: ", "use fewer decimals", .beyondSchema),
        BrokenProfile("duration-unknown-unit", "5:15: duration: ", "use ns, us, ms, s, m or h"),
        BrokenProfile(
            "duration-without-unit", "5:15: duration: ",
            "write 10s for seconds, or another of ns, us, ms, s, m or h"),
        BrokenProfile("duration-zero", "5:15: duration: ", #"such as "10s""#, .beyondSchema),
        BrokenProfile("empty", "1:1: ", "write a JSON object; 'tickrun config schema' prints the formats", .syntax),
        BrokenProfile("fifo-priority-100", "7:22: realtime.fifo_priority: ", "write 1 to 99"),
        BrokenProfile("half-surrogate", "1:12: ", "write both halves, or the character", .syntax),
        BrokenProfile("id-of-single-session", "6:3: id: ", "remove it"),
        BrokenProfile("lead-too-long", "6:14: lead_ns: ", "write 0 to 10000000000"),
        BrokenProfile("leading-plus", "1:12: ", "JSON has no NaN, no Infinity, no leading + or point", .syntax),
        BrokenProfile("leading-zero", "1:13: ", "remove the leading zeros", .syntax),
        BrokenProfile("level-negative", "7:23: service_levels.late_ticks_max: ", "write 0 to 9223372036854775807"),
        BrokenProfile("name-empty", "3:11: name: ", "write 1 to 64 characters"),
        BrokenProfile("name-missing", "1:1: name: ", #"add it, such as "name": "evening-channel""#),
        BrokenProfile("name-too-long", "3:11: name: ", "write at most 64"),
        BrokenProfile("name-with-escape-sequence", "3:11: name: ", "remove it"),
        BrokenProfile("no-run-length", "1:1: ticks: ", #"add "duration": "10s" or "ticks": 600"#),
        BrokenProfile("not-a-number", "2:12: ", "JSON has no NaN, no Infinity, no leading + or point", .syntax),
        BrokenProfile("not-utf-8", "3:14: ", "save the file as UTF-8", .syntax),
        BrokenProfile("null-value", "6:11: wait: ", #"write it as "wait": "hybrid""#),
        BrokenProfile("on-time-beyond-a-stall", "6:24: on_time_within_ns: ", "write 0 to 50000000"),
        BrokenProfile(
            "only-white-space", "3:1: ",
            "write a JSON object; 'tickrun config schema' prints the formats", .syntax),
        BrokenProfile("open-string", "1:20: ", #"close the string, or write it as \u00.."#, .syntax),
        BrokenProfile(
            "paced-without-spacing", "1:1: paced_spacing_ns: ",
            #"add it, such as "paced_spacing_ns": 10000000"#),
        BrokenProfile("plan-goes-on-without-length", "1:1: ticks: ", #"add "duration": "10s" or "ticks": 600"#),
        BrokenProfile("plan-start-of-another-form", "6:17: plan_start: ", "write HH:MM:SS"),
        BrokenProfile("plan-start-without-blocks", "6:17: plan_start: ", "add blocks, or remove it"),
        BrokenProfile("policy-of-another-case", "6:13: policy: ", #"write "everyTick", "skip" or "paced""#),
        BrokenProfile("priming-without-blocks", "6:20: priming_ticks: ", "add blocks, or remove it"),
        BrokenProfile("rate-as-number", "4:11: rate: ", #"write it as "rate": "60000/1001""#),
        BrokenProfile("rate-beside-sessions", "4:11: rate: ", "move it into each of the sessions"),
        BrokenProfile("rate-missing", "1:1: rate: ", #"add it, such as "rate": "60000/1001""#),
        BrokenProfile("rate-unlisted-decimal", "4:11: rate: ", "1499/50"),
        BrokenProfile("rate-zero", "4:11: rate: ", "at least 1", .beyondSchema),
        BrokenProfile("realtime-as-array", "6:15: realtime: ", #"write { "fifo_priority": ... }"#),
        BrokenProfile("schema-missing", "1:1: schema: ", #"add it, such as "schema": "tickrun/profile/1""#),
        BrokenProfile("schema-of-the-future", "2:13: schema: ", #"write "tickrun/profile/1""#),
        BrokenProfile("session-as-string", "6:5: sessions[0]: ", #"write { "id": ... }"#),
        BrokenProfile(
            "session-id-twice", "11:13: sessions[1].id: ",
            "give each session a different id", .beyondSchema),
        BrokenProfile("session-of-unlisted-rate", "12:15: sessions[1].rate: ", "1199/20"),
        BrokenProfile("session-unknown-key", "9:7: sessions[0].wait: ", "remove it"),
        BrokenProfile("session-without-id", "6:5: sessions[0].id: ", #"add it, such as "id": "main""#),
        BrokenProfile("session-without-rate", "10:5: sessions[1].rate: ", #"add it, such as "rate": "60000/1001""#),
        BrokenProfile(
            "session-without-run-length", "10:5: sessions[1].ticks: ",
            #"add "duration": "10s" or "ticks": 600"#),
        BrokenProfile("sessions-as-object", "5:15: sessions: ", #"write it as "sessions": [ { "id": "main", ... } ]"#),
        BrokenProfile("sessions-empty", "5:15: sessions: ", "describe one session or more"),
        BrokenProfile("single-quotes", "1:3: ", "write keys in double quotes", .syntax),
        BrokenProfile("spacing-of-a-period", "7:23: paced_spacing_ns: ", "write 1 to 39999999", .beyondSchema),
        BrokenProfile("spacing-without-paced", "7:23: paced_spacing_ns: ", #"remove it, or write "policy": "paced""#),
        BrokenProfile("spacing-zero", "7:23: paced_spacing_ns: ", "write 1 to 3155760000000000000"),
        BrokenProfile("spin-budget-above-100", "6:26: spin_budget_percent: ", "write 1 to 100"),
        BrokenProfile("spin-budget-zero", "6:26: spin_budget_percent: ", "write 1 to 100"),
        BrokenProfile("start-timecode-dropped", "6:21: start_timecode: ", "use 10:01:00;02", .beyondSchema),
        BrokenProfile("start-timecode-of-another-form", "6:21: start_timecode: ", "write HH:MM:SS:FF"),
        BrokenProfile(
            "start-timecode-without-labels", "7:21: start_timecode: ", "give the session a timecode", .beyondSchema),
        BrokenProfile("succeed-at-a-day-that-is-none", "6:17: succeed_at: ", "2026-11-21T06:00:00Z", .beyondSchema),
        BrokenProfile("succeed-at-once", "6:17: succeed_at: ", #"such as "10m""#, .beyondSchema),
        BrokenProfile("ticks-and-duration", "5:15: duration: ", "remove one of them"),
        BrokenProfile("ticks-as-string", "5:12: ticks: ", #"write it as "ticks": 600"#),
        BrokenProfile("ticks-beyond-int64", "5:12: ticks: ", "write 1 to 9223372036854775807"),
        BrokenProfile("ticks-beyond-the-clock", "5:12: ticks: ", "write at most 78894000000", .beyondSchema),
        BrokenProfile("ticks-negative", "5:12: ticks: ", "write 1 to 9223372036854775807"),
        BrokenProfile(
            "ticks-with-exponent", "5:12: ticks: ",
            #"write it in digits only, such as "ticks": 600"#, .beyondSchema),
        BrokenProfile("ticks-with-fraction", "5:12: ticks: ", #"write it in digits only, such as "ticks": 600"#),
        BrokenProfile("ticks-zero", "5:12: ticks: ", "write 1 to 9223372036854775807"),
        BrokenProfile("timecode-misspelled", "6:15: timecode: ", #"write "drop", "non_drop" or "none""#),
        BrokenProfile("timecode-without-whole-frames", "6:15: timecode: ", #"write "none""#, .beyondSchema),
        BrokenProfile("top-level-array", "1:1: ", #"write { "schema": ... }"#),
        BrokenProfile("top-level-number", "1:1: ", #"write { "schema": ... }"#),
        BrokenProfile("trailing-comma", "6:1: ", "remove the comma", .syntax),
        BrokenProfile("two-documents", "2:1: ", "keep one JSON object in a file", .syntax),
        BrokenProfile(
            "unknown-escape", "1:13: ",
            #"use \\ for a backslash, or one of \" \/ \b \f \n \r \t \u"#, .syntax),
        BrokenProfile("unknown-key", "6:3: polcy: ", "did you mean policy? Otherwise remove it"),
        BrokenProfile("unknown-key-without-neighbour", "6:3: colour_of_the_studio: ", "remove it"),
        BrokenProfile(
            "unknown-realtime-key", "7:5: realtime.fifo_prio: ",
            "did you mean fifo_priority? Otherwise remove it"),
        BrokenProfile(
            "unknown-service-level", "7:5: service_levels.start_lateness_p99_ns: ",
            "did you mean start_lateness_p99_ns_max? Otherwise remove it"),
        BrokenProfile("utc-offset-beyond-a-day", "7:17: utc_offset: ", "up to 14:00, or Z", .beyondSchema),
        BrokenProfile("utf-16", "1:1: ", "save the file as UTF-8", .syntax),
        BrokenProfile("wait-unknown", "6:11: wait: ", #"write "sleep", "hybrid" or "spin""#),
        BrokenProfile("work-negative", "6:14: work_ns: ", "write 0 to 3600000000000"),
    ]
}

@Suite("Broken profiles")
struct BrokenProfilesTests {
    @Test("is refused by one error that names the file, the place and the remedy", arguments: BrokenProfile.all)
    func refused(broken: BrokenProfile) throws {
        let error = try #require(throws: FileError.self) {
            _ = try Profile(contentsOfFile: broken.path)
        }
        #expect(error.kind == (broken.fault == .syntax ? .syntax : .content))
        #expect(error.problems.count == 1)
        #expect(error.description.hasPrefix("\(broken.path):\(broken.place)"), "\(error)")
        #expect(error.description.contains(broken.remedy), "\(error)")
        #expect(!error.description.contains("\u{1B}"))
    }

    @Test("the folder holds just the files that are tested")
    func complete() throws {
        #expect(try ProfileFixtures.names(in: ProfileFixtures.broken) == BrokenProfile.all.map(\.name).sorted())
    }
}
