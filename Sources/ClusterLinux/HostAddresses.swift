internal import CLinuxShims
package import ClusterClock
internal import MessageDigest
internal import TickLinux

/// The addresses of this host's interfaces.
package enum HostAddresses {
    /// The most addresses; any others are left out.
    private static let limit = 1_024

    /// The NTP reference identifiers of this host (RFC 5905, 7.3): its IPv4 addresses, and the first four bytes of
    /// the MD5 of its IPv6 addresses. Empty if the kernel does not list the addresses. The corresponding C function
    /// is `getifaddrs`.
    package static func references() -> OwnReferences {
        var list = [shim_own_address](repeating: shim_own_address(), count: limit)
        let count = unsafe list.withUnsafeMutableBufferPointer { buffer in
            unsafe shim_own_addresses(buffer.baseAddress, Int32(buffer.count))
        }
        var ids: Set<UInt32> = []
        for address in list.prefix(max(0, Int(count))) {
            let bytes = unsafe withUnsafeBytes(of: address.bytes) { unsafe Array($0.prefix(Int(address.length))) }
            ids.insert(reference(of: bytes))
        }
        return OwnReferences(ids)
    }

    /// The identifier of an address of 4 bytes (IPv4) or 16 bytes (IPv6).
    static func reference(of address: [UInt8]) -> UInt32 {
        let bytes = address.count == 4 ? address : MD5.digest(of: address)
        return bytes.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    }
}
