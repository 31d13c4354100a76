import Stations
import Testing
import TickScheduling
import TickTime

@Suite("A planned move of a channel")
struct ChannelMoveTests {
    private static let seam = PhaseRecord(tick: 0, taiNanoseconds: ChannelBench.tai, boundNanoseconds: 1_000_000)

    /// The tick at which an owner places the seam.
    private static func seam(of request: StationTransaction?) -> Int64? {
        guard case .seam(let tick, _)? = request?.relay?.state else { return nil }
        return tick
    }

    /// What an owner answers to a request for a move, at a time in ms.
    private static func owner(
        to target: String = "b", _ place: RelayRecord.Place = .soonest, at now: Int64 = 10_000,
        _ change: (inout ChannelBench) -> Void = { _ in }
    ) -> StationTransaction? {
        var bench = ChannelBench.owner()
        bench.putRelay(to: target, place)
        change(&bench)
        return bench.turn(at: now)
    }

    @Test("the owner places the seam at least 2 s ahead, and not before its own first tick")
    func soonest() {
        let request = Self.owner()
        #expect(request?.relay == RelayRecord(id: 1, target: "b", state: .seam(tick: 300, phase: Self.seam)))
        #expect(request?.compared(.relay("one")) == 40 && request?.compared(.tenure("a")) == 21)
        #expect(Self.seam(of: Self.owner(at: 10_001)) == 301)
        #expect(Self.seam(of: Self.owner { $0.putAir("a", first: 320) }) == 320)
    }

    @Test("a move at a fence waits for the first one that lies far enough ahead")
    func fence() {
        func at(_ now: Int64, blocks: [Int64]) -> StationTransaction? {
            Self.owner(.fence, at: now) { bench in
                let plan = PlanRecord(
                    startUTCNanoseconds: ChannelBench.utc,
                    blocks: blocks.map { PlanRecord.Block(id: 1, lengthNanoseconds: $0 * 1_000_000_000) })
                bench.records.set(.plan("one"), .plan(plan), revision: 13)
            }
        }
        #expect(Self.seam(of: at(10_000, blocks: [12, 1])) == 300)
        #expect(Self.seam(of: at(10_001, blocks: [12, 1])) == 325)
        #expect(at(10_001, blocks: [12])?.cancellation == "no fence lies ahead")
        // More than 10 s ahead, it waits.
        #expect(at(10_000, blocks: [21]) == nil)
        #expect(Self.seam(of: at(11_000, blocks: [21])) == 525)
        #expect(Self.owner(.fence)?.cancellation == "no fence lies ahead")
    }

    @Test("a move at a tick is refused if the tick lies less than 2 s ahead, and waits if it lies more than 10 s ahead")
    func tick() {
        #expect(Self.seam(of: Self.owner(.tick(400))) == 400)
        #expect(Self.owner(.tick(299))?.cancellation == "tick 299 lies less than 2 s ahead")
        #expect(Self.owner(.tick(501)) == nil)
        #expect(Self.seam(of: Self.owner(.tick(501), at: 10_040)) == 501)
    }

    @Test("a move that cannot be is cancelled, and the reason names the host")
    func refusals() {
        #expect(Self.owner(to: "a")?.cancellation == "a has the channel")
        #expect(Self.owner(to: "x")?.cancellation == "the channel's spec does not name x")
        #expect(Self.owner { $0.put("b", generation: 2, .ended) }?.cancellation == "b is not active")
        #expect(Self.owner { $0.records.hosts["b"] = nil }?.cancellation == "b is not active")
        #expect(
            Self.owner { $0.put("b", fitness: HostFitness(clockBoundNanoseconds: 6_000_000)) }?.cancellation
                == "b is not fit: the bound of its clock is 6000000 ns; the channel accepts 5000000 ns")
        #expect(
            Self.owner { $0.put("b", fitness: HostFitness()) }?.cancellation
                == "b is not fit: the bound of its clock is unknown")
        #expect(
            Self.owner { $0.put("b", fitness: HostFitness(clockBoundNanoseconds: 1, reason: "it is drained")) }?
                .cancellation == "b is not fit: it is drained")
    }

    @Test("a move that is over, or another channel's owner, asks for nothing")
    func over() {
        for state in [RelayRecord.State.settled(tick: 250), .cancelled(reason: "x")] {
            #expect(Self.owner { $0.putRelay(.soonest, state) } == nil)
        }
        #expect(Self.owner { $0.putAir("b") } == nil)
    }

    @Test("not ready 300 ms before the seam, it is cancelled, and the owner goes on")
    func notReady() {
        for state in [
            RelayRecord.State.seam(tick: 300, phase: Self.seam), .ready(tick: 300, phase: Self.seam, generation: 1),
        ] {
            var bench = ChannelBench.owner()
            bench.putRelay(.soonest, state)
            let inTime = bench.turn(at: 11_700)
            #expect(inTime?.cancellation == nil)
            bench = ChannelBench.owner()
            bench.putRelay(.soonest, state)
            let late = bench.turn(at: 11_701)
            #expect(late?.cancellation?.hasPrefix("b was ") == true)
            #expect(bench.right != nil && bench.right?.endTick == nil)
        }
    }

    @Test("a target that lost its tenure since it was ready is not handed the channel")
    func lostTarget() {
        let state = RelayRecord.State.ready(tick: 300, phase: Self.seam, generation: 1)
        for change: (inout ChannelBench) -> Void in [
            { $0.put("b", generation: 2, .ended) }, { $0.put("b", generation: 3) }, { $0.put("b", .released) },
        ] {
            let request = Self.owner {
                $0.putRelay(.soonest, state)
                change(&$0)
            }
            #expect(request?.cancellation == "b lost its tenure")
        }
    }

    /// An owner that has sent its swap for tick 300, at 11 s.
    private static func swapping(standby: ChannelSpec.Standby = .hot) throws -> (ChannelBench, StationTransaction) {
        var bench = ChannelBench.owner(standby: standby)
        bench.putRelay(.soonest, .ready(tick: 300, phase: seam, generation: 1), revision: 42)
        let request = bench.turn(at: 11_000)
        return (bench, try #require(request))
    }

    @Test("the swap hands the air over in one step that compares the move, the air and both tenures")
    func swap() throws {
        let (sent, swap) = try Self.swapping()
        var bench = sent
        #expect(
            swap.air == AirRecord(host: "b", generation: 1, firstTick: 300, fencingNumber: 6, phase: Self.seam))
        #expect(swap.relay?.state == .done(tick: 300))
        #expect(swap.compared(.relay("one")) == 42 && swap.compared(.air("one")) == 30)
        #expect(swap.compared(.tenure("a")) == 21 && swap.compared(.tenure("b")) == 22)
        // It stops at the seam from here on, whatever the answer.
        #expect(bench.right?.endTick == 300)
        bench.accept(swap)
        #expect(bench.part.greatestFencingNumber == 6)
        bench.see()
        let right = try #require(bench.right)
        #expect(right.endTick == 300 && right.fencingNumber == 5)
        #expect(right.state(ofTick: 299, at: BootInstant(nanoseconds: 11_965_000_000)).isOnAir)
        // 200 ms after the seam its part is over.
        let before = bench.turn(at: 12_199)
        #expect(before == nil && bench.part.air != nil)
        let after = bench.turn(at: 12_200)
        #expect(after == nil && bench.part.air == nil && bench.part.role == .standby && bench.right == nil)
    }

    @Test("a late tick before the seam is off air once the other host may have begun, within both clock bounds")
    func endInstant() throws {
        let (bench, _) = try Self.swapping()
        let right = try #require(bench.right)
        // The seam is due at 12 s; the owner's bound is 1 ms, and the target's 1 ms.
        #expect(right.endInstant == BootInstant(nanoseconds: 11_998_000_000))
        let end = try #require(right.endInstant)
        #expect(right.state(ofTick: 299, at: end) == .offAir)
        #expect(right.state(ofTick: 299, at: end -| Nanoseconds(1)).isOnAir)
        var wide = ChannelBench.owner()
        let phase = PhaseRecord(tick: 0, taiNanoseconds: ChannelBench.tai, boundNanoseconds: 90_000_000)
        wide.putRelay(.soonest, .ready(tick: 300, phase: phase, generation: 1))
        wide.session?.lead = .milliseconds(3)
        _ = wide.turn(at: 11_000)
        // At most half a period, and the lead of the tick.
        #expect(wide.right?.endInstant == BootInstant(nanoseconds: 11_977_000_000))
    }

    @Test("the target begins on the phase that it was given: if the owner's ticks have moved since, the end follows it")
    func movedTicks() throws {
        /// What an owner does whose ticks are so much later than the move's phase says.
        func swap(later milliseconds: Int64) throws -> (end: BootInstant?, request: StationTransaction?) {
            var bench = ChannelBench.owner()
            let due = BootInstant(nanoseconds: milliseconds * 1_000_000)
            bench.session?.grid = try #require(ChannelGrid(rate: ChannelBench.rate, tick: 0, due: due))
            bench.putRelay(.soonest, .ready(tick: 300, phase: Self.seam, generation: 1))
            let request = bench.turn(at: 11_000)
            return (bench.right?.endInstant, request)
        }
        #expect(try swap(later: 15).end == BootInstant(nanoseconds: 11_998_000_000))
        #expect(try swap(later: -15).end == BootInstant(nanoseconds: 11_983_000_000))
        // A host that was suspended ticks later by as much: then nothing is handed over.
        #expect(
            try swap(later: 280).request?.cancellation == "the channel's ticks have moved since the seam was chosen")
    }

    @Test("an owner that does not know TAI hands nothing over")
    func withoutTAI() {
        var bench = ChannelBench.owner()
        bench.putRelay(.soonest, .ready(tick: 300, phase: Self.seam, generation: 1))
        bench.see()
        var context = bench.context
        context.moment.tai = nil
        let request = bench.part.request(context, bench.records)
        #expect(request == nil && bench.right != nil && bench.right?.endTick == nil)
    }

    @Test("an unanswered swap stops the owner at the seam; it cancels the move, and goes on only after that")
    func unansweredSwap() throws {
        var (bench, _) = try Self.swapping()
        bench.answer(.none)
        #expect(bench.right?.endTick == 300)
        // Read back as its own: the swap may still be applied later.
        let request = bench.turn(at: 11_100)
        let cancel = try #require(request)
        #expect(cancel.cancellation == "the outcome of the hand-over was unknown")
        #expect(cancel.compared(.relay("one")) == 42 && cancel.air == nil)
        #expect(bench.right?.endTick == 300)
        bench.accept(cancel)
        #expect(bench.right != nil && bench.right?.endTick == nil && bench.part.role == .owner)
        let next = bench.turn(at: 11_200)
        #expect(next == nil)
    }

    @Test("an unanswered cancelling, or a refused one, keeps the owner stopped at the seam")
    func unansweredCancelling() throws {
        var (bench, _) = try Self.swapping()
        bench.answer(.none)
        _ = bench.turn(at: 11_100)
        bench.answer(.none)
        #expect(bench.right?.endTick == 300)
        let again = bench.turn(at: 11_200)
        #expect(again?.cancellation != nil && bench.right?.endTick == 300)
        bench.answer(.refused(StationRecords(revision: 101)))
        #expect(bench.right?.endTick == 300)
        // It was applied: the move's revision has changed, so the swap cannot be applied any longer.
        bench.putRelay(.soonest, .cancelled(reason: "x"), revision: 50)
        let next = bench.turn(at: 11_300)
        #expect(next == nil && bench.right != nil && bench.right?.endTick == nil)
    }

    @Test("an unanswered swap that was applied is a hand-over: the owner delivers up to the seam, and then nothing")
    func appliedSwap() throws {
        let (sent, swap) = try Self.swapping()
        var bench = sent
        bench.answer(.none)
        bench.apply(swap)
        let next = bench.turn(at: 11_100)
        #expect(next == nil)
        let state = bench.right?.state(ofTick: 299, at: bench.context.moment.boot)
        #expect(bench.right?.endTick == 300 && state?.isOnAir == true)
        let later = bench.turn(at: 12_200)
        #expect(later == nil && bench.right == nil && bench.part.role == .standby)
    }

    @Test("the air under another generation or another host, without a hand-over, ends the owner's part at once")
    func taken() {
        var bench = ChannelBench.owner()
        bench.putAir("c", first: 310, fence: 6, revision: 60)
        bench.see()
        #expect(bench.right == nil && bench.part.role == .standby)
    }

    /// What the target answers once the owner has chosen the seam.
    private static func target(
        standby: ChannelSpec.Standby = .hot, session: Int64?, _ change: (inout ChannelBench) -> Void = { _ in }
    ) -> (bench: ChannelBench, request: StationTransaction?) {
        var bench = ChannelBench("b", standby: standby)
        bench.putAir("a")
        bench.putRelay(.soonest, .seam(tick: 300, phase: seam))
        if let session { bench.beginSession(from: session) }
        change(&bench)
        let request = bench.turn()
        return (bench, request)
    }

    @Test("the target is ready once its session delivers from the seam on")
    func ready() {
        #expect(Self.target(session: nil).request == nil)
        #expect(Self.target(session: 301).request == nil)
        let (bench, request) = Self.target(session: 300)
        #expect(request?.relay?.state == .ready(tick: 300, phase: Self.seam, generation: 1))
        #expect(request?.compared(.relay("one")) == 40 && request?.compared(.tenure("b")) == 21)
        // It claims ticks before it has the channel, and delivers nothing yet.
        #expect(bench.part.isClaiming && bench.right == nil)
        #expect(
            Self.target(session: 300) { $0.fitness = HostFitness() }.request?.cancellation
                == "b is not fit: the bound of its clock is unknown")
    }

    @Test("a cold target begins at the seam, a hot one ticks already; both on the owner's phase")
    func targetSession() throws {
        for state in [
            RelayRecord.State.seam(tick: 300, phase: Self.seam), .ready(tick: 300, phase: Self.seam, generation: 1),
        ] {
            let (cold, _) = Self.target(standby: .cold, session: nil) { $0.putRelay(.soonest, state) }
            let session = try #require(cold.part.session(cold.records))
            #expect(session.firstTick == 300 && session.phase == Self.seam && session.endTick == nil)
            let (hot, _) = Self.target(session: nil) { $0.putRelay(.soonest, state) }
            #expect(hot.part.session(hot.records).map { $0.firstTick == nil } == true)
        }
    }

    @Test("the target that reads the air as its own delivers from the seam on, under the greater number")
    func targetOwns() throws {
        var (bench, _) = Self.target(session: 250)
        bench.putAir("b", first: 300, fence: 6, revision: 61)
        bench.putRelay(.soonest, .done(tick: 300), revision: 61)
        bench.answer(.none)
        bench.see()
        let right = try #require(bench.right)
        #expect(bench.part.role == .owner && right.firstTick == 300 && right.fencingNumber == 6)
        #expect(right.state(ofTick: 299, at: bench.context.moment.boot) == .offAir)
    }

    @Test("a cold owner's session ends at the seam")
    func coldOwner() throws {
        let (cold, _) = try Self.swapping(standby: .cold), (hot, _) = try Self.swapping()
        #expect(cold.part.session(cold.records)?.endTick == 300)
        // A hot one goes on as the standby, off air.
        #expect(hot.part.session(hot.records).map { $0.endTick == nil } == true)
    }
}
