import ClusterClock
import Foundation
import Glibc
import TestSupport
import Testing
import ClusterLinux
import TickLinux
import TickTime
import TimeExchange

/// A real server: chronyd, which changes no clock (-x), on a port of loopback.
@Suite("The NTP client against chronyd", .serialized)
struct NTPClientTests {
    /// Asks until the server has begun.
    private static func measure(_ server: String) async throws -> NTPMeasurement {
        let found = try await waitFor(within: .seconds(10), every: .milliseconds(100)) {
            try? NTPClient.measure(server, timeout: .milliseconds(300))
        }
        // The last try says why there is none.
        return try found ?? NTPClient.measure(server, timeout: .milliseconds(300))
    }

    @Test(
        "a text that is no server's address is refused with the reason",
        arguments: [
            ("a:99999", "port 99999 is not from 1 to 65535"), ("a:0", "port 0 is not from 1 to 65535"),
            ("a:b", "write HOST:PORT"), (":1", "write HOST:PORT"), ("[::1]:70000", "port 70000 is not from 1 to"),
        ])
    func form(text: String, reason: String) {
        let failure = #expect(throws: SocketAddress.Failure.self) {
            try SocketAddress.checkForm(text, standardPort: NTPClient.port)
        }
        #expect(failure?.description.hasPrefix("'\(text)': ") == true)
        #expect(failure?.description.contains(reason) == true, "\(failure?.description ?? "")")
    }

    @Test("a name without an address is told from a text that is no address")
    func unknownName() {
        let failure = #expect(throws: SocketAddress.Failure.self) { try SocketAddress("no such name:1") }
        #expect(failure?.reason.contains("the name has no address") == true, "\(failure?.description ?? "")")
        #expect(failure?.reason.hasSuffix("check DNS") == true)
    }

    @Test(
        "a server on this host's own clock is not ahead of it, within a bound of milliseconds", .timeLimit(.minutes(1)),
        .requires(.chronyd))
    func measured() async throws {
        let server = try ChronyServer("local stratum 5")
        defer { server.end() }
        let measured = try await Self.measure(server.address)
        #expect(measured.reference.stratum == 5)
        // It follows only this host's clock, which is no evidence about UTC.
        #expect(measured.statement.interval == nil && measured.statement.provenance.name == "unreferenced")
        #expect(measured.offset.magnitude <= measured.bound)
        #expect(measured.bound < .milliseconds(50))
    }

    @Test("a server that reports that it has no time is refused", .timeLimit(.minutes(1)), .requires(.chronyd))
    func unsynchronized() async throws {
        let server = try ChronyServer("")
        defer { server.end() }
        let failure = await #expect(throws: NTPFailure.self) { try await Self.measure(server.address) }
        switch failure {
        case .refused(_, .unsynchronized), .refused(_, .kiss): break
        default: Issue.record("\(String(describing: failure))")
        }
    }

    @Test(
        "of a server that is 250 ms ahead, chrony's own query and ours say the same, within the bound",
        .timeLimit(.minutes(3)), .requires(.chronyd))
    func compared() async throws {
        // chronyd cannot be set ahead. But it follows our server that is ahead, and serves that time.
        let source = try LyingServer(ahead: .milliseconds(250))
        defer { source.stop() }
        let server = try ChronyServer("server 127.0.0.1 port \(source.port) iburst minpoll 0 maxpoll 0")
        defer { server.end() }
        let ours = try await waitFor(every: .milliseconds(100)) {
            try? NTPClient.measure(server.address, timeout: .milliseconds(300))
        }
        let measured = try #require(ours, "\(server.log)")
        let query = try await RunProcess(
            ChronyServer.path, ["-Q", "-t", "20", "server 127.0.0.1 port \(server.port) iburst maxsamples 2"]
        ).run()
        // "System clock wrong by 0.250012 seconds (ignored)"
        let text = query.standardOutput + query.standardError
        let line = try #require(text.split(separator: "\n").first { $0.contains("System clock wrong by") }, "\(text)")
        let words = line.split(separator: " ")
        let place = try #require(words.firstIndex(of: "by"))
        let theirs = try #require(Double(words[place + 1]))
        #expect(abs(theirs - 0.25) < 0.05 && (measured.offset - .milliseconds(250)).magnitude < .milliseconds(50))
        // chrony gives no bound. If ours holds, the two results differ by at most twice our bound.
        let apart = abs(theirs - Double(measured.offset.count) / 1e9)
        #expect(apart < 2 * Double(measured.bound.count) / 1e9 + 0.001, "\(theirs) s and \(measured)")
    }

    @Test("a dead server times out in 2 s, and an invalid address is refused")
    func dead() throws {
        // A bound socket that never answers.
        let silent = try UDPSocket(boundTo: SocketAddress("127.0.0.1:0"))
        let begin = ContinuousClock.now
        let failure = #expect(throws: NTPFailure.self) { try NTPClient.measure("127.0.0.1:\(silent.port)") }
        let took = ContinuousClock.now - begin
        #expect(took >= .seconds(2) && took < .seconds(4))
        guard case .timeout = failure else {
            Issue.record("\(String(describing: failure))")
            return
        }
        #expect(failure?.description.contains("2000 ms") == true)
        #expect(throws: NTPFailure.self) { try NTPClient.measure("127.0.0.1:ntp-port") }
    }
}

@Suite("The NTP client against servers that lie", .serialized)
struct LyingServerTests {
    /// One lie, and the reason for which it is refused.
    struct Lie: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let change: @Sendable (inout NTPPacket) -> Void
        let refusal: @Sendable (NTPRefusal) -> Bool
    }

    static let lies = [
        Lie(testDescription: "mode", change: { $0.mode = 3 }, refusal: { $0 == .mode(3) }),
        Lie(testDescription: "version", change: { $0.version = 7 }, refusal: { $0 == .version(7) }),
        Lie(testDescription: "leap indicator", change: { $0.leapIndicator = 3 }, refusal: { $0 == .unsynchronized }),
        Lie(
            testDescription: "stratum", change: { $0.stratum = 16 },
            refusal: { $0 == .stratum(16) || $0 == .unsynchronized }),
        Lie(
            testDescription: "kiss",
            change: {
                $0.stratum = 0
                $0.referenceID = 0x4445_4E59
            }, refusal: { $0 == .kiss("DENY") }),
        Lie(testDescription: "origin", change: { $0.origin = NTPTimestamp(rawValue: 5) }, refusal: { $0 == .origin }),
        Lie(
            testDescription: "no receive time", change: { $0.receive = NTPTimestamp(rawValue: 0) },
            refusal: { if case .zeroTime = $0 { true } else { false } }),
        Lie(
            testDescription: "no transmit time", change: { $0.transmit = NTPTimestamp(rawValue: 0) },
            refusal: { if case .zeroTime = $0 { true } else { false } }),
        Lie(
            testDescription: "sent before it was received",
            change: { $0.transmit = NTPTimestamp(rawValue: $0.receive.rawValue - 1 << 32) },
            refusal: { $0 == .receivedAfterSent }),
        Lie(
            testDescription: "held for longer than it was away",
            change: { $0.transmit = NTPTimestamp(rawValue: $0.receive.rawValue + 3 << 32) },
            refusal: { if case .held = $0 { true } else { false } }),
        Lie(
            testDescription: "root delay", change: { $0.rootDelay = 9 << 16 },
            refusal: { if case .rootDistance = $0 { true } else { false } }),
        Lie(
            testDescription: "root dispersion", change: { $0.rootDispersion = 9 << 16 },
            refusal: { if case .rootDistance = $0 { true } else { false } }),
        Lie(
            testDescription: "set after it was sent",
            change: { $0.reference = NTPTimestamp(rawValue: $0.transmit.rawValue + 60 << 32) },
            refusal: { $0 == .referenceAfterSent }),
    ]

    @Test("a lie in any field is refused, with its reason", arguments: lies)
    func refused(_ lie: Lie) throws {
        let server = try LyingServer { packet, _ in
            var packet = packet
            lie.change(&packet)
            return packet.encoded
        }
        defer { server.stop() }
        let failure = #expect(throws: NTPFailure.self) {
            try NTPClient.measure("127.0.0.1:\(server.port)", count: 1, timeout: .milliseconds(500))
        }
        guard case .refused(_, let reason) = failure else {
            Issue.record("\(String(describing: failure))")
            return
        }
        #expect(lie.refusal(reason), "\(reason)")
    }

    @Test("a truncated reply is refused; a true one is accepted")
    func whole() throws {
        let cut = try LyingServer { packet, _ in Array(packet.encoded.prefix(47)) }
        defer { cut.stop() }
        let failure = #expect(throws: NTPFailure.self) {
            try NTPClient.measure("127.0.0.1:\(cut.port)", count: 1, timeout: .milliseconds(500))
        }
        guard case .refused(_, .length(47)) = failure else {
            Issue.record("\(String(describing: failure))")
            return
        }
        let good = try LyingServer(ahead: .milliseconds(-40))
        defer { good.stop() }
        let measured = try NTPClient.measure("127.0.0.1:\(good.port)")
        #expect((measured.offset + .milliseconds(40)).magnitude <= measured.bound)
    }
}
