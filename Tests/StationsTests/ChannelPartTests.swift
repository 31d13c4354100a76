import Stations
import Testing
import TickScheduling
import TickTime

@Suite("A host's part in a channel")
struct ChannelPartTests {
    @Test("a host that the spec does not name has no session, claims nothing and asks for nothing")
    func bystander() {
        var bench = ChannelBench("c", hosts: ["a", "b"])
        let request = bench.turn()
        #expect(request == nil && bench.part.role == .bystander && !bench.part.isClaiming)
        #expect(bench.part.session(bench.records) == nil && bench.right == nil)
    }

    @Test("the first host of the spec claims ticks, and takes a channel that nobody has once the claim is stored")
    func firstTaker() throws {
        var bench = ChannelBench(claim: nil)
        let early = bench.turn()
        #expect(early == nil && bench.part.role == .arming && bench.part.isClaiming)
        let unclaimed = bench.request()
        #expect(unclaimed == nil && bench.part.role == .arming)
        let until = try #require(bench.tenure.validUntil)
        // Tick 322 is due at 12 880 ms, and the tenure lasts until 12 899.7 ms.
        #expect(bench.part.claim(until, bench.context, bench.records)?.tickCeiling == 322)
        // A claim that does not reach the first tick is not enough.
        bench.tenure = ChannelBench.tenure(claim: 254)
        let short = bench.request()
        #expect(short == nil)
        bench.tenure = ChannelBench.tenure(claim: 322)
        let request = bench.request()
        let take = try #require(request)
        // Tick 255 is due 200 ms from now.
        #expect(
            take.air
                == AirRecord(host: "a", generation: 1, firstTick: 255, fencingNumber: 1, phase: ChannelBench.phase))
        #expect(take.compared(.tenure("a")) == 21 && take.compared(.air("one")) == 0)
        #expect(take.compared(.spec("one")) == 11)
        #expect(bench.part.role == .taking && bench.right == nil)
        bench.accept(take)
        #expect(bench.part.role == .owner)
        let right = try #require(bench.right)
        #expect(right.firstTick == 255 && right.fencingNumber == 1 && right.tickCeiling == 322)
        #expect(right.endTick == nil && right.validUntil == until)
    }

    @Test("each host behind the first fit one waits an interval for every fit one before it")
    func ranks() {
        func begin(_ host: String, unfit: [String] = [], gone: [String] = []) -> Int64? {
            var bench = ChannelBench(host)
            for name in unfit { bench.put(name, fitness: HostFitness(clockBoundNanoseconds: 5_000_001)) }
            for name in gone { bench.put(name, generation: 2, .ended) }
            for now in stride(from: Int64(10_000), through: 12_000, by: 1) {
                _ = bench.turn(at: now)
                if bench.part.role == .arming || bench.part.role == .taking { return now - 10_000 }
            }
            return nil
        }
        #expect(begin("a") == 0 && begin("b") == 500 && begin("c") == 1_000)
        #expect(begin("b", unfit: ["a"]) == 0 && begin("c", gone: ["a"]) == 500)
        #expect(begin("c", unfit: ["a"], gone: ["b"]) == 0)
    }

    @Test("a host that is not fit, or that a restored store holds back, takes nothing")
    func holdsBack() {
        var unfit = ChannelBench()
        unfit.fitness = HostFitness(clockBoundNanoseconds: nil)
        _ = unfit.turn()
        #expect(unfit.part.role == .standby)
        var drained = ChannelBench()
        drained.fitness.reason = "it is drained"
        _ = drained.turn()
        #expect(drained.part.role == .standby)
        var restored = ChannelBench()
        restored.mayTake = false
        _ = restored.turn()
        #expect(restored.part.role == .standby)
    }

    /// What host a takes after b, whose generation 1 is over.
    private static func take(
        ceiling: Int64?, first: Int64 = 100, claim: Int64 = 500, state: HostRecord.State = .ended
    ) -> AirRecord? {
        var bench = ChannelBench(claim: claim)
        bench.putAir("b", first: first, fence: 8)
        bench.put("b", generation: state == .released ? 1 : 2, state, ceiling: ceiling)
        _ = bench.turn()
        let request = bench.request()
        return request?.air
    }

    @Test("a take-over begins beyond the ticks that the owner claimed, and no sooner than 200 ms from now")
    func takeOver() {
        #expect(Self.take(ceiling: 300)?.firstTick == 301)
        #expect(Self.take(ceiling: 254)?.firstTick == 255)
        #expect(Self.take(ceiling: 253)?.firstTick == 255)
        #expect(Self.take(ceiling: nil)?.firstTick == 255)
        // The owner before it had not begun.
        #expect(Self.take(ceiling: nil, first: 400)?.firstTick == 400)
        // Beyond its own claim it takes nothing.
        #expect(Self.take(ceiling: 500) == nil && Self.take(ceiling: 499)?.firstTick == 500)
        #expect(Self.take(ceiling: .max) == nil)
    }

    @Test("the fencing number is one more than the last, and than any that this host saw")
    func fencing() {
        #expect(Self.take(ceiling: 300)?.fencingNumber == 9)
        var bench = ChannelBench()
        bench.part.greatestFencingNumber = 41
        bench.putAir("b", fence: 8)
        bench.put("b", generation: 2, .ended)
        _ = bench.turn()
        let request = bench.request()
        #expect(request?.air?.fencingNumber == 42)
    }

    @Test("a tenure that was given up is taken over like one that was ended; one that holds is not")
    func released() {
        #expect(Self.take(ceiling: 300, state: .released)?.firstTick == 301)
        var bench = ChannelBench()
        bench.putAir("b")
        let request = bench.turn()
        #expect(request == nil && bench.part.role == .standby)
    }

    @Test("a taking that is refused or unanswered gives nothing; read back as this host's own, it does")
    func unansweredTake() throws {
        var bench = ChannelBench()
        _ = bench.turn()
        let request = bench.request()
        let take = try #require(request)
        // No second request while one is on its way.
        let second = bench.request()
        #expect(second == nil)
        bench.answer(.none)
        #expect(bench.part.role == .taking && bench.right == nil)
        bench.apply(take)
        let next = bench.turn()
        #expect(next == nil && bench.part.role == .owner && bench.right?.firstTick == 255)
        var refused = ChannelBench()
        _ = refused.turn()
        _ = refused.request()
        refused.answer(.refused(StationRecords(revision: 101)))
        refused.putAir("b", first: 260)
        let none = refused.turn()
        #expect(none == nil && refused.part.role == .standby && refused.right == nil)
    }

    @Test("a reading that was asked for before the last answer is not looked at")
    func oldReading() throws {
        var bench = ChannelBench()
        _ = bench.turn()
        let old = bench.records
        let request = bench.request()
        bench.accept(try #require(request))
        bench.part.see(old, order: 0, bench.context)
        #expect(bench.part.role == .owner && bench.right != nil)
        // One that was asked for later counts.
        bench.part.see(old, order: 1, bench.context)
        #expect(bench.right == nil)
    }

    @Test("a lost generation is off air at once, and the channel is not this host's under the next one")
    func lostGeneration() {
        var bench = ChannelBench.owner()
        #expect(bench.right != nil)
        let kept = bench.tenure
        bench.tenure = Tenure(timing: TenureTiming(), process: 8)
        #expect(bench.right == nil)
        _ = bench.request()
        #expect(bench.part.role == .standby && bench.part.air == nil)
        bench.tenure = kept
        bench.putAir("a", generation: 3)
        bench.see()
        #expect(bench.right == nil)
    }

    @Test("a restored store's air under a used-up fencing number is not this host's; it takes the channel above it")
    func usedUpNumber() {
        var bench = ChannelBench()
        bench.part.greatestFencingNumber = 9
        bench.putAir("a", fence: 4)
        _ = bench.turn()
        #expect(bench.right == nil && bench.part.role == .arming)
        let request = bench.request()
        #expect(request?.air?.fencingNumber == 10)
        // Another's is left to it while its tenure holds.
        var other = ChannelBench()
        other.part.greatestFencingNumber = 9
        other.putAir("b", fence: 4)
        _ = other.turn()
        #expect(other.part.role == .standby)
    }

    @Test("without the store the owner stops, or goes on unfenced if the channel says so")
    func isolation() throws {
        for isolation in [ChannelSpec.Isolation.stop, .continue] {
            var bench = ChannelBench.owner()
            bench.records.set(
                .spec("one"), .spec(ChannelSpec(hosts: ["a", "b"], isolation: isolation)), revision: 50)
            bench.see()
            let right = try #require(bench.right)
            #expect(right.state(ofTick: 300, at: right.validUntil -| Nanoseconds(1)).isOnAir)
            let after = right.state(ofTick: 300, at: right.validUntil)
            #expect(after == (isolation == .stop ? .offAir : .unfenced(fencingNumber: right.fencingNumber)))
        }
    }

    @Test("a hot standby ticks off air, a cold one does not tick")
    func standby() {
        for standby in [ChannelSpec.Standby.hot, .cold] {
            var bench = ChannelBench("b", standby: standby)
            bench.putAir("a")
            bench.beginSession(from: 200)
            bench.see()
            #expect((bench.part.session(bench.records) != nil) == (standby == .hot))
            #expect(bench.right == nil)
        }
    }

    @Test("an owner's session begins at its first tick, on the phase of the owner before it")
    func session() throws {
        var bench = ChannelBench()
        let phase = PhaseRecord(tick: 7, taiNanoseconds: ChannelBench.tai + 281_000_000, boundNanoseconds: 10)
        bench.records.set(
            .air("one"),
            .air(AirRecord(host: "a", generation: 1, firstTick: 260, fencingNumber: 2, phase: phase)), revision: 30)
        bench.see()
        let session = try #require(bench.part.session(bench.records))
        #expect(session.firstTick == 260 && session.phase == phase && session.endTick == nil)
    }

    @Test("a refused request is not repeated before a reading, which quick refusals would make too old for ever")
    func refusedTake() throws {
        var bench = ChannelBench()
        _ = bench.turn()
        let take = bench.request()
        #expect(take?.air?.host == "a")
        // Another host was sooner.
        bench.putAir("b", first: 255, fence: 1)
        bench.answer(.refused(StationRecords(revision: 100)))
        // A reading that was asked for before the refusal, and answered after it.
        bench.part.see(bench.records, order: 0, bench.context)
        for _ in 0..<3 {
            let again = bench.request()
            #expect(again == nil)
        }
        bench.see()
        let later = bench.request()
        #expect(later == nil && bench.part.role == .standby)
    }
}
