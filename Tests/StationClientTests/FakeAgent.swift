import Foundation
import Glibc
import TestSupport
import Testing
import TickLinux
import TickScheduling
import TickTime

@testable import StationClient

/// An agent's end of the socket, which says what a test wants.
final class FakeAgent: @unchecked Sendable {
    private let folder: TemporaryFolder
    let path: String
    private let listener: Int32

    init() throws {
        folder = try TemporaryFolder()
        path = folder.path + "/j"
        listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: Array(path.utf8) + [0]) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let isBound = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe bind(listener, $0, size) == 0 }
        }
        try #require(isBound && listen(listener, 8) == 0)
    }

    deinit { close(listener) }

    /// The next program that says something; those that only look are passed over.
    func accept(within seconds: Double = 60) throws -> Peer {
        let end = ContinuousClock.now + .seconds(seconds)
        while ContinuousClock.now < end {
            var look = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
            guard unsafe poll(&look, 1, 100) > 0 else { continue }
            let descriptor = Glibc.accept(listener, nil, nil)
            guard descriptor >= 0 else { continue }
            _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
            let peer = Peer(descriptor)
            if let message = try peer.read() {
                peer.first = message
                return peer
            }
        }
        throw NoProgram()
    }

    struct NoProgram: Error {}

    /// A program's connection.
    final class Peer {
        var connection: JoinConnection?
        var page: SharedPage?
        var first: ProgramMessage?
        private var waiting: [[UInt8]] = []

        init(_ descriptor: Int32) { connection = JoinConnection(descriptor) }

        var descriptor: Int32 { connection?.descriptor ?? -1 }

        /// The next message; `nil` at the end.
        func read(within seconds: Double = 60) throws -> ProgramMessage? {
            let end = ContinuousClock.now + .seconds(seconds)
            while ContinuousClock.now < end {
                if !waiting.isEmpty { return try ProgramMessage(line: waiting.removeFirst()) }
                connection?.wait(100)
                let (lines, isOver) = connection?.receive() ?? ([], true)
                waiting += lines
                if isOver, waiting.isEmpty { return nil }
            }
            throw NoProgram()
        }

        func say(_ message: AgentMessage, with descriptor: Int32 = -1) {
            _ = connection?.send(message.line, with: descriptor)
        }

        /// Accepts the program, with memory for a right.
        @discardableResult
        func welcome() throws -> OnAirGate {
            let made = try SharedPage()
            page = made
            say(.joined, with: made.descriptor)
            return OnAirGate(made)
        }

        /// Writes all of it, as fast as the program reads, unless the program has closed the connection.
        func write(_ bytes: [UInt8]) {
            var rest = bytes[...]
            while !rest.isEmpty {
                let sent = unsafe rest.withUnsafeBytes {
                    unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                if sent > 0 {
                    rest = rest.dropFirst(sent)
                    continue
                }
                var room = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                guard errno == EAGAIN, unsafe poll(&room, 1, 60_000) > 0 else { return }
            }
        }

        func end() { connection = nil }
    }
}

/// A running loop, and what it delivers.
final class TestLoop: Sendable {
    final class Seen: LoopObserver {
        let ticks = Log<Tick>()
        func delivered(_ record: TickRecord) { ticks.append(record.tick) }
    }

    let seen = Seen()
    let runner: TickRunner
    let events = Log<StationChannel.Event>()

    init() throws {
        runner = try TickRunner.start(
            [],
            options: TickRunnerOptions(
                loop: TickLoopOptions(
                    wait: .sleep, ringCapacity: 1_024, spareSessions: 4, spareBlocks: 64, endsWhenIdle: false)),
            observer: seen)
    }

    deinit {
        runner.control.requestStop()
        _ = runner.wait()
    }

    /// A program that joins on a thread of its own, because the agent is the test.
    struct Joining {
        fileprivate let results = Log<Result<StationChannel, StationError>>()

        func get() async throws -> StationChannel { try await result().get() }

        func result() async throws -> Result<StationChannel, StationError> {
            guard let result = try await waitFor({ results.entries.first }) else { throw FakeAgent.NoProgram() }
            return result
        }
    }

    func join(_ agent: FakeAgent, options: StationChannel.Options = StationChannel.Options()) -> Joining {
        let joining = Joining(), results = joining.results, events = events
        let (path, control) = (agent.path, runner.control)
        Thread {
            do throws(StationError) {
                let station = try Station(joining: path)
                results.append(
                    .success(
                        try station.join("one", loop: control, options: options, tell: { events.append($0) })))
            } catch {
                results.append(.failure(error))
            }
        }.start()
        return joining
    }

    /// An order for a session whose tick 0 was due an hour ago.
    static func order(_ rate: FrameRate = .fps25, blocks: [Block] = []) throws -> OrderedSession {
        let boot = HostClock.boot(), utc = HostClock.utc(), hour = Nanoseconds.seconds(3_600)
        // By an agent whose TAI is a second off what this process would say.
        let tai = TAIInstant(nanoseconds: utc.nanoseconds + 38_000_000_000) -| hour
        return OrderedSession(
            rate: rate, grid: try GridPhase(tick: 0, tai: tai), due: boot -| hour,
            planStart: blocks.isEmpty ? nil : utc, blocks: blocks)
    }

    static func right(_ number: Int64, for length: Nanoseconds = .seconds(3_600)) -> AirRight {
        AirRight(firstTick: 0, tickCeiling: .max, validUntil: HostClock.boot() +| length, fencingNumber: number)
    }

    func wait(_ what: String, within seconds: Double = 60, _ holds: () -> Bool) async throws {
        #expect(try await waitUntil(within: .seconds(seconds)) { holds() }, "\(what): \(events.entries)")
    }

    var lastState: AirState? { seen.ticks.entries.last?.air }
}
