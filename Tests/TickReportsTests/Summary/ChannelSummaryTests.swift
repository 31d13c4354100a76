import Testing
import TickReports
import TickScheduling
import TickTime

/// A session of three blocks at 25 frames a second, that took over from another one and whose labels are
/// those of house time, jammed a second after its epoch (03:04:06 UTC).
private enum ChannelFixture {
    typealias Fixture = RunSummaryFixture

    static func record(_ index: Int64, block: Int64?, changed: Bool = false, passed: Int64 = 0) -> TickRecord {
        let tick = Fixture.record(index).tick
        return TickRecord(
            tick: Tick(
                session: tick.session, index: index, deadline: tick.deadline, deadlineUTC: tick.deadlineUTC,
                arrival: tick.deadline - .milliseconds(20), start: tick.deadline - .milliseconds(10), wakeLatency: nil,
                lateness: .onTime, cause: .wake,
                isOverdue: false, crossedBacklog: false, skippedBefore: 0, lead: .milliseconds(10),
                workBudget: .milliseconds(40),
                block: block.map {
                    TickBlock(
                        index: $0, id: BlockID(rawValue: $0),
                        elapsed: .milliseconds(40 * index) + ($0 == 0 ? .seconds(5) : .zero))
                }, blockChanged: changed, blocksPassed: passed, ticksToFence: nil, isPriming: index == 10),
            work: .zero)
    }

    /// Tick 0 lies 5 s within block 0; its fence is tick 12, block 1 owns no tick, block 2 the rest.
    static func summary() throws -> RunSummary {
        let records = (0..<30).map { index in
            record(
                index, block: index < 12 ? 0 : 2, changed: index == 0 || index == 12, passed: index == 12 ? 2 : 0)
        }
        var summary = try Fixture.summary([], of: 30)
        let plan = try SessionPlan(
            rate: .fps25, tickCount: nil, lead: .milliseconds(10), atPlanEnd: .continue, primingTicks: 2)
        var statistics = SessionStatistics(epoch: Fixture.epoch, rate: .fps25)
        for record in records { statistics.record(record) }
        let epoch = Fixture.epoch.utc
        let blocks = try BlockPlan(
            start: epoch - .seconds(5),
            blocks: [
                Block(id: BlockID(rawValue: 0), length: .milliseconds(5_470)),
                Block(id: BlockID(rawValue: 1), length: Nanoseconds(1)),
                Block(id: BlockID(rawValue: 2), length: .seconds(60)),
            ])
        let before = SessionEpoch(
            utc: epoch - .seconds(10), utcSource: .ntp, hostUTC: epoch - .seconds(10),
            monotonic: Fixture.epoch.monotonic - .seconds(10) - Nanoseconds(9), uncertainty: Nanoseconds(30),
            taiOffset: nil)
        summary.sessions[0] = RunSummary.JudgedSession(
            id: "film/2", plan: plan, statistics: statistics, latencies: nil,
            timecode: try SessionTimecode(
                format: TimecodeFormat(rate: .fps25),
                start: .timeOfDay(
                    offset: UTCOffset(minutes: 0), dailyJam: TimeOfDay(hours: 3, minutes: 4, seconds: 6)),
                epoch: epoch),
            channel: RunSummary.Channel(
                blocks: blocks.placements(rate: .fps25, epoch: epoch), blockNames: ["film", "blip", "spot"],
                seam: try Seam(
                    from: SessionID(index: 3), rate: .fps25, epoch: before, to: SessionID(index: 4),
                    epoch: Fixture.epoch), predecessor: "film", endReason: .planEnded),
            isComplete: true)
        return summary
    }
}

@Suite("The report of a channel")
struct ChannelSummaryTests {
    @Test("the text shows its seam, its lead, its blocks, those without a tick, and each jam")
    func text() throws {
        let lines = try ChannelFixture.summary().lines
        for line in [
            "  took over       from film at 2026-01-02T03:04:05.000000000Z, tick 250 of it: phase jump 9 ns, "
                + "UTC jump -9 ns",
            "  lead            10.0 ms before each deadline",
            "  blocks          2 of 3 begun, 1 passed without a tick; joined film 5.00 s in, last spot",
            "                  priming notices: 1",
            "                  own no tick: blip",
            "  jam             2026-01-02T03:04:06.000000000Z, tick 25: 03:04:06:00 instead of 03:04:06:00, "
                + "no label skipped or repeated",
        ] {
            #expect(lines.contains(line), "\(line)\nnot in\n\(lines.joined(separator: "\n"))")
        }
    }

    @Test("the JSON shows the same, with units in the keys")
    func json() throws {
        let text = try ChannelFixture.summary().json.text
        for part in [
            #""end_reason":"planEnded","lead_ns":10000000,"seam":{"predecessor":"film","#
                + #""utc_ns":1767323045000000000,"mono_ns":1000000000,"predecessor_end_tick":250,"#
                + #""phase_jump_ns":9,"gap_ns":40000009,"utc_jump_ns":-9},"#,
            #""blocks":{"planned":3,"begun":2,"passed_without_tick":1,"joined":"film","#
                + #""joined_elapsed_ns":5000000000,"last":"spot","priming_notices":1,"owning_no_tick":["blip"],"#
                + #""at_plan_end":"continue"}"#,
            #""jams":[{"utc_ns":1767323046000000000,"tick":25,"from":"03:04:06:00","to":"03:04:06:00","#
                + #""labels_skipped":0,"labels_repeated":0}]"#,
        ] {
            #expect(text.contains(part), "\(part)\nnot in\n\(text)")
        }
    }

    @Test("a jam on tick 0 counts for a successor, and not for a session without a predecessor")
    func jamOnTickZero() throws {
        var summary = try ChannelFixture.summary()
        var session = summary.sessions[0]
        session.timecode = try SessionTimecode(
            format: TimecodeFormat(rate: .fps25),
            start: .timeOfDay(offset: .utc, dailyJam: TimeOfDay(hours: 3, minutes: 4, seconds: 5)),
            epoch: RunSummaryFixture.epoch.utc)
        #expect(session.jams.map(\.tick) == [0])
        session.channel.seam = nil
        #expect(session.jams.isEmpty)
        summary.sessions[0] = session
        #expect(!summary.json.text.contains("jams"))
    }

    @Test("a start before the deadline is early only by more than the lead")
    func lead() throws {
        #expect(try ChannelFixture.summary().sessions[0].statistics.early == 0)
        var statistics = SessionStatistics(epoch: RunSummaryFixture.epoch, rate: .fps25)
        statistics.record(RunSummaryFixture.record(0, lateness: -1))
        #expect(statistics.early == 1)
    }

    @Test("a session without a plan does not mention blocks")
    func none() throws {
        let summary = try RunSummaryFixture.summary([RunSummaryFixture.record(0)], of: 1)
        #expect(!summary.json.text.contains("blocks"))
        #expect(!summary.lines.contains { $0.contains("blocks") || $0.contains("lead") || $0.contains("jam") })
    }
}
