import Foundation
import Glibc

/// Carries TCP connections to a server. Either direction can be cut or slowed.
///
/// What is sent while a direction is cut waits in the relay, and goes on when the direction is joined again, as bytes
/// that TCP repeats. So a request that its sender has given up may reach the server late.
public final class TCPRelay: @unchecked Sendable {
    /// A direction, or both.
    public struct Cut: OptionSet, Sendable {
        public let rawValue: Int
        public init(rawValue: Int) { self.rawValue = rawValue }
        public static let requests = Cut(rawValue: 1)
        public static let answers = Cut(rawValue: 2)
        public static let both: Cut = [.requests, .answers]
    }

    /// `127.0.0.1:PORT`, where the relay listens.
    public let address: String
    private let listener: Int32
    private let server: sockaddr_in
    private let condition = NSCondition()
    private var cut: Cut = []
    private var delay: Double = 0
    private var isStopped = false
    private var open: Set<Int32> = []
    private var count = 0

    /// - Parameter server: its IPv4 address and port.
    public init(to server: String) throws {
        self.server = try SocketAddress.parse(server)
        listener = try SocketAddress.bound(SOCK_STREAM)
        address = "127.0.0.1:\(SocketAddress.port(listener))"
        guard listen(listener, 64) == 0 else { throw SeededRelay.Failure(call: "listen", errno: errno) }
        Thread.detachNewThread { [self] in accept() }
    }

    /// How many connections were made.
    public var connections: Int { condition.withLock { count } }

    /// Sets which directions carry nothing, and by how much each direction delays.
    public func set(cut: Cut, delay: Duration = .zero) {
        condition.withLock {
            self.cut = cut
            self.delay = Double(delay.components.seconds) + Double(delay.components.attoseconds) / 1e18
            condition.broadcast()
        }
    }

    public func stop() {
        condition.withLock {
            isStopped = true
            // The threads that use them close them.
            for descriptor in open.union([listener]) { _ = shutdown(descriptor, Int32(SHUT_RDWR)) }
            condition.broadcast()
        }
    }

    private func accept() {
        while true {
            let client = Glibc.accept(listener, nil, nil)
            if client < 0, errno == EINTR || errno == ECONNABORTED { continue }
            guard client >= 0, !condition.withLock({ isStopped }) else { break }
            // Otherwise programs that start meanwhile would hold it.
            _ = fcntl(client, F_SETFD, FD_CLOEXEC)
            Thread.detachNewThread { [self] in carry(client) }
        }
        close(listener)
    }

    /// Carries one connection until both directions have ended.
    private func carry(_ client: Int32) {
        let upstream = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        let isNew = condition.withLock {
            open.formUnion([client, upstream])
            count += 1
            return !isStopped
        }
        var isOn: Int32 = 1
        for descriptor in [client, upstream] {
            _ = unsafe setsockopt(
                descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &isOn, socklen_t(MemoryLayout<Int32>.size))
        }
        if isNew, SocketAddress.connect(upstream, to: server) {
            let done = DispatchSemaphore(value: 0)
            Thread.detachNewThread { [self] in
                pump(from: upstream, to: client, .answers)
                done.signal()
            }
            pump(from: client, to: upstream, .requests)
            done.wait()
        }
        condition.withLock { open.subtract([client, upstream]) }
        close(client)
        close(upstream)
    }

    private func pump(from source: Int32, to target: Int32, _ direction: Cut) {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        while true {
            let read = unsafe bytes.withUnsafeMutableBytes { unsafe recv(source, $0.baseAddress, $0.count, 0) }
            if read < 0, errno == EINTR { continue }
            guard waitUntilOpen(direction), read > 0 else { break }
            var sent = 0
            while sent < read {
                let written = unsafe bytes.withUnsafeBytes {
                    unsafe send(target, $0.baseAddress! + sent, read - sent, Int32(MSG_NOSIGNAL))
                }
                if written < 0, errno == EINTR { continue }
                guard written > 0 else { break }
                sent += written
            }
            if sent < read { break }
        }
        // The other party sees the end.
        _ = shutdown(target, Int32(SHUT_WR))
        _ = shutdown(source, Int32(SHUT_RD))
    }

    /// Waits for the delay, and until the direction is not cut.
    ///
    /// - Returns: false if the relay was stopped.
    private func waitUntilOpen(_ direction: Cut) -> Bool {
        condition.withLock {
            let due = Date(timeIntervalSinceNow: delay)
            while !isStopped, delay > 0, Date() < due { _ = condition.wait(until: due) }
            while !isStopped, !cut.isDisjoint(with: direction) { condition.wait() }
            return !isStopped
        }
    }
}
