// Whether the kernel's stamps of received datagrams are of the clock that this process reads: a datagram is sent
// to ourselves, and its stamp has to lie between the readings before and after. A process whose CLOCK_REALTIME
// is shifted (a preloaded library does that) sees another clock than the kernel, and must not use its stamps.

internal import TickLinux
internal import TickTime

/// Asks again and again whether kernel stamps may be used.
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

    /// Something happened to our UTC: until the next check they are not believed.
    mutating func distrust() { areTrusted = false }

    mutating func check() {
        areTrusted = false
        guard let loopback else { return }
        // What somebody else sent there is no answer.
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
