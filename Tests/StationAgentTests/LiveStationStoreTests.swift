import EtcdClient
import Foundation
import StationAgent
import Stations
import TestSupport
import TickTime
import Testing

/// The records in a real etcd, which etcdctl reads and writes too.
@Suite("A station's records in a real etcd", .serialized)
struct LiveStationStoreTests {
    private static func store(_ cluster: EtcdCluster) throws -> StationStore {
        StationStore(EtcdClient(try EtcdConfiguration(endpoints: cluster.endpoints)), station: "studio-a")
    }

    private static func all(_ store: StationStore) async throws -> (StationRecords, [String]) {
        try await onOwnThread {
            let (records, damaged) = try store.readAll(timeLimit: .seconds(10))
            return (records, damaged.map { "\($0)" })
        }
    }

    @Test(
        "all records are read at one revision; damaged, unknown and foreign ones stop no other",
        .requires(.etcd, .etcdctl))
    func reads() async throws {
        let cluster = try await EtcdCluster(), store = try Self.store(cluster)
        let prefix = "/tickrun/studio-a/"
        for (key, text) in [
            ("primary", #"{"host":"a","generation":2,"view":5,"later":1}"#),
            ("channels/one.hd-1/spec", #"{"hosts":"a"}"#), ("channels/one.hd-1/later", "x"), ("later/thing", "{"),
            (
                "channels/two_2/spec",
                #"{"hosts":["a"],"standby":"hot","isolation":"stop","accepted_bound_nanoseconds":5}"#
            ),
        ] {
            try await cluster.control("put", prefix + key, text)
        }
        try await cluster.control("put", "/tickrun/studio-ab/primary", "{")
        let (records, damaged) = try await Self.all(store)
        #expect(records.primary?.record == PrimaryRecord(host: "a", generation: 2, view: 5))
        #expect(records.channels.keys.sorted() == ["two_2"])
        #expect(records.channels["two_2"]?.spec?.record == ChannelSpec(hosts: ["a"], acceptedBoundNanoseconds: 5))
        #expect(damaged.count == 1 && damaged[0].contains("etcdctl del /tickrun/studio-a/channels/one.hd-1/spec"))
        #expect((records.primary?.revision ?? 0) < records.revision)
    }

    @Test("a transaction puts, deletes and reads as a whole, or does nothing", .requires(.etcd, .etcdctl))
    func transacts() async throws {
        let cluster = try await EtcdCluster(), store = try Self.store(cluster)
        let spec = ChannelSpec(hosts: ["a"])
        var change = ChannelOrders.Change()
        (change.rate, change.hosts) = (.fps25, ["a"])
        let origin = (TAIInstant(nanoseconds: 37_000_000_000), UTCInstant(nanoseconds: 0))
        let empty = try await Self.all(store).0
        let made = try #require(try ChannelOrders("one", empty).put(change, origin: origin))
        guard case .accepted(let written) = try await onOwnThread({ try store.transact(made, timeLimit: .seconds(10)) })
        else {
            Issue.record("a new channel was refused")
            return
        }
        let there = try await Self.all(store).0
        #expect(there.channels["one"]?.spec == Stored(spec, revision: written.revision))
        #expect(made.isDone(in: there) && made.isVoid(in: there))
        // The same again compares absent keys, so it does nothing.
        guard case .refused = try await onOwnThread({ try store.transact(made, timeLimit: .seconds(10)) }) else {
            Issue.record("a channel was made twice")
            return
        }
        let removal = try ChannelOrders("one", there).remove(isForced: false)
        _ = try await onOwnThread { try store.transact(removal, timeLimit: .seconds(10)) }
        #expect(try await Self.all(store).0.channels.isEmpty)
        let left = try await cluster.control("get", "--prefix", "/tickrun/", "--keys-only").standardOutput
        #expect(left.isEmpty, "\(left)")
    }
}
