import Stations
import TickScheduling
import TickTime
import Testing

// Hosts and operators at the end of a channel, of a move, or of a tenure.

@Suite("The end of a channel")
struct ChannelEndTests {
    @Test("the new owner settles a move when its first tick has been due for 200 ms; until then it cannot be removed")
    func settles() throws {
        var bench = ChannelBench()
        bench.putAir("a", first: 250)
        bench.putRelay(to: "a", .soonest, .done(tick: 250))
        bench.beginSession(from: 250)
        // Tick 250 is due at 10 s.
        let early = bench.turn(at: 10_199)
        #expect(early == nil && bench.part.isBusy)
        func refusal() -> String {
            do throws(OrderRefusal) {
                _ = try ChannelOrders("one", bench.records).remove(isForced: true)
                return "it is not refused"
            } catch { return error.description }
        }
        #expect(refusal().contains("a move to a is under way"))
        let order = bench.turn(at: 10_200)
        #expect(order?.relay?.state == .settled(tick: 250) && order?.compared(.relay("one")) == 40)
        bench.accept(try #require(order))
        #expect(!bench.part.isBusy && refusal() == "it is not refused")
        let none = bench.turn(at: 10_300)
        #expect(none == nil)

        // With no host there, nobody settles it, and nobody is on air.
        bench.putRelay(to: "a", .soonest, .done(tick: 250))
        for host in ["a", "b", "c"] { bench.put(host, generation: 2, .ended) }
        #expect(refusal() == "it is not refused")
    }

    @Test("an owner whose channel is removed has no right from then on, and gives the air up with its number")
    func givesUp() throws {
        var bench = ChannelBench.owner()
        #expect(bench.right != nil)
        for key in [StationKey.spec("one"), .grid("one")] { bench.records.remove(key) }
        let request = bench.turn()
        #expect(bench.right == nil && bench.part.session(bench.records) == nil)
        let order = try #require(request)
        let air = try #require(order.air)
        #expect(air.isNobodys && air.fencingNumber == 5)
        #expect(order.compared(.air("one")) == 30 && order.compared(.spec("one")) == 0)
        #expect(order.compared(.tenure("a")) == 21)

        // Without an answer it is asked for again after a reading, and not before.
        bench.answer(.none)
        let again = bench.request()
        #expect(again == nil)
        let later = bench.turn()
        bench.accept(try #require(later))
        #expect(bench.part.air == nil && bench.part.role == .standby)
        let none = bench.turn()
        #expect(none == nil && bench.part.role == .bystander)
    }

    @Test("a channel that was given up is free for those that a new spec names, above its number, on its new grid")
    func takenAfterGivenUp() throws {
        var bench = ChannelBench("b", hosts: ["b"])
        bench.putAir("", generation: 0, first: 0, fence: 8)
        // What its last owner claimed was of another grid.
        bench.put("a", ceiling: 9_000)
        _ = bench.turn()
        let request = bench.request()
        let air = try #require(request?.air)
        #expect(air.host == "b" && air.fencingNumber == 9 && air.firstTick == 255)
    }

    @Test("a record that cannot be read is not taken for one that was removed", arguments: ["spec", "air", "grid"])
    func damaged(record: String) {
        var bench = ChannelBench.owner()
        let key: StationKey = record == "spec" ? .spec("one") : record == "air" ? .air("one") : .grid("one")
        bench.records.remove(key)
        bench.records.damaged = [key]
        let request = bench.turn()
        #expect(request == nil && bench.part.role == .owner && bench.right?.fencingNumber == 5)
        #expect(bench.part.session(bench.records) != nil)
        // A host that never read it takes nothing.
        var other = ChannelBench("b")
        other.records = bench.records
        for _ in 0..<3 {
            let request = other.turn()
            if key == .air("one") { #expect(request == nil || request?.compared(.air("one")) == 0) }
            other.answer(.none)
        }
        #expect(other.right == nil)
    }

    @Test("an owner that stopped claims no more than what was due by then, with the lead, and than what it had claimed")
    func lastClaim() {
        func ceiling(_ stop: Int64, lead: Nanoseconds = .zero, _ bench: ChannelBench = .owner()) -> Int64? {
            var bench = bench
            bench.session?.lead = lead
            return bench.part.lastClaim(stoppedAt: BootInstant(nanoseconds: stop), bench.context)?.tickCeiling
        }
        // Tick 255 is due at 10.2 s; the tenure claims ticks up to 322.
        #expect(ceiling(10_200_000_000) == 255 && ceiling(10_199_999_999) == 254)
        #expect(ceiling(10_199_999_999, lead: .milliseconds(40)) == 255)
        #expect(ceiling(20_000_000_000) == 322)
        // Without the channel, or without a session that says where its ticks fell, the claim stands.
        var standby = ChannelBench()
        standby.beginSession(from: 200)
        #expect(ceiling(10_200_000_000, standby) == nil)
        var blind = ChannelBench.owner()
        blind.session = nil
        #expect(ceiling(10_200_000_000, blind) == nil)
    }
}
