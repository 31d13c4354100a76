import Stations
import Testing
import TickSimulation
import TickScheduling
import TickTime

/// One host of a station, which acts each 100 ms, over a store that answers at once.
private struct HostBench {
    var store = SimulatedStore()
    var host: StationHost
    /// In ms.
    var now: Int64 = 1_000
    var isCut = false

    init(memory: StationMemory = StationMemory()) {
        host = StationHost(name: "a", process: 7, memory: memory)
        store.put(.spec("one"), .spec(ChannelSpec(hosts: ["a", "b"])))
        store.put(
            .grid("one"),
            .grid(
                GridRecord(
                    rate: .fps25, originTAI: TAIInstant(nanoseconds: ChannelBench.tai),
                    originUTC: UTCInstant(nanoseconds: ChannelBench.utc))))
    }

    var moment: HostMoment {
        HostMoment(
            boot: BootInstant(nanoseconds: now * 1_000_000),
            tai: TAIInstant(nanoseconds: ChannelBench.tai + now * 1_000_000),
            utc: UTCInstant(nanoseconds: ChannelBench.utc + now * 1_000_000))
    }

    mutating func requests() -> [StationRequest] {
        host.requests(at: moment, fitness: ChannelBench.fit, sessions: [:])
    }

    mutating func answer(_ answer: StationAnswer, to request: StationRequest) {
        host.receive(answer, to: request.id, at: moment, fitness: ChannelBench.fit, sessions: [:])
    }

    /// Has the store answer a request.
    mutating func serve(_ request: StationRequest) {
        switch request.kind {
        case _ where isCut: answer(.none, to: request)
        case .readAll: answer(.accepted(store.records), to: request)
        case .transact(let transaction): answer(store.apply(transaction), to: request)
        }
    }

    mutating func turn() {
        for request in requests() { serve(request) }
        now += 100
    }

    /// - Returns: the time at which it held, in ms; `nil`: it did not, within 10 s.
    mutating func turns(until holds: (HostBench) -> Bool) -> Int64? {
        for _ in 0..<100 {
            if holds(self) { return now }
            turn()
        }
        return nil
    }

    /// Writes another host's record.
    mutating func put(
        _ name: String, generation: Int64 = 1, _ state: HostRecord.State = .active, number: Int64 = 1,
        claims: [String: AirClaim] = [:]
    ) {
        let record = HostRecord(
            generation: generation, state: state, attempt: .init(process: 9, number: number),
            payload: HostPayload(claims: claims, fitness: ChannelBench.fit))
        store.put(.host(name), .host(record))
        store.put(.tenure(name), .tenure(TenureRecord(record)))
    }

    mutating func putAir(_ host: String, generation: Int64 = 1, fence: Int64 = 5) {
        store.put(
            .air("one"),
            .air(
                AirRecord(
                    host: host, generation: generation, firstTick: 0, fencingNumber: fence, phase: ChannelBench.phase)))
    }

    var air: AirRecord? { store.records.channels["one"]?.air?.record }
    var isOnAir: Bool { host.part(of: "one")?.right(host.tenure) != nil }
}

@Suite("A host of a station")
struct StationHostTests {
    @Test("a host alone begins a tenure, becomes primary and takes the channel, in about a second")
    func alone() throws {
        var bench = HostBench()
        let time = try #require(bench.turns { $0.isOnAir && $0.host.primary.right != nil })
        #expect(time <= 2_500)
        #expect(bench.air?.host == "a" && bench.store.records.primary?.record.host == "a")
        // Its record claimed the ticks before it took the channel.
        let claim = bench.store.records.hosts["a"]?.record.payload.claims["one"]
        #expect(claim.map { $0.tickCeiling > bench.air?.firstTick ?? .max } == true)
        #expect(bench.host.memory.fencingNumbers["one"] == 1 && bench.host.memory.primary.view == 1)
    }

    @Test("at most one reading and one rewrite are on their way")
    func oneOfEach() {
        func writesOwnRecord(_ request: StationRequest) -> Bool {
            guard case .transact(let transaction) = request.kind else { return false }
            return transaction.puts.contains { $0.key == .host("a") }
        }
        var bench = HostBench()
        for _ in 0..<20 { bench.turn() }
        bench.now += 1_000
        let first = bench.requests()
        #expect(first.count { $0.kind == .readAll } == 1 && first.count(where: writesOwnRecord) == 1)
        bench.now += 1_000
        let second = bench.requests()
        #expect(!second.contains { $0.kind == .readAll || writesOwnRecord($0) })
        // Without an answer the rewrite is read back.
        for request in first { bench.answer(.none, to: request) }
        let third = bench.requests()
        #expect(third.contains { $0.kind == .readAll } && !third.contains(where: writesOwnRecord))
    }

    @Test("a tenure is ended only after its record stood at one revision for a whole observation")
    func observation() throws {
        var bench = HostBench()
        bench.put("b")
        // It is rewritten after 2.9 s, and then no longer.
        while bench.now < 3_900 { bench.turn() }
        bench.put("b", number: 2)
        let rewritten = bench.now
        let end = try #require(bench.turns { $0.store.records.tenures["b"]?.record.state == .ended })
        // Seen at the next poll, within 500 ms; 3 000.3 ms later it may end it.
        #expect(end >= rewritten + 3_000 && end <= rewritten + 3_900)
        #expect(bench.store.records.hosts["b"]?.record.generation == 2)
    }

    @Test("what an ended host claimed stays in its record, so that the next owner begins beyond it")
    func claimsStay() throws {
        var bench = HostBench()
        bench.put("b", claims: ["one": AirClaim(phase: ChannelBench.phase, tickCeiling: 150)])
        bench.putAir("b")
        _ = try #require(bench.turns { $0.isOnAir })
        #expect(bench.store.records.hosts["b"]?.record.payload.claims["one"]?.tickCeiling == 150)
        #expect(bench.air.map { $0.firstTick > 150 && $0.fencingNumber == 6 } == true)
    }

    @Test("a tenure that was given up is taken over without waiting for its end")
    func released() throws {
        var bench = HostBench()
        bench.put("b")
        bench.putAir("b")
        while bench.now < 2_500 { bench.turn() }
        #expect(!bench.isOnAir)
        bench.put("b", .released, number: 2)
        let time = try #require(bench.turns { $0.isOnAir })
        #expect(time <= 4_000 && bench.air?.host == "a")
    }

    @Test("a host that gives its own tenure up is off air at once, and says so in its record")
    func release() throws {
        var bench = HostBench()
        _ = try #require(bench.turns { $0.isOnAir })
        bench.host.release(stoppedAt: bench.moment.boot)
        #expect(!bench.isOnAir)
        bench.turn()
        #expect(bench.store.records.tenures["a"]?.record.state == .released)
        for _ in 0..<50 { bench.turn() }
        #expect(!bench.isOnAir && bench.store.records.hosts["a"]?.record.state == .released)
    }

    @Test("a host whose generation another host ended is off air as soon as its rewrite is refused")
    func ended() throws {
        var bench = HostBench()
        _ = try #require(bench.turns { $0.isOnAir })
        bench.put("a", generation: 2, .ended)
        _ = try #require(bench.turns { !$0.isOnAir })
        #expect(bench.host.tenure.losses == 1)
        // It begins a new tenure, and takes the channel under the next number.
        let number = try #require(bench.air?.fencingNumber)
        _ = try #require(bench.turns { $0.isOnAir })
        #expect(bench.host.tenure.generation == 3 && bench.air?.fencingNumber == number + 1)
    }

    @Test("without the store nothing is on air from the end of the tenure on")
    func isolated() throws {
        var bench = HostBench()
        _ = try #require(bench.turns { $0.isOnAir })
        bench.isCut = true
        let until = try #require(bench.host.tenure.validUntil)
        for _ in 0..<40 { bench.turn() }
        #expect(bench.host.tenure.validUntil == until && bench.moment.boot > until)
        let right = bench.host.part(of: "one")?.right(bench.host.tenure)
        #expect(right.map { $0.state(ofTick: $0.tickCeiling, at: bench.moment.boot) } == .offAir)
    }

    @Test("after a restore of the store, nothing is ended or taken for a whole observation")
    func restored() throws {
        var bench = HostBench()
        bench.put("b")
        for _ in 0..<8 { bench.turn() }
        // So long before its next rewrite, its own tenure outlasts the restore.
        while bench.host.tenure.due.map({ $0 -| bench.moment.boot < .milliseconds(300) }) ?? true { bench.turn() }
        bench.put("b", generation: 2, .ended)
        bench.putAir("b", generation: 1)
        let saved = bench.store
        for number: Int64 in 0..<20 { bench.put("b", generation: 3, number: number) }
        bench.putAir("b", generation: 3, fence: 9)
        bench.host.hurry()
        bench.turn()
        #expect(bench.host.memory.fencingNumbers["one"] == 9)
        // The store shows b as ended, which had the channel a moment ago, under number 9.
        bench.store = saved
        bench.host.hurry()
        let restored = bench.now
        let time = try #require(bench.turns { $0.air?.host == "a" })
        #expect(time >= restored + 3_000 && bench.host.tenure.losses == 0)
        // Above every number that was seen before the restore, and those that others may have used unseen.
        #expect(bench.air.map { $0.fencingNumber > 1_000_009 } == true)
        #expect(bench.host.restoredAt != nil)
    }

    @Test("answers to requests that were on their way show a restore once")
    func oneRestore() {
        var bench = HostBench(), requests: [StationRequest] = []
        let saved = bench.store
        while bench.now < 10_000 {
            requests = bench.requests()
            if bench.isOnAir, requests.count > 1 { break }
            requests.forEach { bench.serve($0) }
            bench.now += 100
        }
        #expect(requests.count > 1)
        bench.store = saved
        requests.forEach { bench.serve($0) }
        #expect((1_000_001..<2_000_000).contains(bench.host.memory.fencingNumbers["one"] ?? 0))
    }

    @Test("a taking that only the restored store accepts gives no right, whether its answer comes or is lost")
    func takingAcrossRestore() throws {
        for isAnswered in [true, false] {
            var bench = HostBench()
            bench.put("b")
            bench.putAir("b")
            for _ in 0..<8 { bench.turn() }
            let saved = bench.store
            bench.put("b", generation: 2, .ended)
            for number: Int64 in 0..<20 { bench.put("c", number: number) }
            // The host takes the channel, and its transaction is on its way when the store goes back.
            var taking: (request: StationRequest, air: StationTransaction.Put)?
            while taking == nil, bench.now < 10_000 {
                for request in bench.requests() {
                    if case .transact(let transaction) = request.kind,
                        let air = transaction.puts.first(where: { $0.key == .air("one") })
                    {
                        taking = (request, air)
                    } else {
                        bench.serve(request)
                    }
                }
                bench.now += 100
            }
            let (request, air) = try #require(taking)
            bench.store = saved
            bench.store.put(air.key, air.value)
            let number = try #require(bench.air?.fencingNumber)
            let accepted = StationAnswer.accepted(StationRecords(revision: bench.store.records.revision))
            bench.answer(isAnswered ? accepted : .none, to: request)
            #expect(!bench.isOnAir)
            let begin = bench.now
            let time = try #require(bench.turns { $0.isOnAir })
            #expect(time >= begin + 2_500, "\(isAnswered)")
            #expect(bench.air.map { $0.fencingNumber > number } == true)
        }
    }

    @Test("a process that starts with its memory uses no view, number or revision that was used before")
    func memory() throws {
        var memory = StationMemory()
        memory.fencingNumbers["one"] = 70
        memory.primary = HighestSeen(view: 30, stamp: UTCInstant(nanoseconds: 5))
        var bench = HostBench(memory: memory)
        _ = try #require(bench.turns { $0.isOnAir && $0.host.primary.right != nil })
        #expect(bench.air?.fencingNumber == 71 && bench.host.primary.right?.view == 31)
        // A revision beyond the store's says that the store was restored while the process was away.
        memory.storeRevision = 1_000
        var later = HostBench(memory: memory)
        let time = try #require(later.turns { $0.isOnAir })
        #expect(time >= 4_000 && later.host.restoredAt != nil)
    }

    @Test("claims outlive a tenure: a later one never claims less of a channel")
    func claimsNeverFall() throws {
        let timing = TenureTiming()
        func payload(_ ceiling: Int64) -> HostPayload {
            HostPayload(claims: ["one": AirClaim(phase: ChannelBench.phase, tickCeiling: ceiling)])
        }
        func written(_ request: Tenure.Request?) throws -> HostRecord {
            guard case .write(let record, _)? = request?.kind else { throw Failure() }
            return record
        }
        var tenure = Tenure(timing: timing, process: 7)
        let begin = BootInstant(nanoseconds: 0)
        let read = tenure.request(at: begin)
        // An earlier process claimed up to tick 900, and gave its tenure up.
        let earlier = HostRecord(
            generation: 4, state: .released, attempt: .init(process: 3, number: 1), payload: payload(900))
        tenure.receive(.record(Stored(earlier, revision: 5)), to: try #require(read?.id), at: begin)
        let claim = tenure.request(at: begin) { _ in HostPayload() }
        #expect(try written(claim).payload.claims["one"]?.tickCeiling == 900)
        tenure.receive(.accepted(revision: 6), to: try #require(claim?.id), at: begin)
        for (ceiling, expected): (Int64, Int64) in [(800, 900), (1_000, 1_000), (999, 1_000)] {
            let now = try #require(tenure.due)
            let rewrite = tenure.request(at: now) { _ in payload(ceiling) }
            #expect(try written(rewrite).payload.claims["one"]?.tickCeiling == expected)
            tenure.receive(.accepted(revision: 7), to: try #require(rewrite?.id), at: now)
        }
        #expect(tenure.accepted.claims["one"]?.tickCeiling == 1_000)
    }

    private struct Failure: Error {}
}
