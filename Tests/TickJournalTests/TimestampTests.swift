import ClockView
import TestSupport
import Testing
import TickScheduling
import TickTime

@testable import TickJournal

@Suite("Timestamps in a journal")
struct TimestampTests {
    private static let utc = UTCInstant(nanoseconds: 1_795_000_000_000_000_000)

    private static let stamps: [StampedTime?] = [
        nil,
        StampedTime(utc, quality: .system, isTraceable: false),
        StampedTime(utc, quality: .consensus, isTraceable: false, held: .milliseconds(40)),
        StampedTime(
            utc, quality: .ntp, isTraceable: true, bounds: (utc - .milliseconds(9), utc + .milliseconds(9)),
            held: Nanoseconds(1)),
        StampedTime(
            utc, quality: .cluster, isTraceable: true, isCommitted: true, bounds: (utc, utc + Nanoseconds(1)), epoch: 7),
    ]

    /// A journal of one run, with a timestamp on each tick as `stamp` gives it.
    private static func journal(_ stamp: (Int64) -> StampedTime?) throws -> [JournalEvent] {
        let (events, _) = try JournalFixtures.events("ntsc")
        var records: [JournalRecord] = []
        for event in events {
            guard let record = try event.record() else { continue }
            if case .tick(var tick) = record {
                tick.timestamp = stamp(tick.tick)
                records.append(.tick(tick))
            } else {
                records.append(record)
            }
        }
        return try JournalReplayTests.journal(records)
    }

    @Test("each is read back as it was written")
    func roundTrip() throws {
        let events = try Self.journal { Self.stamps[Int($0) % Self.stamps.count] }
        let ticks = try events.compactMap { if case .tick(let tick)? = try $0.record() { tick } else { nil } }
        #expect(ticks.count > 10)
        for tick in ticks { #expect(tick.timestamp == Self.stamps[Int(tick.tick) % Self.stamps.count]) }
    }

    @Test(
        "part of one, or one that cannot be, is refused",
        arguments: [
            ["timestamp_quality"], ["timestamp_utc_ns"], ["timestamp_latest_utc_ns"], ["timestamp_earliest_utc_ns"],
            ["timestamp_utc_ns", "timestamp_quality"],
        ])
    func partial(_ missing: [String]) throws {
        var writer = CBORWriter(reserving: 256)
        let keys: [(StaticString, Int64?)] = [
            ("timestamp_epoch", 7), ("timestamp_utc_ns", 1_795_000_000_000_000_000), ("timestamp_quality", nil),
            ("timestamp_latest_utc_ns", 1_795_000_000_000_000_009),
            ("timestamp_earliest_utc_ns", 1_795_000_000_000_000_000),
        ]
        writer.map { map in
            map.key("tick", Int64(3))
            map.key("session", Int64(0))
            map.key("work_ns", Int64(0))
            map.key("start_ns", Int64(0))
            map.key("arrival_ns", Int64(0))
            map.key("deadline_ns", Int64(0))
            map.key("stamp_utc_ns", Int64(0))
            for (key, number) in keys where !missing.contains("\(key)") {
                if let number { map.key(key, number) } else { map.key(key, "cluster") }
            }
        }
        let envelope = EventEnvelope(
            kind: EventEnvelope.observation, payload: writer.bytes,
            observationType: ObservationType(tag: TickEntry.tag))
        #expect(throws: CBORError.self) { try JournalRecord(envelope) }
    }

    @Test("the replay finds a timestamp that falls, with its tick; at the start of a leadership it may fall")
    func falls() throws {
        func replayed(_ stamp: (Int64) -> StampedTime?) throws -> [JournalContradiction] {
            try JournalReplayTests.replayed(Self.journal(stamp)).contradictions
        }
        func at(_ milliseconds: Int64, committed: Bool = false) -> StampedTime {
            StampedTime(
                Self.utc + .milliseconds(milliseconds), quality: .cluster, isTraceable: false, isCommitted: committed)
        }
        #expect(try replayed { at($0) }.isEmpty)
        let found = try replayed { at($0 == 9 ? 7 : $0) }
        #expect(found.count == 1 && found.first?.tick == 9)
        #expect(found.first?.description.contains("its timestamp falls by 1000000 ns") == true)
        // System time 2 s ahead, and then the primary's own, which is the cluster's.
        #expect(try replayed { $0 < 5 ? at($0 + 2_000) : at($0, committed: true) }.isEmpty)
        // What it committed is not taken back when it leads no more.
        #expect(try replayed { $0 < 5 ? at($0, committed: true) : at($0 - 3) }.first?.tick == 5)
    }
}
