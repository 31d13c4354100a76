// Checks whether the kernel stamps received datagrams with the clock that this process reads. The node sends a
// datagram to itself, and its stamp must lie between the readings before and after. A process whose CLOCK_REALTIME is
// shifted (by a preloaded library) sees another clock than the kernel, and must not use the kernel's stamps.

internal import TickLinux
internal import TickTime

/// Checks repeatedly whether kernel stamps may be used.
struct KernelStamps {
    private final class Loopback {
        let socket: UDPSocket
        let address: SocketAddress

        init() throws {
            socket = try UDPSocket(boundTo: SocketAddress("127.0.0.1:0", isNumeric: true))
            address = try SocketAddress("127.0.0.1:\(socket.port)", isNumeric: true)
        }
    }

    private let loopback = try? Loopback()
    private(set) var areTrusted = false

    init() { check() }

    /// Stops the use of kernel stamps until the next check, because our UTC was disturbed.
    mutating func distrust() { areTrusted = false }

    mutating func check() {
        areTrusted = false
        guard let loopback else { return }
        // A datagram from another sender is not an answer.
        while let datagram = try? loopback.socket.receive() { _ = datagram }
        let nonce = HostRandom.bytes(8)
        let before = HostClock.utc()
        guard (try? loopback.socket.send(nonce, to: loopback.address)) != nil,
            loopback.socket.wait(milliseconds: 5).datagram, let datagram = try? loopback.socket.receive(),
            datagram.bytes == nonce, let stamp = datagram.stamp
        else { return }
        areTrusted = before <= stamp && stamp <= HostClock.utc()
    }
}
