import Stations
import Synchronization
import TestSupport
import Testing
import TickLinux
import TickScheduling
import TickTime

@testable import StationAgent

@Suite("The channels of an agent")
struct AgentChannelsTests {
    private final class Seen: LoopObserver {
        let appended = Mutex<[Int64]>([])
        let states = Mutex<Set<AirState>>([])

        func changed(_ change: LoopChange) {
            if case .appended(_, let block) = change { appended.withLock { $0.append(block.id.rawValue) } }
        }

        func delivered(_ record: TickRecord) {
            if let air = record.tick.air { states.withLock { _ = $0.insert(air) } }
        }
    }

    /// An hour, so that a busy machine does not reach the end of the plan before the test appends to it.
    private static let blockLength: Int64 = 3_600_000_000_000

    private static func decision(blocks: Int64, _ right: AirRight?) throws -> StationMember.Decision {
        let utc = HostClock.utc(), tai = TAIInstant(nanoseconds: utc.nanoseconds + 37_000_000_000)
        var records = StationRecords.Channel()
        records.spec = Stored(ChannelSpec(hosts: ["a"]), revision: 1)
        records.grid = Stored(GridRecord(rate: .fps25, originTAI: tai, originUTC: utc), revision: 1)
        records.plan = Stored(
            PlanRecord(
                startUTCNanoseconds: utc.nanoseconds,
                blocks: (1...blocks).map { .init(id: $0, lengthNanoseconds: blockLength) }), revision: blocks)
        let phase = PhaseRecord(tick: 0, taiNanoseconds: tai.nanoseconds, boundNanoseconds: 0)
        return StationMember.Decision(
            channel: "one", session: ChannelPart.Session(firstTick: nil, phase: phase, endTick: nil), right: right,
            role: right == nil ? .standby : .owner, records: records)
    }

    @Test("a session has a gate that follows the right, and gets the blocks that its channel's plan has more")
    func follows() async throws {
        let seen = Seen()
        let runner = try TickRunner.start(
            [],
            options: TickRunnerOptions(
                loop: TickLoopOptions(
                    wait: .sleep, ringCapacity: 1_024, spareSessions: 4, spareBlocks: 64, endsWhenIdle: false)),
            observer: seen)
        let events = Mutex<[String]>([])
        let channels = AgentChannels([runner.control], ChannelLoops(count: 1)) { event in
            events.withLock { $0.append("\(event)") }
        }
        func wait(_ holds: () -> Bool) async throws {
            #expect(try await waitUntil { holds() }, "\(events.withLock { $0 })")
        }
        channels.follow([try Self.decision(blocks: 2, nil)])
        try await wait { seen.states.withLock { $0 == [.offAir] } }
        #expect(channels.name(of: 0, inLoop: 0) == "one")
        let right = AirRight(
            firstTick: 0, tickCeiling: .max, validUntil: HostClock.boot() +| .seconds(7_200), fencingNumber: 3)
        channels.follow([try Self.decision(blocks: 4, right)])
        try await wait { seen.appended.withLock { $0 == [3, 4] } }
        try await wait { seen.states.withLock { $0.contains(.onAir(fencingNumber: 3)) } }
        // What was appended is not appended again.
        channels.follow([try Self.decision(blocks: 4, right)])
        channels.end()
        runner.control.requestStop()
        _ = runner.wait()
        #expect(seen.appended.withLock { $0 } == [3, 4])
    }
}
