import Foundation
import Glibc

/// Sockets of IPv4 on loopback.
enum SocketAddress {
    /// `127.0.0.1:7000`.
    static func parse(_ text: String) throws -> sockaddr_in {
        let parts = text.split(separator: ":")
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        guard parts.count == 2, let port = UInt16(parts[1]),
            unsafe inet_pton(AF_INET, String(parts[0]), &address.sin_addr) == 1
        else { throw SeededRelay.Failure(call: "inet_pton \(text)", errno: EINVAL) }
        address.sin_port = port.bigEndian
        return address
    }

    /// A new socket at a port; 0: one that the kernel chooses.
    static func bound(_ kind: __socket_type, port: UInt16 = 0) throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(kind.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw SeededRelay.Failure(call: "socket", errno: errno) }
        var own = try parse("127.0.0.1:\(port)")
        let result = unsafe withUnsafePointer(to: &own) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else {
            let failure = SeededRelay.Failure(call: "bind", errno: errno)
            close(descriptor)
            throw failure
        }
        return descriptor
    }

    static func connect(_ descriptor: Int32, to address: sockaddr_in) -> Bool {
        var address = address
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }

    static func port(_ descriptor: Int32) -> UInt16 {
        var own = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = unsafe withUnsafeMutablePointer(to: &own) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe getsockname(descriptor, $0, &length)
            }
        }
        return UInt16(bigEndian: own.sin_port)
    }
}
