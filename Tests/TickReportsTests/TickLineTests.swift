import Testing
import TickReports
import TickScheduling
import TickTime

@Suite("A tick as a JSON line")
struct TickLineTests {
    private func line(_ index: Int64, wakeLatency: Int64?, timecode: TimecodeFormat?) -> String {
        var json = JSONText()
        TickLine.write(
            RunSummaryFixture.record(
                index, lateness: 41_000_000, .overPeriod, cause: .work, wakeLatency: wakeLatency, skippedBefore: 2),
            session: "a \"b\"", timecode: timecode, to: &json)
        return json.text
    }

    @Test("every field has its name, its unit and its value")
    func golden() {
        #expect(
            line(26, wakeLatency: 100, timecode: TimecodeFormat(rate: .fps25))
                == #"{"schema":"tickrun/tick/1","session":"a \"b\"","tick":26,"timecode":"00:00:01:01","#
                + #""deadline_mono_ns":2040000000,"deadline_utc_ns":1767323046040000000,"start_mono_ns":2081000000,"#
                + #""wake_latency_ns":100,"start_lateness_ns":41000000,"work_ns":2000,"class":"overPeriod","#
                + #""cause":"work","overdue":true,"skipped_before":2,"crossed_backlog":false}"#)
    }

    @Test("a tick without a sleep has no wake latency, a session without labels no timecode: null, not 0")
    func absent() {
        let text = line(3, wakeLatency: nil, timecode: nil)
        #expect(text.contains(#""timecode":null"#))
        #expect(text.contains(#""wake_latency_ns":null"#))
    }
}
