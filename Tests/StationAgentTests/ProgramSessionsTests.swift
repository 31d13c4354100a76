import Foundation
import Glibc
import StationClient
import Stations
import TestSupport
import Testing
import TickLinux
import TickScheduling
import TickTime

@testable import StationAgent

/// Real programs of the library, joined at a real socket; the rules are played by the test.
@Suite("The channels that programs tick", .serialized, .timeLimit(.minutes(5)))
struct ProgramSessionsTests {
    private final class Seen: LoopObserver {
        let ticks = Log<Tick>()
        func delivered(_ record: TickRecord) { ticks.append(record.tick) }
    }

    /// An agent's side, and as many programs as a test wants.
    private final class Bench {
        let folder: TemporaryFolder
        let path: String
        let events = Log<ProgramSessions.Event>()
        let sessions: ProgramSessions
        let server: JoinServer

        init() throws {
            folder = try TemporaryFolder()
            path = folder.path + "/j"
            let events = events
            sessions = ProgramSessions(["one", "two"]) { events.append($0) }
            server = try JoinServer.start(path, sessions)
        }

        deinit { server.stop() }

        func wait(_ what: String, _ holds: () -> Bool) async throws {
            #expect(try await waitUntil { holds() }, "\(what): \(events.entries)")
        }

        /// What the station thread does, once.
        func turn(_ decision: StationMember.Decision) -> ChannelPart.SessionState? {
            let boot = HostClock.boot(), utc = HostClock.utc()
            let moment = HostMoment(
                boot: boot, tai: TAIInstant(nanoseconds: utc.nanoseconds + 37_000_000_000),
                taiBound: .milliseconds(1), utc: utc)
            let states = sessions.states(at: moment)
            sessions.follow([decision])
            return states["one"]
        }
    }

    /// A program with a loop.
    private final class Program {
        let seen = Seen()
        let runner: TickRunner
        var channel: StationChannel?

        init() throws {
            runner = try TickRunner.start(
                [],
                options: TickRunnerOptions(
                    loop: TickLoopOptions(
                        wait: .sleep, ringCapacity: 4_096, spareSessions: 4, spareBlocks: 64, endsWhenIdle: false)),
                observer: seen)
        }

        func join(_ bench: Bench, _ name: String = "one") throws {
            channel = try Station(joining: bench.path).join(name, loop: runner.control)
        }

        /// As a process that dies: its connection is closed, and its ticks go on for a while.
        func end() {
            runner.control.requestStop()
            _ = runner.wait()
        }

        deinit { end() }
    }

    private static let origin = HostClock.utc().nanoseconds - 100_000_000_000

    private static func decision(
        right number: Int64? = nil, session: Bool = true, blocks: Int64 = 1, grid: Int64 = 1
    ) -> StationMember.Decision {
        let tai = TAIInstant(nanoseconds: origin + 37_000_000_000)
        var records = StationRecords.Channel()
        records.spec = Stored(ChannelSpec(hosts: ["a"]), revision: 1)
        records.grid = Stored(
            GridRecord(rate: .fps25, originTAI: tai, originUTC: UTCInstant(nanoseconds: origin)), revision: grid)
        records.plan = Stored(
            PlanRecord(
                startUTCNanoseconds: origin,
                blocks: (1...blocks).map { .init(id: $0, lengthNanoseconds: 3_600_000_000_000) }), revision: blocks)
        let phase = PhaseRecord(tick: 0, taiNanoseconds: tai.nanoseconds, boundNanoseconds: 0)
        let right = number.map {
            AirRight(firstTick: 0, tickCeiling: .max, validUntil: HostClock.boot() +| .seconds(600), fencingNumber: $0)
        }
        return StationMember.Decision(
            channel: "one", session: session ? ChannelPart.Session(firstTick: nil, phase: phase, endTick: nil) : nil,
            right: right, role: number == nil ? .standby : .owner, records: records)
    }

    @Test("a program ticks what the rules say: as a standby, on air, with more blocks, and no longer")
    func follows() async throws {
        let bench = try Bench(), program = try Program()
        #expect(bench.sessions.refusals == ["one": "no program has joined it", "two": "no program has joined it"])
        #expect(bench.turn(Self.decision()) == nil)
        try program.join(bench)
        #expect(bench.sessions.refusals == ["two": "no program has joined it"])
        let standby = Self.decision(blocks: 2)
        try await bench.wait("a session") { bench.turn(standby) != nil }
        let state = try #require(bench.turn(standby))
        #expect(state.phase != nil && state.firstTick >= 2_500 && state.lead == .zero)
        // Its ticks fall where the phase says, to within this test's two readings of the clocks.
        let due = try #require(state.grid.due(2_500)), wanted = Self.origin + 100_000_000_000
        let utc = HostClock.utc().nanoseconds - (HostClock.boot() -| due).count
        #expect(abs(utc - wanted) < 50_000_000, "\(utc - wanted)")
        try await bench.wait("off air") { program.seen.ticks.entries.last?.air == .offAir }
        #expect(bench.sessions.lastTicksOnAir.isEmpty)
        let owner = Self.decision(right: 3, blocks: 4)
        try await bench.wait("on air") {
            _ = bench.turn(owner)
            return program.seen.ticks.entries.last?.air == .onAir(fencingNumber: 3)
        }
        #expect(program.seen.ticks.entries.last?.block?.id.rawValue == 1)
        #expect((bench.sessions.lastTicksOnAir["one"] ?? 0) >= 2_500)
        _ = bench.turn(Self.decision(session: false))
        try await bench.wait("no session") { program.channel?.session == nil }
        #expect(program.channel?.right == nil)
        let began = bench.events.entries.filter { if case .began = $0 { true } else { false } }
        #expect(began.count == 1, "\(bench.events.entries)")
    }

    @Test("a program that goes is off air at once, its host is unfit, and the next one gets no tick of it again")
    func lost() async throws {
        let bench = try Bench(), first = try Program(), second = try Program()
        try first.join(bench)
        let owner = Self.decision(right: 3)
        try await bench.wait("on air") {
            _ = bench.turn(owner)
            return first.seen.ticks.entries.last?.air?.isOnAir ?? false
        }
        // Another program is refused meanwhile.
        let error = #expect(throws: StationError.self) { try second.join(bench) }
        #expect("\(error!)".contains("another program ticks the channel 'one'"))
        first.end()
        try await bench.wait("unfit") { bench.sessions.refusals?["one"] != nil }
        #expect(bench.turn(owner) == nil && first.channel?.right == nil)
        try second.join(bench)
        #expect(bench.sessions.refusals?["one"] == nil)
        try await bench.wait("on air again") {
            _ = bench.turn(owner)
            return second.seen.ticks.entries.last?.air?.isOnAir ?? false
        }
        let before = first.seen.ticks.entries.filter { $0.air?.isOnAir ?? false }.map(\.index)
        let after = second.seen.ticks.entries.filter { $0.air?.isOnAir ?? false }.map(\.index)
        #expect(try #require(before.last) < #require(after.first))
        // The right that it reads begins beyond what the first one may have delivered. On another grid, ticks are
        // counted anew.
        #expect((second.channel?.right?.firstTick ?? 0) > 0)
        _ = bench.turn(Self.decision(right: 3, grid: 9))
        #expect(second.channel?.right?.firstTick == 0)
    }

    @Test("a program that is refused learns why; one that says nothing is dropped")
    func refuses() async throws {
        let bench = try Bench(), program = try Program()
        let error = #expect(throws: StationError.self) { try program.join(bench, "three") }
        #expect("\(error!)".contains(#"add { "channel": "three", "consumer": "program" }"#))
        var silent = try JoinConnection.connect(bench.path)
        let end = ContinuousClock.now + .seconds(60)
        var isOver = false
        while !isOver, ContinuousClock.now < end {
            silent.wait(100)
            isOver = silent.receive().isOver
        }
        #expect(isOver)
        for line in [
            #"{"schema":"tickrun/join/2","kind":"join","channel":"one"}"#, "x", #"{"kind":"ended","order":1}"#,
        ] {
            var other = try JoinConnection.connect(bench.path)
            _ = other.send(Array(line.utf8))
            var lines: [[UInt8]] = []
            while lines.isEmpty, ContinuousClock.now < end {
                other.wait(100)
                lines = other.receive().lines
            }
            guard case .refused? = try AgentMessage(line: lines.first ?? []) else {
                Issue.record("\(line) was not refused")
                continue
            }
        }
        #expect(bench.sessions.refusals?["one"] != nil)
    }

    @Test("an order that fails makes the host unfit with the program's reason, until it succeeds")
    func failing() async throws {
        let bench = try Bench(), program = try Program()
        try program.join(bench)
        let long = Self.decision(blocks: 200)
        try await bench.wait("a failure") {
            _ = bench.turn(long)
            return bench.sessions.refusals?["one"] != nil
        }
        #expect(bench.sessions.refusals?["one"]?.hasPrefix("its program: ") == true)
        let short = Self.decision()
        try await bench.wait("a session") { bench.turn(short) != nil }
        #expect(bench.sessions.refusals?["one"] == nil)
    }

    @Test("at the agent's end every program is off air, and the socket is gone")
    func stops() async throws {
        let bench = try Bench(), program = try Program()
        try program.join(bench)
        let owner = Self.decision(right: 3)
        try await bench.wait("on air") {
            _ = bench.turn(owner)
            return program.seen.ticks.entries.last?.air?.isOnAir ?? false
        }
        bench.server.stop()
        #expect(program.channel?.right == nil && !FileManager.default.fileExists(atPath: bench.path))
        try await bench.wait("off air") { program.seen.ticks.entries.last?.air == .offAir }
        #expect(program.channel?.session != nil)
    }

    @Test("a socket is replaced if nobody listens there, refused if somebody does, and in a folder that all may write")
    func socket() async throws {
        let bench = try Bench()
        var state = stat()
        #expect(unsafe stat(bench.path, &state) == 0 && state.st_mode & 0o777 == 0o660)
        let sessions = ProgramSessions(["one"]) { _ in }
        #expect(throws: SystemError.self) { try JoinServer.start(bench.path, sessions) }
        bench.server.stop()
        // What a process that was killed leaves: a socket without a listener.
        let left = bench.folder.path + "/left"
        let descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: Array(left.utf8) + [0]) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let isBound = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe bind(descriptor, $0, size) == 0 }
        }
        close(descriptor)
        try #require(isBound)
        let server = try JoinServer.start(left, sessions)
        server.stop()
        unsafe chmod(bench.folder.path, 0o777)
        let error = #expect(throws: SystemError.self) { try JoinServer.start(left, sessions) }
        #expect(error?.isPermission == true && error?.subject.contains("every user") == true)
    }
}
