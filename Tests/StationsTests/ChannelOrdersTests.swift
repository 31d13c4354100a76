import Stations
import TickTime
import Testing

@Suite("The orders of operators")
struct ChannelOrdersTests {
    private static let origin = (
        tai: TAIInstant(nanoseconds: 1_800_000_037_000_000_000), utc: UTCInstant(nanoseconds: 1_800_000_000_000_000_000)
    )
    private static let phase = PhaseRecord(tick: 0, taiNanoseconds: origin.tai.nanoseconds, boundNanoseconds: 0)

    private static func utc(_ seconds: Int64) -> UTCInstant { origin.utc + .seconds(seconds) }
    private static func block(_ id: Int64, _ seconds: Int64 = 30) -> PlanRecord.Block {
        PlanRecord.Block(id: id, lengthNanoseconds: seconds * 1_000_000_000)
    }

    /// A station with hosts a (which has the channel 'one'), b and c.
    private struct Station {
        var records = StationRecords(revision: 10)

        init(spec: ChannelSpec = ChannelSpec(hosts: ["a", "b", "c"])) {
            for host in ["a", "b", "c"] { set(host, .active, bound: 1_000_000) }
            records.set(.spec("one"), .spec(spec), revision: 11)
            records.set(
                .grid("one"), .grid(GridRecord(rate: .fps25, originTAI: origin.tai, originUTC: origin.utc)),
                revision: 11)
            records.set(
                .air("one"),
                .air(AirRecord(host: "a", generation: 1, firstTick: 100, fencingNumber: 3, phase: phase)), revision: 12)
        }

        mutating func set(_ host: String, _ state: HostRecord.State, bound: Int64?, reason: String? = nil) {
            let fitness = HostFitness(clockBoundNanoseconds: bound, reason: reason)
            let record = HostRecord(
                generation: 1, state: state, attempt: .init(process: 1, number: 1),
                payload: HostPayload(fitness: fitness))
            records.set(.host(host), .host(record), revision: 5)
            records.set(.tenure(host), .tenure(TenureRecord(record)), revision: 5)
        }

        /// Carries an order out, as the store does where the comparisons hold.
        mutating func apply(_ transaction: StationTransaction) {
            records.revision += 1
            for put in transaction.puts { records.set(put.key, put.value, revision: records.revision) }
            for key in transaction.deletes { records.remove(key) }
        }

        var orders: ChannelOrders { ChannelOrders("one", records) }
    }

    private static func refusal(_ body: () throws -> StationTransaction?) -> String {
        do {
            _ = try body()
            return "it is not refused"
        } catch { return "\(error)" }
    }

    // MARK: - put

    @Test("a new channel is spec and grid in one transaction that compares them as absent")
    func newChannel() throws {
        var change = ChannelOrders.Change()
        let orders = ChannelOrders("new", Station().records)
        #expect(Self.refusal { try orders.put(change, origin: Self.origin) }.contains("give its rate"))
        change.rate = .fps2997
        #expect(Self.refusal { try orders.put(change, origin: Self.origin) }.contains("give its hosts"))
        (change.hosts, change.timecode) = (["b"], "10:00:00;00")
        let order = try #require(try orders.put(change, origin: Self.origin))
        #expect(Set(order.comparisons.map(\.key)) == [.spec("new"), .grid("new"), .air("new")])
        #expect(order.comparisons.allSatisfy { $0.revision == 0 })
        let grid = GridRecord(
            rate: .fps2997, originTAI: Self.origin.tai, originUTC: Self.origin.utc, timecode: "10:00:00;00")
        #expect(Set(order.puts.map(\.value)) == [.grid(grid), .spec(ChannelSpec(hosts: ["b"]))])
    }

    @Test("the grid is written once: another rate, tick 0 or label is refused, and the same is not")
    func gridOnce() throws {
        let orders = Station().orders
        var change = ChannelOrders.Change()
        change.rate = .fps50
        #expect(Self.refusal { try orders.put(change, origin: Self.origin) }.contains("its rate is 25"))
        change.rate = .fps25
        change.origin = (Self.origin.tai + .seconds(1), Self.utc(1))
        let moved = Self.refusal { try orders.put(change, origin: Self.origin) }
        #expect(moved.contains(Self.origin.utc.iso8601) && moved.contains(Self.utc(1).iso8601))
        (change.origin, change.timecode) = (Self.origin, "01:00:00:00")
        #expect(Self.refusal { try orders.put(change, origin: Self.origin) }.contains("is none, not"))
        change.timecode = nil
        // Nothing differs, so nothing is written.
        #expect(try orders.put(change, origin: Self.origin) == nil)
    }

    @Test("a later put changes what it gives of the spec, leaves the rest, and compares the spec's revision")
    func laterPut() throws {
        let spec = ChannelSpec(hosts: ["a", "b"], standby: .cold, isolation: .continue, acceptedBoundNanoseconds: 7)
        var change = ChannelOrders.Change()
        change.hosts = ["b", "a"]
        let order = try #require(try Station(spec: spec).orders.put(change, origin: Self.origin))
        var wanted = spec
        wanted.hosts = ["b", "a"]
        #expect(order.puts.map(\.value) == [.spec(wanted)])
        #expect(order.comparisons.map(\.revision) == [11, 11])
    }

    // MARK: - append

    @Test("a block goes to the end of the plan; a gap and an overlap are refused with the instant that fits")
    func append() throws {
        var station = Station()
        let first = Self.refusal { try station.orders.append(Self.block(1), start: nil) }
        #expect(first.contains("give the start"))
        station.apply(try station.orders.append(Self.block(1), start: Self.utc(10)))
        let order = try station.orders.append(Self.block(2), start: nil)
        #expect(order.comparisons.map(\.key) == [.plan("one"), .grid("one")])
        #expect(order.comparisons[0].revision == station.records.revision)
        station.apply(order)
        #expect(station.records.channels["one"]?.plan?.record.end == Self.utc(70))
        for (start, word) in [(Self.utc(69), "overlap"), (Self.utc(71), "gap")] {
            let text = Self.refusal {
                try station.orders.append(Self.block(3), start: start)
            }
            #expect(text.contains(word) && text.contains(Self.utc(70).iso8601), "\(text)")
        }
        station.apply(try station.orders.append(Self.block(3), start: Self.utc(70)))
        let again = Self.refusal { try station.orders.append(Self.block(3), start: nil) }
        #expect(again.contains("block 3 is in the plan"))
        let endless = Self.refusal {
            try station.orders.append(PlanRecord.Block(id: 4, lengthNanoseconds: .max), start: nil)
        }
        #expect(endless.contains("2200"))
    }

    @Test("blocks that are over can be dropped, and those that stay keep their fences")
    func dropping() throws {
        var station = Station()
        for id in Int64(1)...4 {
            station.apply(try station.orders.append(Self.block(id), start: id == 1 ? Self.utc(10) : nil))
        }
        let grid = try #require(station.records.channels["one"]?.grid?.record)
        let before = try #require(station.records.channels["one"]?.plan?.record)
        var kept = station
        kept.apply(try station.orders.append(Self.block(5), start: nil, droppingBefore: Self.utc(75)))
        let after = try #require(kept.records.channels["one"]?.plan?.record)
        #expect(after.blocks.map(\.id) == [3, 4, 5] && after.startUTCNanoseconds == Self.utc(70).nanoseconds)
        #expect(after.fence(from: 2_000, on: grid) == before.fence(from: 2_000, on: grid))
        // The last one stays, because the next block begins at its end.
        kept = station
        kept.apply(try station.orders.append(Self.block(5), start: Self.utc(130), droppingBefore: Self.utc(9_999)))
        #expect(kept.records.channels["one"]?.plan?.record.blocks.map(\.id) == [4, 5])
    }

    @Test("a full plan takes no block until some are dropped")
    func full() throws {
        var station = Station()
        let blocks = (1...ChannelOrders.blockLimit).map { Self.block(Int64($0), 1) }
        station.records.set(
            .plan("one"), .plan(PlanRecord(startUTCNanoseconds: Self.utc(0).nanoseconds, blocks: blocks)), revision: 20)
        let text = Self.refusal { try station.orders.append(Self.block(0), start: nil) }
        #expect(text.contains("--drop-before"))
        _ = try station.orders.append(Self.block(0), start: nil, droppingBefore: Self.utc(1))
    }

    // MARK: - move

    @Test("a move compares what it rests on, and is known by its id whatever the hosts make of it")
    func move() throws {
        var station = Station()
        let order = try station.orders.move(to: "b", at: .soonest, id: 77)
        #expect(order.comparisons.map(\.key) == [.relay("one"), .air("one"), .spec("one")])
        #expect(order.comparisons.map(\.revision) == [0, 12, 11])
        #expect(!order.isDone(in: station.records) && !order.isVoid(in: station.records))
        station.apply(order)
        #expect(order.isDone(in: station.records) && order.isVoid(in: station.records))
        station.records.set(
            .relay("one"), .relay(RelayRecord(id: 77, target: "b", state: .cancelled(reason: "late"))), revision: 30)
        #expect(order.isDone(in: station.records))
        // A move that is over is no obstacle.
        let next = try station.orders.move(to: "c", at: .soonest, id: 78)
        station.apply(next)
        #expect(!order.isDone(in: station.records) && next.isDone(in: station.records))
    }

    @Test("a move that cannot be is refused with its cause")
    func moveRefused() {
        func text(
            _ target: String = "b", _ place: RelayRecord.Place = .soonest, _ change: (inout Station) -> Void = { _ in }
        ) -> String {
            var station = Station(spec: ChannelSpec(hosts: ["a", "b"], acceptedBoundNanoseconds: 2_000_000))
            change(&station)
            return Self.refusal { try station.orders.move(to: target, at: place, id: 1) }
        }
        #expect(text() == "it is not refused")
        #expect(text("a").contains("a has it on air"))
        #expect(text("c").contains("its spec names a, b, not c"))
        #expect(text { $0.set("b", .ended, bound: 1) }.contains("b is not active"))
        #expect(text { $0.records.hosts["b"] = nil }.contains("b is not active"))
        #expect(text { $0.set("b", .active, bound: 2_000_001) }.contains("b is not fit: the bound of its clock is 200"))
        #expect(text { $0.set("b", .active, bound: nil) }.contains("b is not fit: the bound of its clock is unknown"))
        #expect(text { $0.set("b", .active, bound: 1, reason: "it drains") }.contains("b is not fit: it drains"))
        #expect(text { $0.set("a", .ended, bound: 1) }.contains("no host has it on air"))
        let free = text { $0.records.channels["one"]?.air = nil }
        #expect(free.contains("no host has it on air"))
        #expect(text { $0.records.channels["one"] = nil }.contains("no channel 'one'"))
        #expect(text("b", .fence).contains("no plan"))
        #expect(text("b", .tick(100)).contains("give a later tick"))
        #expect(text("b", .tick(101)) == "it is not refused")
        let underWay = text { station in
            station.records.set(.relay("one"), .relay(RelayRecord(id: 5, target: "b")), revision: 20)
        }
        #expect(underWay.contains("a move to b is under way"))
    }

    @Test("the standbys are the other hosts that are fit, in the order of the spec")
    func standbys() {
        var station = Station(spec: ChannelSpec(hosts: ["c", "a", "b"]))
        #expect(station.orders.standbys == ["c", "b"])
        station.set("c", .released, bound: 1)
        #expect(station.orders.standbys == ["b"])
        station.set("a", .ended, bound: 1)
        #expect(station.orders.owner == nil && station.orders.standbys == ["b"])
    }

    // MARK: - remove

    @Test("a channel on air is removed only by force; its keys but 'air' are deleted, and all are compared")
    func remove() throws {
        var station = Station()
        let text = Self.refusal { try station.orders.remove(isForced: false) }
        #expect(text.contains("on air on a") && text.contains("--force"))
        let forced = try station.orders.remove(isForced: true)
        #expect(forced.deletes == [.spec("one"), .grid("one")] && forced.puts.isEmpty)
        #expect(forced.comparisons.map(\.revision) == [11, 11, 0, 0, 12])
        station.set("a", .ended, bound: 1)
        #expect(try station.orders.remove(isForced: false) == forced)
        #expect(!forced.isDone(in: station.records))
        station.apply(forced)
        #expect(forced.isDone(in: station.records))
        let none = Self.refusal { try station.orders.remove(isForced: true) }
        #expect(none.contains("no channel 'one'"))
    }

    @Test("a channel that was removed on air is put again once its owner has given it up or is over, with its number")
    func putAgain() throws {
        var change = ChannelOrders.Change()
        (change.rate, change.hosts) = (.fps50, ["b", "c"])
        func put(_ station: Station) throws(OrderRefusal) -> StationTransaction? {
            try station.orders.put(change, origin: Self.origin)
        }
        var station = Station()
        station.apply(try station.orders.remove(isForced: true))
        let early = Self.refusal { try put(station) }
        #expect(early.contains("a has not given it up yet") && early.contains("try again"))
        #expect(Self.refusal { try station.orders.remove(isForced: true) }.contains("no channel 'one'"))

        station.set("a", .ended, bound: 1)
        let order = try #require(try put(station))
        #expect(order.compared(.air("one")) == 12 && order.compared(.spec("one")) == 0)
        let air = try #require(order.air)
        #expect(air.isNobodys && air.fencingNumber == 3 && air.firstTick == 0 && air.phase == Self.phase)
        #expect(station.records.isOver(air.host, air.generation))

        // A channel of a name that was never used has no air.
        station.records.channels["one"] = nil
        let new = try #require(try put(station))
        #expect(new.air == nil && new.compared(.air("one")) == 0)
    }
}
