import Testing
import TickReports
import TickScheduling
import TickTime

@Suite("The timestamps of a run, in its report")
struct TimestampTallyTests {
    private static let utc = UTCInstant(nanoseconds: 1_795_000_000_000_000_000)

    private static func stamp(
        _ milliseconds: Int64, _ quality: UTCSource = .cluster, committed: Bool = false, held: Int64 = 0
    ) -> StampedTime {
        let time = utc + .milliseconds(milliseconds)
        return StampedTime(
            time, quality: quality, isTraceable: quality == .cluster, isCommitted: committed,
            bounds: quality == .cluster ? (time - .milliseconds(2), time + .milliseconds(3)) : nil,
            held: .milliseconds(held), epoch: quality == .cluster ? 4 : nil)
    }

    private static func tally(_ stamps: [StampedTime]) -> TimestampTally {
        var tally = TimestampTally()
        for stamp in stamps { tally.add(stamp) }
        return tally
    }

    private static func summary(_ tally: TimestampTally) throws -> RunSummary {
        var summary = try RunSummaryFixture.summary([RunSummaryFixture.record(0)], of: 1)
        summary.cluster = RunSummary.Cluster(
            name: "studio", node: "a", status: "synchronized", quality: .cluster, isTraceable: true,
            bound: .milliseconds(3), agreements: 4, agreeing: 3, members: 3, refusedDatagrams: 2, timestamps: tally)
        return summary
    }

    @Test("they are counted by their source, with the committed and the held ones")
    func counted() {
        let tally = Self.tally([
            Self.stamp(0, .system), Self.stamp(1), Self.stamp(2, committed: true), Self.stamp(3, held: 5),
        ])
        #expect(tally.count == 4 && tally.traceable == 3 && tally.committed == 1)
        #expect(tally.held == 1 && tally.longestHold == .milliseconds(5) && tally.fallen == 0)
        #expect(tally.last == Self.stamp(3, held: 5))
    }

    @Test("a falling timestamp is counted, except at the start of a leadership")
    func fallen() {
        #expect(Self.tally([Self.stamp(5), Self.stamp(4)]).fallen == 1)
        #expect(Self.tally([Self.stamp(5), Self.stamp(4, committed: true)]).fallen == 0)
        #expect(Self.tally([Self.stamp(5, committed: true), Self.stamp(4, committed: true)]).fallen == 1)
        #expect(Self.tally([Self.stamp(5, committed: true), Self.stamp(4)]).fallen == 1)
    }

    @Test("the report shows the cluster, the best time and the timestamps")
    func text() throws {
        let tally = Self.tally([Self.stamp(0, .ntp), Self.stamp(1, committed: true, held: 5)])
        let lines = try Self.summary(tally).lines
        #expect(lines.contains("  cluster         studio, node a: synchronized, 3 of 3 agree, epoch 4"))
        #expect(lines.contains("  best time       cluster, UTC within 3.00 ms"))
        #expect(lines.contains("  timestamps      1 cluster, 1 ntp; 1 traceable"))
        #expect(lines.contains("                  1 committed as the primary"))
        #expect(lines.contains("                  1 held so as not to fall, by 5.00 ms at most"))
        #expect(lines.contains("  refused         2 datagrams"))
        let json = try Self.summary(tally).json.text
        #expect(json.contains(#""timestamps_by_quality":{"cluster":1,"ptp":0,"ntp":1,"consensus":0,"system":0}"#))
        #expect(json.contains(#""timestamps_fallen":0"#) && json.contains(#""datagrams_refused":2"#))
    }

    @Test("a run whose timestamps fell is a FAIL, whatever its service levels")
    func verdict() throws {
        #expect(try Self.summary(Self.tally([Self.stamp(1), Self.stamp(2)])).verdict != .fail)
        let fell = try Self.summary(Self.tally([Self.stamp(2), Self.stamp(1)]))
        #expect(fell.verdict == .fail && fell.lines[0].hasPrefix("FAIL") && fell.lines[0].contains("1 timestamps fell"))
    }

    @Test("a tick's line has every part of its timestamp, with null where there is none")
    func line() {
        func line(_ stamp: StampedTime) -> String {
            let plain = RunSummaryFixture.record(7).tick
            let tick = Tick(
                session: plain.session, index: plain.index, deadline: plain.deadline, deadlineUTC: plain.deadlineUTC,
                arrival: plain.arrival, start: plain.start, wakeLatency: nil, lateness: .onTime, cause: .wake,
                isOverdue: false, crossedBacklog: false, skippedBefore: 0, timestamp: stamp)
            var json = JSONText()
            TickLine.write(TickRecord(tick: tick, work: .zero), session: "a", timecode: nil, to: &json)
            return json.text
        }
        #expect(
            line(Self.stamp(1, committed: true, held: 1)).hasSuffix(
                #""timestamp_utc_ns":1795000000001000000,"timestamp_earliest_utc_ns":1794999999999000000,"#
                    + #""timestamp_latest_utc_ns":1795000000004000000,"timestamp_quality":"cluster","#
                    + #""timestamp_traceable":true,"timestamp_epoch":4,"timestamp_held_ns":1000000,"#
                    + #""timestamp_committed":true}"#))
        #expect(
            line(Self.stamp(0, .system)).hasSuffix(
                #""timestamp_utc_ns":1795000000000000000,"timestamp_earliest_utc_ns":null,"#
                    + #""timestamp_latest_utc_ns":null,"timestamp_quality":"system","timestamp_traceable":false,"#
                    + #""timestamp_epoch":null,"timestamp_held_ns":0,"timestamp_committed":false}"#))
    }
}
