import Foundation
import Glibc

/// A port on loopback that neither accepts a connection nor refuses one, as a host whose packets are lost: its queue of
/// connections is full, so the kernel drops each further request.
public final class SilentListener: Sendable {
    public let url: String
    private let descriptors: [Int32]

    public init() throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let size = length
        var all = [listener]
        let isBound = unsafe withUnsafeMutableBytes(of: &address) { bytes in
            let pointer = unsafe bytes.baseAddress!.assumingMemoryBound(to: sockaddr.self)
            guard unsafe bind(listener, pointer, size) == 0, listen(listener, 0) == 0,
                unsafe getsockname(listener, pointer, &length) == 0
            else { return false }
            // More than a queue of length 0 holds.
            for _ in 0..<8 {
                let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
                let client = socket(AF_INET, kind, 0)
                _ = unsafe connect(client, pointer, size)
                all.append(client)
            }
            return true
        }
        guard isBound else { throw POSIXError(.EADDRINUSE) }
        url = "http://127.0.0.1:\(UInt16(bigEndian: address.sin_port))"
        descriptors = all
    }

    deinit { for descriptor in descriptors { close(descriptor) } }
}
