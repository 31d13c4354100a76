import ClockView
import Foundation
import JournalExtremes
import TestSupport
import Testing
import TickJournal
import TickScheduling
import TickTime

@Suite("A journal with crafted values")
struct HostileJournalTests {
    private static func bytes(_ name: String) throws -> [UInt8] {
        Array(
            try Data(
                contentsOf: Vectors.packageRoot.appending(path: "Fixtures/journals-hostile/\(name).journal")))
    }

    @Test(
        "whose chain holds is refused at the event, and by the field, that no run can have written",
        arguments: [("huge-skips", 7, "skipped"), ("huge-index", 7, "tick")])
    func refused(_ name: String, event: Int, field: String) throws {
        let bytes = try Self.bytes(name)
        // The chain itself is whole.
        let (events, torn) = try JournalFixtures.read(bytes)
        #expect(events.count > 100 && torn == 0)
        let error = try #require(throws: JournalError.self) { try EveryView.read(bytes) }
        #expect(error.event == event)
        #expect(
            error.description.contains("event \(event)") && error.description.contains("'\(field)' is out of range"))
    }

    @Test("a tick whose deadline no host's clock can show is refused on its session's grid, and so is one that hangs")
    func offGrid() throws {
        let epoch = Self.epoch()
        let anchor = SessionAnchor(session: 0, name: "a", plan: try SessionPlan(rate: .fps25), epoch: epoch)
        // 2⁵² ticks of 25 fps take 5.7 million years.
        var tick = TickEntry(Self.tick(0, epoch), work: .zero, epoch: epoch)
        tick.tick = 1 << 52
        let hang = HandlerHangRecord(
            session: 0, tick: 1 << 52, start: epoch.monotonic, lasted: .seconds(1), hasReturned: false)
        for record in [JournalRecord.tick(tick), .handlerHang(hang)] {
            var writer = JournalWriter()
            var bytes: [UInt8] = []
            writer.append(.session(anchor))
            writer.append(record)
            writer.takePending { bytes = $0 }
            let error = try #require(throws: JournalError.self) { try EveryView.read(bytes) }
            #expect(error.reason == .offGrid(tick: 1 << 52, session: 0, tag: record.tag))
            #expect(error.description.contains("event 2") && error.description.contains("'tick' is out of range"))
        }
    }

    @Test("more ticks skipped than came before a tick are refused")
    func skipped() throws {
        let epoch = Self.epoch()
        var tick = TickEntry(Self.tick(3, epoch), work: .zero, epoch: epoch)
        tick.skipped = 4
        #expect(throws: CBORError.self) { try Self.roundTrip(.tick(tick)) }
        tick.skipped = 3
        #expect(throws: Never.self) { try Self.roundTrip(.tick(tick)) }
    }

    @Test("sums of counts of many events do not overflow")
    func sums() {
        var counts = SessionCounts()
        var tick = TickEntry(Self.tick(1, Self.epoch()), work: .zero, epoch: Self.epoch())
        tick.skipped = 1 << 53
        for _ in 0..<1_100 { counts.add(tick) }
        #expect(counts.skipped == .max && counts.delivered == 1_100)
    }

    @Test("a successor of a session that never began, and lies later, contradicts its journal and does not trap")
    func laterPredecessor() throws {
        let (early, late) = (Self.epoch(at: .seconds(500)), Self.epoch(at: .seconds(1_000)))
        let plan = try SessionPlan(rate: .fps25)
        let records: [JournalRecord] = [
            .session(SessionAnchor(session: 0, name: "a", plan: plan, epoch: late)),
            .session(SessionAnchor(session: 1, name: "b", plan: plan, epoch: early, predecessor: 0)),
            .sessionRemoved(0),
            .tick(TickEntry(Self.tick(0, early, session: 1), work: .zero, epoch: early)),
        ]
        var writer = JournalWriter()
        for record in records { writer.append(record) }
        var bytes: [UInt8] = []
        writer.takePending { bytes = $0 }
        let (events, _) = try JournalFixtures.read(bytes)
        var replay = JournalReplay(try JournalFixtures.survey(events))
        for event in events { try replay.apply(event) }
        let contradiction = try #require(replay.contradictions.first)
        #expect(contradiction.reason.contains("cannot be its session's next"))
    }

    @Test(
        "every integer field set to its extremes, in one event and in all, is refused or read, and nothing traps",
        arguments: ["lateness", "stamped", "utc-step"])
    func extremes(_ name: String) throws {
        let journal = try JournalExtremes(JournalFixtures.bytes(name), keeping: 30)
        var (refused, read) = (0, 0)
        for (field, events) in journal.fields {
            let values = JournalExtremes.values
            for (place, value) in values.enumerated() {
                // Some in the first event that has the field, some in the last, and some in all of them.
                let scopes: [JournalExtremes.Scope] = [
                    .event(events[0]), .event(events[events.count - 1]), .everyEvent,
                ]
                let scope = scopes[(place + field.key.utf8.count) % 3]
                do {
                    try EveryView.read(
                        journal.bytes(setting: field, to: value, in: scope), makesPage: scope == .everyEvent)
                    read += 1
                } catch {
                    refused += 1
                    if case .changed = error.reason { Issue.record("the chain does not hold: \(error)") }
                    if case .unchained = error.reason { Issue.record("the chain does not hold: \(error)") }
                }
            }
        }
        #expect(refused > read && read > 100, "\(refused) refused, \(read) read")
    }

    @Test("chained again with the value that a field has, a journal is the same, byte for byte")
    func unchanged() throws {
        let bytes = try JournalFixtures.bytes("pal")
        let journal = try JournalExtremes(bytes)
        #expect(journal.fields.count > 30)
        let field = try #require(journal.fields.map(\.field).first { $0.tag == TickEntry.tag && $0.key == "session" })
        #expect(journal.bytes(setting: field, to: .unsigned(0), in: .everyEvent) == bytes)
    }

    // MARK: - Records

    private static func epoch(at monotonic: Nanoseconds = .seconds(500)) -> SessionEpoch {
        let utc = UTCInstant(nanoseconds: 1_795_000_000_000_000_000)
        return SessionEpoch(
            utc: utc, utcSource: .system, hostUTC: utc, monotonic: MonotonicInstant(nanoseconds: monotonic.count),
            uncertainty: Nanoseconds(40))
    }

    /// A tick of 25 fps, on time.
    private static func tick(_ index: Int64, _ epoch: SessionEpoch, session: Int32 = 0) -> Tick {
        let offset = Nanoseconds.milliseconds(40 * index)
        let deadline = epoch.monotonic + offset
        return Tick(
            session: SessionID(index: session), index: index, deadline: deadline, deadlineUTC: epoch.utc + offset,
            arrival: deadline - .milliseconds(1), start: deadline, wakeLatency: .zero, lateness: .onTime, cause: .wake,
            isOverdue: false, crossedBacklog: false, skippedBefore: 0)
    }

    private static func roundTrip(_ record: JournalRecord) throws -> JournalRecord? {
        var writer = JournalWriter()
        writer.append(record)
        var bytes: [UInt8] = []
        writer.takePending { bytes = $0 }
        var reader = JournalReader()
        reader.append(bytes)
        let event = try #require(try reader.next())
        return try JournalRecord(event.envelope)
    }
}
