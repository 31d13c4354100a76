import Stations
import TestSupport
import Testing
import TickScheduling
import TickTime

@Suite("The phase that a channel is taken over on")
struct ChannelPhaseTests {
    /// That of the bench, later by 4 s.
    private static let late = PhaseRecord(
        tick: 0, taiNanoseconds: ChannelBench.tai + 4_000_000_000, boundNanoseconds: 0)

    /// The record of a host whose claim is from an earlier time on air: its ticks were 4 s later.
    private static func putOldClaim(_ host: String, ceiling: Int64, in bench: inout ChannelBench) throws {
        let record = try #require(bench.records.hosts[host]).record
        var old = record
        old.payload.claims["one"] = AirClaim(phase: late, tickCeiling: ceiling)
        bench.records.set(.host(host), .host(old), revision: 20)
    }

    @Test("a host that took a channel begins on the phase of the air, and not on that of its own earlier claim")
    func ownEarlierClaim() throws {
        var bench = ChannelBench(standby: .cold)
        bench.putAir("b", first: 300, fence: 8)
        bench.put("b", generation: 2, .ended)
        // The records that it read last are from before its rewrite.
        try Self.putOldClaim("a", ceiling: 150, in: &bench)
        let records = bench.records
        _ = bench.turn()
        let request = bench.request()
        let take = try #require(request)
        #expect(take.air?.firstTick == 300 && take.air?.phase == ChannelBench.phase)
        bench.accept(take)
        #expect(bench.part.role == .owner && bench.part.session(records)?.phase == ChannelBench.phase)
        // Later ones hold the claim with which it took the channel.
        var record = try #require(bench.records.hosts["a"]).record
        let followed = PhaseRecord(tick: 300, taiNanoseconds: ChannelBench.tai + 12_000_000_007, boundNanoseconds: 9)
        record.payload.claims["one"] = AirClaim(phase: followed, tickCeiling: 322)
        bench.records.set(.host("a"), .host(record), revision: 101)
        #expect(bench.part.session(bench.records)?.phase == followed)
    }

    @Test("the owner hands over only when the target's record holds no claim on another phase")
    func targetsEarlierClaim() throws {
        var bench = ChannelBench.owner()
        bench.putRelay(to: "b", .soonest, .ready(tick: 262, phase: ChannelBench.phase, generation: 1))
        try Self.putOldClaim("b", ceiling: 190, in: &bench)
        let early = bench.turn()
        #expect(early == nil && bench.part.endTick == nil)
        bench.put("b", ceiling: 262)
        let swap = bench.turn()
        #expect(swap?.air?.host == "b" && swap?.air?.firstTick == 262)
    }

    @Test("the target of a move is ready only on the phase of the seam, and states its own; the owner's end follows it")
    func readyOnPhase() throws {
        func ready(early: Int64) throws -> RelayRecord? {
            var bench = ChannelBench("b")
            bench.putAir("a")
            bench.putRelay(to: "b", .soonest, .seam(tick: 270, phase: ChannelBench.phase))
            let grid = try #require(
                ChannelGrid(rate: ChannelBench.rate, tick: 0, due: BootInstant(nanoseconds: -early * 1_000_000)))
            let own = PhaseRecord(
                tick: 0, taiNanoseconds: ChannelBench.tai - early * 1_000_000, boundNanoseconds: 500_000)
            bench.session = ChannelPart.SessionState(grid: grid, phase: own, firstTick: 100)
            return bench.turn()?.relay
        }
        #expect(try ready(early: 21) == nil && ready(early: -21) == nil)
        let record = try #require(try ready(early: 15))
        guard case .ready(270, let phase, 1) = record.state else {
            Issue.record("\(record)")
            return
        }
        #expect(phase.taiNanoseconds == ChannelBench.tai - 15_000_000)
        var owner = ChannelBench.owner()
        owner.putRelay(to: "b", .soonest, record.state)
        let swap = owner.turn()
        // Tick 270 is due at 10.8 s; the bounds are 0.5 and 1 ms.
        #expect(swap?.air?.phase == phase)
        #expect(owner.right?.endInstant == BootInstant(nanoseconds: 10_800_000_000 - 15_000_000 - 1_500_000))
    }

    @Test("a standby whose session runs early takes no tick over before the earlier owner of a move is off air")
    func earlySession() throws {
        func first(early: Int64) throws -> Int64? {
            var bench = ChannelBench(claim: 500)
            bench.putAir("b", first: 280, fence: 8)
            bench.put("b", generation: 2, .ended)
            let grid = try #require(
                ChannelGrid(rate: ChannelBench.rate, tick: 0, due: BootInstant(nanoseconds: -early * 1_000_000)))
            bench.session = ChannelPart.SessionState(grid: grid, phase: ChannelBench.phase, firstTick: 100)
            _ = bench.turn()
            let request = bench.request()
            return request?.air?.firstTick
        }
        // Tick 280 is due at 11.2 s, and this host's clock may be off by 1 ms.
        #expect(try first(early: 0) == 280 && first(early: 1) == 280)
        #expect(try first(early: 2) == 281 && first(early: 100) == 283)
        #expect(try first(early: -100) == 280)
    }
}
