import Testing
import TickReports
import TickScheduling
import TickTime

@Suite("A tick as a JSON line")
struct TickLineTests {
    private func line(_ index: Int64, wakeLatency: Int64?, timecode: SessionTimecode?) -> String {
        var json = JSONText()
        TickLine.write(
            RunSummaryFixture.record(
                index, lateness: 41_000_000, .overPeriod, cause: .work, wakeLatency: wakeLatency, skippedBefore: 2),
            session: "a \"b\"", timecode: timecode, to: &json)
        return json.text
    }

    @Test("every field has its name, its unit and its value")
    func golden() throws {
        #expect(
            line(26, wakeLatency: 100, timecode: try SessionTimecode(format: TimecodeFormat(rate: .fps25)))
                == #"{"schema":"tickrun/tick/1","session":"a \"b\"","tick":26,"timecode":"00:00:01:01","#
                + #""deadline_mono_ns":2040000000,"deadline_utc_ns":1767323046040000000,"start_mono_ns":2081000000,"#
                + #""wake_latency_ns":100,"start_lateness_ns":41000000,"deadline_lateness_ns":41000000,"work_ns":2000,"#
                + #""class":"overPeriod","#
                + #""cause":"work","overdue":true,"skipped_before":2,"crossed_backlog":false,"work_budget_ns":0}"#)
    }

    @Test("a session with a plan says in which block the tick lies, by name; after the plan's end in none")
    func blocks() throws {
        func line(_ tick: Tick) -> String {
            var json = JSONText()
            TickLine.write(
                TickRecord(tick: tick, work: .zero), session: "a", timecode: nil, blockNames: ["film", "spot"],
                to: &json)
            return json.text
        }
        let plain = RunSummaryFixture.record(7).tick
        func tick(_ block: TickBlock?, toFence: Int64?) -> Tick {
            Tick(
                session: plain.session, index: plain.index, deadline: plain.deadline, deadlineUTC: plain.deadlineUTC,
                arrival: plain.arrival, start: plain.start, wakeLatency: nil, lateness: .onTime, cause: .wake,
                isOverdue: false,
                crossedBacklog: false, skippedBefore: 0, lead: .milliseconds(20), workBudget: Nanoseconds(-5),
                block: block, blockChanged: true, blocksPassed: 2, ticksToFence: toFence, isPriming: true)
        }
        let within = line(
            tick(TickBlock(index: 1, id: BlockID(rawValue: 1), elapsed: .milliseconds(40)), toFence: 3))
        #expect(
            within.hasSuffix(
                #""work_budget_ns":-5,"lead_ns":20000000,"block":"spot","block_index":1,"block_elapsed_ns":40000000,"#
                    + #""block_changed":true,"blocks_passed":2,"ticks_to_fence":3,"priming":true}"#))
        let after = line(tick(nil, toFence: nil))
        #expect(
            after.hasSuffix(
                #""block":null,"block_index":null,"block_elapsed_ns":null,"block_changed":true,"blocks_passed":2,"#
                    + #""ticks_to_fence":null,"priming":true}"#))
        // A block that was appended while the session ran has a number, and no name here.
        let appended = line(tick(TickBlock(index: 2, id: BlockID(rawValue: 9), elapsed: .zero), toFence: 1))
        #expect(appended.contains(#""block":null,"block_index":2,"#))
    }

    @Test("a tick without a sleep has no wake latency, a session without labels no timecode: null, not 0")
    func absent() {
        let text = line(3, wakeLatency: nil, timecode: nil)
        #expect(text.contains(#""timecode":null"#))
        #expect(text.contains(#""wake_latency_ns":null"#))
    }
}
