import TestSupport
import Testing
import TickLinux
import TickScheduling
import TickTime

@testable import StationClient

/// A program against an agent that a test plays.
@Suite("A channel that a program ticks", .serialized, .timeLimit(.minutes(5)))
struct StationChannelTests {
    /// A program that has joined, and its agent's end.
    private static func joined(
        _ agent: FakeAgent, _ loop: TestLoop
    ) async throws -> (StationChannel, FakeAgent.Peer, OnAirGate) {
        let joining = loop.join(agent)
        let peer = try agent.accept()
        #expect(peer.first == .join(channel: "one", running: nil))
        let gate = try peer.welcome()
        return (try await joining.get(), peer, gate)
    }

    private static func began(_ peer: FakeAgent.Peer) throws -> JoinedSession {
        guard case .began(_, let session)? = try peer.read() else { throw FakeAgent.NoProgram() }
        return session
    }

    @Test("it ticks on the agent's grid by BOOTTIME, whatever this process knows of TAI, and is on air by the right")
    func ticks() async throws {
        let agent = try FakeAgent(), loop = try TestLoop()
        let (channel, peer, gate) = try await Self.joined(agent, loop)
        #expect(channel.isJoined && channel.session == nil && channel.right == nil)
        let order = try TestLoop.order()
        peer.say(.session(order: 1, order))
        let session = try Self.began(peer)
        // Its tick 0 is due when the agent said: both clocks are read again, and the host was not suspended.
        let due = HostClock.boot() +| (session.epoch -| HostClock.monotonic())
        #expect((due -| order.due).magnitude < .milliseconds(50), "\(due -| order.due)")
        #expect(session.rate == .fps25 && session.firstTick >= 90_000 && session.lastBlock == nil)
        try await loop.wait("ticks") { loop.seen.ticks.entries.count > 2 }
        #expect(loop.seen.ticks.entries[0].index == session.firstTick && loop.lastState == .offAir)
        try gate.publish(TestLoop.right(7))
        try await loop.wait("on air") { loop.lastState == .onAir(fencingNumber: 7) }
        #expect(channel.right?.fencingNumber == 7)
        gate.clear()
        try await loop.wait("off air") { loop.lastState == .offAir }
        channel.leave()
    }

    @Test("a session with a plan counts its blocks by the agent's UTC, gets more blocks, is replaced and ended")
    func orders() async throws {
        let agent = try FakeAgent(), loop = try TestLoop()
        let (channel, peer, _) = try await Self.joined(agent, loop)
        let hour = Nanoseconds.seconds(3_600)
        let order = try TestLoop.order(blocks: [Block(id: BlockID(rawValue: 1), length: hour)])
        peer.say(.session(order: 1, order))
        #expect(try Self.began(peer).lastBlock == 1)
        let first = try #require(channel.session)
        // The epoch's UTC is the agent's: TAI of tick 0, less the offset.
        let epoch = try #require(loop.runner.control.epoch(of: first))
        #expect(epoch.utc.nanoseconds == order.grid.tai.nanoseconds - 37_000_000_000)
        peer.say(.append(order: 2, [Block(id: BlockID(rawValue: 2), length: hour)]))
        #expect(try Self.began(peer).lastBlock == 2)
        peer.say(.session(order: 3, try TestLoop.order(FrameRate(50, over: 1))))
        #expect(try Self.began(peer).rate == FrameRate(50, over: 1))
        let second = try #require(channel.session)
        #expect(second != first && loop.runner.control.sessions == [second])
        peer.say(.end(order: 4))
        #expect(try peer.read() == .ended(order: 4))
        #expect(channel.session == nil && loop.runner.control.sessions.isEmpty)
        channel.leave()
    }

    @Test("what the loop does not take is said with its reason, and the program stays joined")
    func failed() async throws {
        let agent = try FakeAgent(), loop = try TestLoop()
        let (channel, peer, _) = try await Self.joined(agent, loop)
        var order = try TestLoop.order()
        order.planStart = HostClock.utc()
        order.blocks = (0..<200).map { Block(id: BlockID(rawValue: $0), length: .seconds(30)) }
        peer.say(.session(order: 1, order))
        guard case .failed(1, let text)? = try peer.read() else {
            Issue.record("200 blocks fit")
            return
        }
        #expect(text.contains("64") && channel.session == nil && channel.isJoined, "\(text)")
        peer.say(.append(order: 2, []))
        #expect(try peer.read() == .failed(order: 2, "there is no session"))
        peer.say(.session(order: 3, try TestLoop.order()))
        _ = try Self.began(peer)
        // A session that the program removes itself is reported too.
        try loop.runner.control.remove(try #require(channel.session))
        #expect(try peer.read() == .failed(order: 0, "the program removed the session"))
        channel.leave()
    }

    @Test("lines that come in pieces, and several at once, are whole lines")
    func torn() async throws {
        let agent = try FakeAgent(), loop = try TestLoop()
        let joining = loop.join(agent)
        let peer = try agent.accept()
        try peer.welcome()
        let channel = try await joining.get()
        let bytes =
            Array(#"{"kind":"later"}"#.utf8) + [0x0A] + AgentMessage.session(order: 1, try TestLoop.order()).line
            + [0x0A] + AgentMessage.end(order: 2).line + [0x0A]
        for byte in bytes.dropLast() { peer.write([byte]) }
        _ = try Self.began(peer)
        #expect(channel.session != nil)
        peer.write([0x0A])
        #expect(try peer.read() == .ended(order: 2))
        channel.leave()
    }

    @Test("an agent that goes takes the program off air; the session goes on, and joins the next agent")
    func rejoins() async throws {
        let agent = try FakeAgent(), loop = try TestLoop()
        let (channel, peer, gate) = try await Self.joined(agent, loop)
        peer.say(.session(order: 1, try TestLoop.order()))
        let session = try Self.began(peer)
        try gate.publish(TestLoop.right(7))
        try await loop.wait("on air") { loop.lastState == .onAir(fencingNumber: 7) }
        let before = try #require(channel.session)
        peer.end()
        try await loop.wait("lost") { !channel.isJoined && loop.lastState == .offAir }
        // The memory of the agent that is gone says on air still, and nobody looks at it.
        #expect(gate.right != nil && channel.right == nil)
        let next = try agent.accept()
        #expect(next.first == .join(channel: "one", running: session))
        let other = try next.welcome()
        try other.publish(TestLoop.right(8))
        try await loop.wait("on air again") { loop.lastState == .onAir(fencingNumber: 8) }
        #expect(channel.session == before)
        // Without a gap in the ticks.
        let indices = loop.seen.ticks.entries.map(\.index)
        #expect(indices == Array(indices[0]..<indices[0] + Int64(indices.count)))
        channel.leave()
        #expect(try next.read() == nil && loop.runner.control.sessions.isEmpty && channel.right == nil)
    }

    @Test("a line that is damaged or too long ends the connection, and the program joins again")
    func damaged() async throws {
        let agent = try FakeAgent(), loop = try TestLoop()
        var (channel, peer, gate) = try await Self.joined(agent, loop)
        peer.say(.session(order: 1, try TestLoop.order()))
        _ = try Self.began(peer)
        for bytes in [Array("{\n".utf8), Array(repeating: UInt8(ascii: "x"), count: 2 * JoinFormat.lineLimit)] {
            try gate.publish(TestLoop.right(7))
            peer.write(bytes)
            try await loop.wait("lost") { loop.lastState == .offAir || channel.right == nil }
            peer = try agent.accept()
            gate = try peer.welcome()
        }
        try await loop.wait("joined again") { channel.isJoined }
        #expect(channel.session != nil)
        channel.leave()
    }

    @Test("an agent that closes, says nothing that is known, or gives no memory is an error with the step")
    func handshake() async throws {
        let agent = try FakeAgent(), loop = try TestLoop()
        func failure(_ answer: (FakeAgent.Peer) throws -> Void) async throws -> String {
            let joining = loop.join(agent)
            let peer = try agent.accept()
            try answer(peer)
            guard case .failure(let error) = try await joining.result() else { return "joined" }
            return "\(error)"
        }
        #expect(try await failure { $0.end() }.contains("closed the connection without an answer"))
        #expect(try await failure { $0.say(.refused("no such channel")) } == "the agent refuses: no such channel")
        #expect(try await failure { $0.say(.joined) }.contains("no memory"))
        #expect(try await failure { $0.write(Array("[]\n".utf8)) }.contains("not a JSON object"))
        #expect(try await failure { $0.say(.end(order: 1)) }.contains("neither accepts nor refuses"))
        #expect(
            try await failure { $0.write(Array(#"{"schema":"tickrun/join/9","kind":"joined"}"#.utf8) + [0x0A]) }
                .contains("tickrun/join/9"))
        // Memory of another kind.
        #expect(try await failure { $0.say(.joined, with: 0) }.contains("not sealed"))
        #expect(loop.runner.control.sessions.isEmpty)
    }

    @Test("without an agent there is none to join, and the remedy is named")
    func noAgent() async throws {
        let folder = try TemporaryFolder(), path = folder.path + "/none"
        let error = #expect(throws: StationError.self) { try Station(joining: path) }
        #expect("\(error!)".contains(path) && "\(error!)".contains("join_socket"))
        #expect(throws: StationError.self) { try Station(joining: String(repeating: "x", count: 200)) }
    }

    @Test("a program whose loop ends leaves")
    func loopEnds() async throws {
        let agent = try FakeAgent(), loop = try TestLoop()
        let (channel, peer, _) = try await Self.joined(agent, loop)
        peer.say(.session(order: 1, try TestLoop.order()))
        _ = try Self.began(peer)
        loop.runner.control.requestStop()
        #expect(try peer.read() == nil)
        channel.leave()
        #expect(channel.right == nil)
    }

    @Test("a handler may leave: the channel is off air from then on, and its session goes")
    func leavesInHandler() async throws {
        let agent = try FakeAgent(), loop = try TestLoop()
        let (channel, peer, gate) = try await Self.joined(agent, loop)
        try gate.publish(TestLoop.right(7))
        peer.say(.session(order: 1, try TestLoop.order()))
        _ = try Self.began(peer)
        try await loop.wait("on air") { loop.lastState == .onAir(fencingNumber: 7) }
        let plan = try SessionPlan(rate: .fps25, tickCount: 1)
        try loop.runner.control.add(SessionRequest(plan, handler: TickHandler { _ in channel.leave() }))
        #expect(try peer.read() == nil)
        try await loop.wait("gone") { channel.session == nil && channel.right == nil }
    }
}
