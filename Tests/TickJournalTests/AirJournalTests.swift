import ClockView
import TestSupport
import Testing
import TickScheduling
import TickTime

@testable import TickJournal

@Suite("Ticks on air in a journal")
struct AirJournalTests {
    private static let states: [AirState?] = [
        nil, .offAir, .onAir(fencingNumber: 1), .unfenced(fencingNumber: 1), .onAir(fencingNumber: 1 << 53),
    ]

    /// A journal of one run, whose ticks are on air as `air` says.
    private static func journal(_ air: (Int64) -> AirState?) throws -> [JournalEvent] {
        var records: [JournalRecord] = []
        for event in try JournalFixtures.events("ntsc").events {
            guard let record = try event.record() else { continue }
            if case .tick(var tick) = record {
                tick.air = air(tick.tick)
                records.append(.tick(tick))
            } else {
                records.append(record)
            }
        }
        return try JournalReplayTests.journal(records)
    }

    @Test("each state is read back as it was written")
    func roundTrip() throws {
        let events = try Self.journal { Self.states[Int($0) % Self.states.count] }
        let ticks = try events.compactMap { if case .tick(let tick)? = try $0.record() { tick } else { nil } }
        #expect(ticks.count > 10)
        for tick in ticks { #expect(tick.air == Self.states[Int(tick.tick) % Self.states.count]) }
    }

    /// The fields of a tick that say whether it is on air.
    struct Fields: Sendable, CustomTestStringConvertible {
        var onAir: Bool?
        var unfenced: Bool?
        var number: Int64?
        var testDescription: String {
            "on_air \(onAir.map { "\($0)" } ?? "-"), unfenced \(unfenced.map { "\($0)" } ?? "-"), number \(number ?? 0)"
        }
    }

    private static func record(_ fields: Fields) throws(CBORError) -> JournalRecord? {
        var writer = CBORWriter(reserving: 256)
        writer.map { map in
            map.key("tick", Int64(3))
            if let onAir = fields.onAir { map.key("on_air", onAir) }
            map.key("session", Int64(0))
            map.key("work_ns", Int64(0))
            map.key("start_ns", Int64(0))
            if let unfenced = fields.unfenced { map.key("unfenced", unfenced) }
            map.key("arrival_ns", Int64(0))
            map.key("deadline_ns", Int64(0))
            map.key("stamp_utc_ns", Int64(0))
            map.key("fencing_number", ifAny: fields.number)
        }
        return try JournalRecord(
            EventEnvelope(
                kind: EventEnvelope.observation, payload: writer.bytes,
                observationType: ObservationType(tag: TickEntry.tag)))
    }

    @Test("fields that belong together are read")
    func whole() throws {
        for fields in [
            Fields(), Fields(onAir: false), Fields(onAir: true, number: 1),
            Fields(onAir: true, unfenced: true, number: 1),
        ] { #expect(throws: Never.self) { try Self.record(fields) } }
    }

    @Test(
        "a tick on air without a number, a number without air, and unfenced off air are refused",
        arguments: [
            Fields(onAir: true), Fields(onAir: true, unfenced: true), Fields(onAir: true, number: 0),
            Fields(onAir: true, number: -1), Fields(onAir: true, number: (1 << 53) + 1),
            Fields(onAir: false, number: 4), Fields(number: 4),
            Fields(onAir: false, unfenced: true), Fields(unfenced: true),
            Fields(onAir: true, unfenced: false, number: 4), Fields(onAir: false, unfenced: true, number: 4),
        ])
    func partial(_ fields: Fields) throws {
        #expect(throws: CBORError.self) { try Self.record(fields) }
    }

    @Test("the replay finds a fencing number that falls, with its tick, also across ticks off air")
    func falls() throws {
        func replayed(_ air: (Int64) -> AirState?) throws -> [JournalContradiction] {
            try JournalReplayTests.replayed(Self.journal(air)).contradictions
        }
        #expect(try replayed { .onAir(fencingNumber: 1 + $0 / 5) }.isEmpty)
        #expect(try replayed { $0 % 3 == 0 ? .offAir : .unfenced(fencingNumber: 2) }.isEmpty)
        let found = try replayed { $0 == 7 || $0 == 8 ? .offAir : .onAir(fencingNumber: $0 == 9 ? 4 : 5) }
        #expect(found.count == 1 && found.first?.tick == 9)
        #expect(found.first?.description.contains("its fencing number falls from 5 to 4") == true)
    }
}
