import Foundation
import Glibc
import TestSupport
import Testing
import TickLinux
import TickTime
import TimeExchange

/// A real server: chronyd, which changes no clock (-x), on a port of loopback.
@Suite("The NTP client against chronyd", .serialized)
struct NTPClientTests {
    private static func withServer<Value>(
        _ lines: String, _ body: (UInt16) async throws -> Value
    ) async throws -> Value {
        let folder = FileManager.default.temporaryDirectory.appending(path: "tick-chrony-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let port = UInt16.random(in: 20_000...40_000)
        let configuration = """
            port \(port)
            bindaddress 127.0.0.1
            allow 127.0.0.1
            cmdport 0
            pidfile \(folder.path)/pid
            \(lines)

            """
        let file = folder.appending(path: "chrony.conf")
        try Data(configuration.utf8).write(to: file)
        // Ended by its own pid file, and at the latest by its time limit.
        let server = RunProcess("/usr/bin/timeout", ["50", "/usr/sbin/chronyd", "-x", "-d", "-U", "-f", file.path])
        async let ended = server.run()
        let result: Result<Value, any Error>
        do { result = .success(try await body(port)) } catch { result = .failure(error) }
        let pid = (try? String(contentsOf: folder.appending(path: "pid"), encoding: .utf8))
            .flatMap { Int32($0.filter(\.isNumber)) }
        // Whoever started the tests may have blocked SIGTERM, and a child inherits that.
        if let pid { kill(pid, SIGKILL) }
        let end = try await ended
        if pid == nil {
            Issue.record("chronyd did not begin: \(end.standardError); install it: apt-get install chrony")
        }
        return try result.get()
    }

    /// Asks until the server has begun.
    private static func measure(_ port: UInt16) async throws -> NTPMeasurement {
        var last: (any Error)?
        for _ in 0..<50 {
            do { return try NTPClient.measure("127.0.0.1:\(port)", timeout: .milliseconds(300)) } catch { last = error }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw last ?? NTPFailure.timeout(server: "chronyd", after: .zero)
    }

    @Test(
        "a server on this host's own clock is not ahead of it, within a bound of milliseconds", .timeLimit(.minutes(1)))
    func measured() async throws {
        try await Self.withServer("local stratum 5") { port in
            let measured = try await Self.measure(port)
            #expect(measured.stratum == 5)
            #expect(measured.offset.magnitude <= measured.bound)
            #expect(measured.bound < .milliseconds(50))
        }
    }

    @Test("a server that has no time says so, and is refused", .timeLimit(.minutes(1)))
    func unsynchronized() async throws {
        try await Self.withServer("") { port in
            let failure = await #expect(throws: NTPFailure.self) { try await Self.measure(port) }
            guard case .refused(_, .unsynchronized) = failure else {
                guard case .refused(_, .kiss) = failure else {
                    Issue.record("\(String(describing: failure))")
                    return
                }
                return
            }
        }
    }

    @Test("a server that is dead times out when it was told to, and one that is none is refused by its address")
    func dead() throws {
        // A socket that is bound and never answers.
        let silent = try UDPSocket(boundTo: SocketAddress("127.0.0.1:0"))
        let begin = ContinuousClock.now
        let failure = #expect(throws: NTPFailure.self) {
            try NTPClient.measure("127.0.0.1:\(silent.port)", timeout: .milliseconds(200))
        }
        #expect(ContinuousClock.now - begin < .seconds(2))
        guard case .timeout = failure else {
            Issue.record("\(String(describing: failure))")
            return
        }
        #expect(throws: NTPFailure.self) { try NTPClient.measure("127.0.0.1:ntp-port") }
    }
}
