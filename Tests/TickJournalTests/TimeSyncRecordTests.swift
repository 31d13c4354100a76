import ClockView
import Testing
import TickJournal
import TickScheduling
import TickTime

@Suite("The record of a check of the clock")
struct TimeSyncRecordTests {
    private static let record = TimeSyncRecord(
        status: .passWithException, method: "azure_ntp_sla_plus_heartbeat_proxy", exception: "EXCEPTION_v1",
        note: "Canonical ≤50ms", source: "now", checked: UTCInstant(nanoseconds: 1_794_916_800_000_000_000))

    @Test("it is read back as it was written, with and without an exception")
    func roundTrip() throws {
        for exception in ["EXCEPTION_v1", nil] {
            var record = Self.record
            record.exception = exception
            var writer = JournalWriter()
            var bytes: [UInt8] = []
            writer.append(.timeSync(record))
            writer.takePending { bytes += $0 }
            let events = try JournalFixtures.read(bytes).events
            #expect(try events.map { try $0.record() } == [.timeSync(record)])
        }
    }

    @Test("house time of a journal that does not state what it counts from keeps the labels that were shown")
    func countedFromEpoch() throws {
        let epoch = UTCInstant(nanoseconds: 1_795_262_400_000_000_000)  // 2026-11-21T12:00:00Z
        let format = try TimecodeFormat(rate: .fps23976)
        func label(_ jam: TimeOfDay?, fromJam: Bool, tick: Int64) throws -> String? {
            let start = TimecodeStart.timeOfDay(offset: .utc, dailyJam: jam)
            var record = SessionLabelsRecord(
                session: 0, try SessionTimecode(format: format, start: start, epoch: epoch))
            record.countsFromJam = fromJam
            var writer = JournalWriter()
            var bytes: [UInt8] = []
            writer.append(.sessionLabels(record))
            writer.takePending { bytes += $0 }
            guard case .sessionLabels(let read)? = try JournalFixtures.read(bytes).events.first?.record() else {
                return nil
            }
            #expect(read == record)
            return read.timecode(rate: .fps23976, epoch: epoch)?.label(ofTick: tick).description
        }
        for jam in [TimeOfDay.midnight, nil] {
            #expect(try label(jam, fromJam: true, tick: 86_314) == "12:59:13:06")
            #expect(try label(jam, fromJam: false, tick: 86_314) == "12:59:56:10")
        }
        // From the first jam on both rules are one.
        let after: Int64 = 1_100_000
        #expect(
            try label(.midnight, fromJam: false, tick: after) == label(.midnight, fromJam: true, tick: after))
    }

    @Test("the values for a report are read back as they were written")
    func reportRecords() throws {
        let epoch = UTCInstant(nanoseconds: 1_794_916_800_000_000_000)
        let rate = try FrameRate(parsing: "29.97")
        let format = try TimecodeFormat(rate: rate)
        let labels = [
            SessionTimecode(format: format),
            try SessionTimecode(format: format, start: .label(format.label(ofFrame: 107_892)), epoch: epoch),
            try SessionTimecode(
                format: format, start: .timeOfDay(offset: UTCOffset(minutes: -330), dailyJam: nil), epoch: epoch),
            try SessionTimecode(
                format: TimecodeFormat(rate: rate, dropFrame: false),
                start: .timeOfDay(offset: .utc, dailyJam: TimeOfDay(hours: 4, minutes: 30)), epoch: epoch),
        ]
        var records: [JournalRecord] = labels.enumerated().map {
            .sessionLabels(SessionLabelsRecord(session: Int32($0.offset), $0.element))
        }
        records += [
            .runHost(RunHostRecord(host: "h", kernel: "6.1", preemption: "PREEMPT_RT", clockSource: "tsc")),
            .serviceLevel(ServiceLevelRecord(session: 3, level: "late_ticks_max", limit: 7)),
            .stolenTime(StolenTimeRecord(monotonic: MonotonicInstant(nanoseconds: 5), stolen: .milliseconds(20))),
            .stolenTime(
                StolenTimeRecord(
                    monotonic: MonotonicInstant(nanoseconds: 6), stolen: .zero,
                    throttling: CPUThrottling(periods: 54, throttledPeriods: 54, time: .milliseconds(4_320)))),
        ]
        var writer = JournalWriter()
        var bytes: [UInt8] = []
        for record in records { writer.append(record) }
        writer.takePending { bytes += $0 }
        #expect(try JournalFixtures.read(bytes).events.map { try $0.record() } == records)
        // The labels that come of it are the same, tick by tick.
        for (place, timecode) in labels.enumerated() {
            guard case .sessionLabels(let record) = records[place] else { continue }
            let again = try #require(
                record.timecode(rate: rate, epoch: timecode.epoch == epoch ? epoch : timecode.epoch))
            for tick in stride(from: Int64(0), through: 5_200_000, by: 12_347) {
                #expect(again.label(ofTick: tick) == timecode.label(ofTick: tick))
            }
        }
    }
}
