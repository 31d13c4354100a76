import Stations
import Synchronization
import TestSupport
import Testing
import TickLinux
import TickScheduling
import TickTime

@testable import StationAgent

@Suite("What an agent counts")
struct AgentObserverTests {
    @Test("a channel's counts go on in its next session, and while nobody ticks it it says so")
    func sessions() async throws {
        let observer = AgentObserver(commands: [:]) { _ in }
        observer.names { _ in "one" }
        let runner = try TickRunner.start(
            [],
            options: TickRunnerOptions(
                loop: TickLoopOptions(
                    wait: .sleep, ringCapacity: 1_024, spareSessions: 4, spareBlocks: 64, endsWhenIdle: false)),
            observer: observer)
        func wait(_ holds: () -> Bool) async throws {
            #expect(try await waitUntil { holds() }, "\(observer.measured)")
        }
        let gate = OnAirGate()
        try gate.publish(
            AirRight(
                firstTick: 0, tickCeiling: .max, validUntil: HostClock.boot() +| .seconds(7_200), fencingNumber: 3))
        let request = SessionRequest(try SessionPlan(rate: .fps50), gate: gate)
        let first = try runner.control.add(request)
        try await wait { observer.measured["one"]?.counts.onAir ?? 0 >= 3 }
        #expect(observer.measured["one"]?.isTicking == true)
        try runner.control.remove(first)
        try await wait { observer.measured["one"]?.isTicking == false }
        let before = try #require(observer.measured["one"]?.counts)
        gate.clear()
        let second = try runner.control.add(request)
        try await wait { observer.measured["one"]?.counts.offAir ?? 0 >= 3 }
        try runner.control.remove(second)
        runner.control.requestStop()
        _ = runner.wait()
        let measured = try #require(observer.measured["one"]), counts = try #require(observer.measured["one"]?.counts)
        #expect(counts.onAir == before.onAir && counts.lastOnAir == before.lastOnAir && counts.unfenced == 0)
        #expect(measured.statistics.delivered == (counts.onAir ?? 0) + (counts.offAir ?? 0))
        // The second session counts its ticks from 0 on a grid of its own, and that is no gap and no drift.
        #expect(measured.statistics.unexplained == 0 && measured.statistics.drift == .zero)
        #expect(observer.measured["two"] == nil)
    }

    @Test("requests are counted by what they are for and what came of them; a failure is no answer")
    func requests() {
        var tally = StoreTally()
        let records = StationRecords(revision: 1), now = BootInstant(nanoseconds: 7)
        tally.add(.init(.none, hasFailures: true), of: .tenure, at: now)
        tally.add(.init(.none, hasFailures: false), of: .channel("one"), at: now)
        #expect(tally.lastAnswer == nil)
        tally.add(.init(.refused(records), hasFailures: false), of: .channel("two"), at: now)
        tally.add(.init(.accepted(records), hasFailures: false), of: .poll, at: now +| .seconds(1))
        tally.add(.init(.accepted(records), hasFailures: true), of: .poll, at: now +| .seconds(2))
        #expect(tally.lastAnswer == (now +| .seconds(2)))
        let counts = StoreTally.Kind.allCases.map { kind in StoreTally.Outcome.allCases.map { tally.count(kind, $0) } }
        #expect(
            counts == [[1, 0, 1, 0, 0], [0, 0, 0, 1, 0], [0, 0, 0, 0, 0], [0, 0, 0, 0, 0], [0, 1, 0, 0, 1]],
            "\(counts)")
    }
}
