import EtcdClient
import Foundation
import Stations
import TickTime
import Testing

@testable import StationAgent

/// The records as JSON: what is written is read back, also by other versions.
@Suite("The records of a station as JSON")
struct StationRecordsJSONTests {
    static let phase = PhaseRecord(tick: 7, taiNanoseconds: 1_800_000_037_000_000_001, boundNanoseconds: 1_500_000)

    static func store(_ station: String = "studio-a") throws -> StationStore {
        StationStore(EtcdClient(try EtcdConfiguration(endpoints: ["http://127.0.0.1:1"])), station: station)
    }

    static func relay(_ place: RelayRecord.Place, _ state: RelayRecord.State) -> StationValue {
        .relay(RelayRecord(id: 1 << 53, target: "b", place: place, state: state))
    }

    /// Every kind of record, and every state of those that have states.
    static let records: [(key: StationKey, value: StationValue)] = [
        (
            .host("a.b-c_D"),
            .host(
                HostRecord(
                    generation: 3, state: .active, attempt: .init(process: .max, number: -4),
                    payload: HostPayload(
                        claims: [
                            "plain": AirClaim(phase: phase, tickCeiling: .max),
                            "Upper_Case.and-dash": AirClaim(phase: phase, tickCeiling: 9),
                            "snake_case_name": AirClaim(phase: phase, tickCeiling: 1),
                            "originTAINanoseconds": AirClaim(phase: phase, tickCeiling: 2),
                            "_": AirClaim(phase: phase, tickCeiling: 3),
                        ],
                        fitness: HostFitness(
                            clockBoundNanoseconds: 12, reason: "no \"time\"\n",
                            refusedChannels: ["Upper_Case.and-dash": "no program has joined it"]))))
        ),
        (.host("h"), .host(HostRecord(generation: 1, state: .released, attempt: .init(process: 0, number: 0)))),
        (.tenure("a"), .tenure(TenureRecord(generation: .max, state: .ended))),
        (.primary, .primary(PrimaryRecord(host: "a", generation: 2, view: 5))),
        (.ceiling, .ceiling(CeilingRecord(view: 5, utc: UTCInstant(nanoseconds: 1_800_000_000_000_000_001)))),
        (
            .spec("one"),
            .spec(ChannelSpec(hosts: ["a", "b"], standby: .cold, isolation: .continue, acceptedBoundNanoseconds: 1))
        ),
        (
            .grid("one"),
            .grid(
                GridRecord(
                    rate: .fps5994, originTAI: TAIInstant(nanoseconds: 37), originUTC: UTCInstant(nanoseconds: 0),
                    timecode: "10:00:00;00"))
        ),
        (
            .plan("one"),
            .plan(PlanRecord(startUTCNanoseconds: 5, blocks: [.init(id: 1, lengthNanoseconds: 30_000_000_000)]))
        ),
        (.air("one"), .air(AirRecord(host: "a", generation: 2, firstTick: 9, fencingNumber: 4, phase: phase))),
        (.relay("one"), relay(.soonest, .requested)),
        (.relay("one"), relay(.fence, .seam(tick: 5, phase: phase))),
        (.relay("one"), relay(.tick(.max), .ready(tick: 5, phase: phase, generation: 3))),
        (.relay("one"), relay(.tick(0), .done(tick: 5))),
        (.relay("one"), relay(.soonest, .cancelled(reason: "b is not active"))),
    ]

    @Test("each record is read back as it was written, and its key names it", arguments: records.indices)
    func roundTrip(index: Int) throws {
        let (key, value) = Self.records[index], store = try Self.store()
        let text = store.key(key), data = StationJSON.data(value)
        let found = try #require(try store.record(text, data), "\(text) is no key of a station")
        #expect(found.key == key)
        #expect(found.value == value, "\(String(decoding: data, as: UTF8.self))")
    }

    @Test("names of members are in snake case, and names of channels stay as they are")
    func names() throws {
        let text = String(decoding: StationJSON.data(Self.records[0].value), as: UTF8.self)
        for name in ["plain", "Upper_Case.and-dash", "snake_case_name", "originTAINanoseconds", "_"] {
            #expect(text.contains("\"\(name)\":{"), "\(text)")
        }
        #expect(text.contains(#""tick_ceiling":9"#) && !text.contains("tickCeiling"))
        let grid = String(decoding: StationJSON.data(Self.records[6].value), as: UTF8.self)
        #expect(grid.contains(#""origin_tai_nanoseconds":37"#) && grid.contains(#""origin_utc_nanoseconds":0"#))
        var memory = StationMemory()
        memory.fencingNumbers = ["Upper_Case": 3, "snake_case": 4]
        #expect(try StationJSON.decode(StationJSON.encode(memory)) == memory)
    }

    @Test(
        "names with dots, dashes and underscores stay one name; a slash, another station and other records are no key",
        arguments: [
            ("/tickrun/studio-a/channels/news.hd-1_b/air", StationKey.air("news.hd-1_b")),
            ("/tickrun/studio-a/hosts/a.example.org", .host("a.example.org")),
            ("/tickrun/studio-a/channels/air/air", .air("air")),
            ("/tickrun/studio-a/channels/a/b/air", nil), ("/tickrun/studio-a/channels/a", nil),
            ("/tickrun/studio-a/channels/a/later", nil), ("/tickrun/studio-a/hosts", nil),
            ("/tickrun/studio-b/hosts/a", nil), ("/tickrun/studio-a2/primary", nil),
            ("/tickrun/studio-a/primary", .primary), ("/tickrun/studio-a/primary/x", nil), ("", nil),
        ])
    func keys(text: String, key: StationKey?) throws {
        let store = try Self.store()
        #expect(store.key(text) == key)
        if let key {
            #expect(store.key(key) == text)
        } else {
            // Whatever stands there, it is not ours to read.
            #expect(try store.record(text, Data("{".utf8)) == nil)
        }
    }

    @Test(
        "a damaged record is named with its fault and the remedy",
        arguments: [
            ("spec", #"{"hosts":["a"],"standby":"warm","isolation":"stop","accepted_bound_nanoseconds":1}"#, "standby"),
            ("spec", #"{"hosts":"a"}"#, "'hosts'"), ("spec", #"{}"#, "'hosts' is missing"), ("spec", "", "not JSON"),
            ("spec", "\u{FF}", "not JSON"), ("grid", "[]", "another type"),
            ("relay", #"{"id":-1,"target":"b","place":{"soonest":{}},"state":{"requested":{}}}"#, "out of range"),
            ("plan", #"{"start_utc_nanoseconds":1,"blocks":[{"id":1}]}"#, "length"),
        ])
    func damaged(record: String, text: String, part: String) throws {
        let store = try Self.store(), key = "/tickrun/studio-a/channels/one/\(record)"
        let failure = #expect(throws: StationStore.Failure.self) { try store.record(key, Data(text.utf8)) }
        let words = "\(failure!)"
        #expect(words.contains(key) && words.contains(part) && words.contains("etcdctl del \(key)"), "\(words)")
    }

    @Test("a member that a later version added is ignored")
    func laterMember() throws {
        let text = #"{"host":"a","generation":2,"view":5,"later":{"x":[1]}}"#
        let found = try Self.store().record("/tickrun/studio-a/primary", Data(text.utf8))
        #expect(found?.value == .primary(PrimaryRecord(host: "a", generation: 2, view: 5)))
    }
}
