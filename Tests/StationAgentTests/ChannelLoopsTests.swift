import Stations
import Synchronization
import TestSupport
import Testing
import TickConfiguration
import TickLinux
import TickScheduling
import TickTime

@testable import StationAgent

@Suite("Which loop ticks which channel")
struct ChannelLoopsTests {
    private static func channels(_ list: String) throws -> [StationFile.Channel] {
        let json =
            #"{"schema":"tickrun/station/1","station":"s","host":"a","cluster":"c","state":"s","#
            + #""etcd":[{"endpoint":"http://127.0.0.1:1"}],"loops":[{},{},{}],"channels":[\#(list)]}"#
        return try StationFile(json: Array(json.utf8), file: "a.json").channels
    }

    private static func loops(_ loops: ChannelLoops, _ names: String...) -> [Int?] {
        names.map { loops.loop(of: $0) }
    }

    @Test("those with a loop in the file have it; the others get the loop with the fewest, in the order of their names")
    func rule() throws {
        var loops = ChannelLoops(
            try Self.channels(
                #"{"channel":"e"},{"channel":"d","loop":0},{"channel":"c","loop":0},{"channel":"b"},{"channel":"a"}"#),
            count: 3)
        #expect(Self.loops(loops, "c", "d", "a", "b", "e") == [0, 0, 1, 2, 1])
        // Whatever order they are met in, and those that are known stay where they are.
        loops.meet(["z", "y", "e"])
        #expect(Self.loops(loops, "y", "z", "e", "x") == [2, 0, 1, nil])
        loops.meet(["x"])
        #expect(loops.loop(of: "x") == 1)
        var same = ChannelLoops(count: 3)
        same.meet(["d", "c", "b", "a"])
        #expect(Self.loops(same, "a", "b", "c", "d") == [0, 1, 2, 0])
    }

    /// The channels that a loop ticked.
    private final class Seen: LoopObserver {
        let sessions = Mutex<Set<Int32>>([])

        func delivered(_ record: TickRecord) { sessions.withLock { _ = $0.insert(record.tick.session.index) } }
    }

    @Test("each channel's session runs in its loop, where another loop's session has the same number")
    func sessions() async throws {
        let seen = [Seen(), Seen()]
        let runners = try seen.map { observer in
            try TickRunner.start(
                [],
                options: TickRunnerOptions(
                    loop: TickLoopOptions(
                        wait: .sleep, ringCapacity: 1_024, spareSessions: 4, spareBlocks: 64, endsWhenIdle: false)),
                observer: observer)
        }
        let events = Mutex<[String]>([])
        let channels = AgentChannels(runners.map(\.control), ChannelLoops(count: 2)) { event in
            events.withLock { $0.append("\(event)") }
        }
        let utc = HostClock.utc(), tai = TAIInstant(nanoseconds: utc.nanoseconds + 37_000_000_000)
        channels.follow(
            ["one", "three", "two"].map { name in
                var records = StationRecords.Channel()
                records.spec = Stored(ChannelSpec(hosts: ["a"]), revision: 1)
                records.grid = Stored(GridRecord(rate: .fps25, originTAI: tai, originUTC: utc), revision: 1)
                let phase = PhaseRecord(tick: 0, taiNanoseconds: tai.nanoseconds, boundNanoseconds: 0)
                return StationMember.Decision(
                    channel: name, session: ChannelPart.Session(firstTick: nil, phase: phase, endTick: nil),
                    right: nil, role: .standby, records: records)
            })
        func counts() -> [Int] { seen.map { $0.sessions.withLock { $0.count } } }
        #expect(try await waitUntil { counts() == [2, 1] }, "\(events.withLock { $0 })")
        #expect(channels.name(of: 0, inLoop: 1) == "three")
        #expect(Set([0, 1].compactMap { channels.name(of: $0, inLoop: 0) }) == ["one", "two"])
        channels.end()
        for runner in runners {
            runner.control.requestStop()
            _ = runner.wait()
        }
    }
}
