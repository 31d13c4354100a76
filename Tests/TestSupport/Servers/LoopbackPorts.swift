import Glibc
import Synchronization

/// Ports of loopback for servers that are told their port before they start.
///
/// They lie below the range from which Linux takes the ports of outgoing connections and of sockets that are bound to
/// port 0, so no other socket of a test gets one of them by chance. This process gives none twice, until it has given
/// all, and each was free for TCP and UDP when it was given.
public enum LoopbackPorts {
    /// `ip_local_port_range` begins at 32 768 by default.
    static let range: Range<UInt16> = 10_000..<32_000

    private static let next = Mutex<UInt16>(.random(in: range))

    /// A port that is free.
    public static func one() -> UInt16 { row(of: 1) }

    /// The first of `count` ports, one after the other, all free.
    public static func row(of count: Int) -> UInt16 {
        precondition(count > 0 && count < range.count / 2)
        return next.withLock { next in
            for _ in range {
                if Int(next) + count > Int(range.upperBound) { next = range.lowerBound }
                let first = next
                let taken = (first..<first + UInt16(count)).last { !isFree($0) }
                next = (taken ?? first + UInt16(count) - 1) + 1
                if taken == nil { return first }
            }
            fatalError("no \(count) free ports of loopback in \(range)")
        }
    }

    private static func isFree(_ port: UInt16) -> Bool {
        for kind in [SOCK_STREAM, SOCK_DGRAM] {
            guard let socket = try? SocketAddress.bound(kind, port: port) else { return false }
            close(socket)
        }
        return true
    }
}
