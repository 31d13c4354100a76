import Foundation
import Glibc
import TestSupport
import TickTime
import TimeExchange

@testable import ClusterLinux
@testable import TickLinux

/// An NTP server of the test's own, whose replies are what a body makes of good ones.
final class LyingServer: @unchecked Sendable {
    let port: UInt16
    private let lock = NSLock()
    private var isStopped = false
    private let done = DispatchSemaphore(value: 0)

    /// - Parameters:
    ///   - ahead: the server's time − the host's.
    ///   - lie: what becomes of a reply; `nil` answers nothing.
    init(
        ahead: Nanoseconds = .zero,
        _ lie: @escaping @Sendable (NTPPacket, UInt64) -> [UInt8]? = { packet, _ in packet.encoded }
    ) throws {
        let socket = try UDPSocket(boundTo: SocketAddress("127.0.0.1:0"))
        port = socket.port
        let place = Holder(socket)
        Thread.detachNewThread { [self] in
            place.withSocket { serve($0, ahead, lie) }
            done.signal()
        }
    }

    func stop() {
        lock.withLock { isStopped = true }
        done.wait()
    }

    private final class Holder: @unchecked Sendable {
        private let socket: UDPSocket
        init(_ socket: consuming UDPSocket) { self.socket = socket }
        func withSocket(_ body: (borrowing UDPSocket) -> Void) { body(socket) }
    }

    private func serve(
        _ socket: borrowing UDPSocket, _ ahead: Nanoseconds, _ lie: (NTPPacket, UInt64) -> [UInt8]?
    ) {
        while !lock.withLock({ isStopped }) {
            guard socket.wait(milliseconds: 20).datagram, let datagram = try? socket.receive(),
                let request = try? NTPPacket(datagram.bytes.span)
            else { continue }
            let now = HostClock.utc() + ahead
            var reply = NTPPacket(request: 0)
            (reply.mode, reply.stratum, reply.precision, reply.poll) = (4, 1, -20, request.poll)
            (reply.rootDelay, reply.rootDispersion, reply.referenceID) = (1 << 6, 1 << 6, 0x5445_5354)
            reply.reference = NTPTimestamp(now - .seconds(10))
            reply.origin = request.transmit
            (reply.receive, reply.transmit) = (NTPTimestamp(now), NTPTimestamp(now + .microseconds(5)))
            if let bytes = lie(reply, request.transmit.rawValue) { try? socket.send(bytes, to: datagram.from) }
        }
    }
}
