import ClockView
import Testing
import TickJournal
import TickTime

@Suite("The record of a check of the clock")
struct TimeSyncRecordTests {
    private static let record = TimeSyncRecord(
        status: "PASS_WITH_EXCEPTION", method: "azure_ntp_sla_plus_heartbeat_proxy", exception: "EXCEPTION_v1",
        note: "Canonical ≤50ms", source: "now", checked: UTCInstant(nanoseconds: 1_794_916_800_000_000_000))

    @Test("it is read as it was written, with an exception and without")
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
}
