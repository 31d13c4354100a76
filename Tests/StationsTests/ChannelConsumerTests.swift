import Stations
import Testing
import TickScheduling
import TickTime

/// A channel whose ticks a program of the host consumes: without its program the host is not fit for the channel.
@Suite("A channel whose consumer is not there")
struct ChannelConsumerTests {
    private static let absent = HostFitness(
        clockBoundNanoseconds: 1_000_000, refusedChannels: ["one": "no program has joined it"])

    @Test("a host is unfit for the one channel, and fit for every other")
    func fitness() {
        #expect(Self.absent.refusal(of: "one", accepting: 5_000_000) == "no program has joined it")
        #expect(Self.absent.refusal(of: "two", accepting: 5_000_000) == nil)
        #expect(Self.absent.refusal(accepting: 5_000_000) == nil)
        // What speaks against all channels comes first.
        var unknown = Self.absent
        unknown.clockBoundNanoseconds = nil
        #expect(unknown.refusal(of: "one", accepting: 5_000_000) == "the bound of its clock is unknown")
    }

    @Test("the first host of the spec takes no channel without its program, and takes it once that is there")
    func noTaking() {
        var bench = ChannelBench("a")
        bench.fitness = Self.absent
        for turn in 0..<10 { #expect(bench.turn(at: 10_000 + Int64(turn) * 100) == nil) }
        #expect(bench.part.role == .standby && !bench.part.isClaiming)
        bench.fitness = ChannelBench.fit
        _ = bench.turn(at: 11_000)
        #expect(bench.part.role == .arming)
    }

    @Test("the next host does not wait for one whose program is not there")
    func nextTakes() {
        var waiting = ChannelBench("b"), free = ChannelBench("b")
        free.put("a", fitness: Self.absent)
        _ = waiting.turn()
        _ = free.turn()
        #expect(waiting.part.role == .standby && free.part.role == .arming)
    }

    @Test("an owner whose program is gone moves the channel to the first other host that is fit")
    func givesUp() {
        var bench = ChannelBench.owner()
        bench.put("b", fitness: Self.absent)
        #expect(bench.turn() == nil)
        bench.fitness = Self.absent
        let request = bench.turn()
        guard case .seam(let tick, _)? = request?.relay?.state else {
            Issue.record("no seam: \(String(describing: request))")
            return
        }
        // As an operator's move: 2 s ahead, and compared with the relay that there was.
        #expect(request?.relay?.target == "c" && tick == 300)
        #expect(request?.compared(.relay("one")) == 0 && request?.compared(.tenure("a")) == 21)
        #expect(bench.right != nil, "the tenure and the air stay; the gate of the program that is gone is cleared")
    }

    @Test("it keeps the channel if no other host is fit, and once its program is back")
    func keeps() {
        var bench = ChannelBench.owner()
        bench.fitness = Self.absent
        for name in ["b", "c"] { bench.put(name, fitness: Self.absent) }
        #expect(bench.turn() == nil && bench.part.role == .owner)
        bench.put("b")
        bench.fitness = ChannelBench.fit
        #expect(bench.turn() == nil && bench.part.role == .owner)
    }

    @Test("a move that is under way is not replaced; after its end there is another, with a number of its own")
    func oneMove() {
        var bench = ChannelBench.owner()
        bench.fitness = Self.absent
        let phase = PhaseRecord(tick: 0, taiNanoseconds: ChannelBench.tai, boundNanoseconds: 0)
        bench.putRelay(to: "c", .soonest, .seam(tick: 400, phase: phase))
        #expect(bench.turn() == nil)
        bench.putRelay(to: "c", .soonest, .cancelled(reason: "c was not ready in time"), revision: 41)
        let request = bench.turn()
        #expect(request?.relay?.id == 2 && request?.relay?.target == "b" && request?.compared(.relay("one")) == 41)
    }

    @Test("an owner whose clock alone is in doubt keeps its channels, as before")
    func clock() {
        var bench = ChannelBench.owner()
        bench.fitness = HostFitness()
        #expect(bench.turn() == nil && bench.part.role == .owner)
    }

    @Test("a move to a host whose program is not there is cancelled by either side")
    func target() {
        var owner = ChannelBench.owner()
        owner.putRelay()
        owner.put("b", fitness: Self.absent)
        #expect(owner.turn()?.cancellation == "b is not fit: no program has joined it")
        var target = ChannelBench("b")
        target.putAir("a")
        target.fitness = Self.absent
        target.beginSession(from: 200)
        target.putRelay(.soonest, .seam(tick: 300, phase: ChannelBench.phase))
        #expect(target.turn()?.cancellation == "b is not fit: no program has joined it")
    }

    @Test("a hand-over without a session on the owner's side ends with the other host, at the seam")
    func whole() throws {
        var bench = ChannelBench.owner()
        bench.put("b")
        bench.fitness = Self.absent
        bench.session = nil
        let first = bench.turn(), seam = try #require(first)
        bench.accept(seam)
        guard case .seam(let tick, let phase)? = seam.relay?.state else {
            Issue.record("no seam: \(seam)")
            return
        }
        bench.putRelay(to: "b", .soonest, .ready(tick: tick, phase: phase, generation: 1), revision: 200)
        let second = bench.turn(at: 10_500), swap = try #require(second)
        #expect(swap.air?.host == "b" && swap.air?.firstTick == tick && swap.air?.fencingNumber == 6)
        #expect(bench.right?.endTick == tick)
    }
}
