internal import CLinuxShims
internal import Glibc
public import TickLinux
public import TickTime

/// A host and a port, of IPv4 or IPv6.
public struct SocketAddress: @unchecked Sendable, CustomStringConvertible {
    /// As it was written.
    public let description: String
    var raw: shim_address

    /// Why a text is not an address.
    public struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
        public let text: String
        public let reason: String
        public var description: String { "'\(text)': \(reason)" }
    }

    /// Reads `192.0.2.1:7000`, `[2001:db8::1]:7000`, or a name and a port. A name is resolved now.
    ///
    /// - Parameters:
    ///   - standardPort: the port if the text has none.
    ///   - isNumeric: whether names are refused.
    /// - Throws: `Failure`.
    public init(_ text: String, standardPort: UInt16? = nil, isNumeric: Bool = false) throws(Failure) {
        let (host, port) = try Self.split(text, standardPort)
        var raw = shim_address()
        let error = unsafe shim_resolve(host, port, isNumeric ? 1 : 0, &raw)
        guard error == 0 else {
            let why = unsafe String(cString: shim_resolve_error(error))
            throw Failure(
                text: text,
                reason: isNumeric
                    ? "it is not an address in numbers (\(why))" : "the name has no address (\(why)); check DNS")
        }
        self.raw = raw
        description = text
    }

    /// Checks the form of a server's address, and resolves no name.
    ///
    /// - Throws: `Failure`.
    package static func checkForm(_ text: String, standardPort: UInt16) throws(Failure) {
        let (_, port) = try split(text, standardPort)
        guard UInt16(port) != 0 else { throw outOfRange(text, port) }
    }

    private static func outOfRange(_ text: String, _ port: String) -> Failure {
        Failure(text: text, reason: "port \(port) is not from 1 to 65535")
    }

    private static func split(_ text: String, _ standardPort: UInt16?) throws(Failure) -> (host: String, port: String) {
        var (host, port) = (text, standardPort.map { "\($0)" })
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            host = String(text[text.index(after: text.startIndex)..<end])
            let rest = text[text.index(after: end)...]
            if rest.hasPrefix(":") { port = String(rest.dropFirst()) }
        } else if let colon = text.lastIndex(of: ":"), text.firstIndex(of: ":") == colon {
            host = String(text[..<colon])
            port = String(text[text.index(after: colon)...])
        }
        guard let port, !port.isEmpty, port.utf8.allSatisfy({ (0x30...0x39).contains($0) }), !host.isEmpty else {
            throw Failure(
                text: text,
                reason: "it is not an address; write HOST:PORT, with an IPv6 host in brackets: [::1]:7000")
        }
        guard UInt16(port) != nil else { throw outOfRange(text, port) }
        return (host, port)
    }

    /// The address and the port as numbers: `192.0.2.1:123`, `[2001:db8::1]:123`.
    public var numericText: String {
        var raw = raw
        var text = [CChar](repeating: 0, count: 1_100)
        let error = unsafe text.withUnsafeMutableBufferPointer { buffer in
            unsafe shim_address_text(&raw, buffer.baseAddress, buffer.count)
        }
        guard error == 0 else { return description }
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Whether both are the same host and port.
    func isSame(as other: SocketAddress) -> Bool {
        var (a, b) = (raw, other.raw)
        return unsafe shim_same_address(&a, &b) != 0
    }
}

/// A UDP socket that never blocks.
public struct UDPSocket: ~Copyable {
    let descriptor: Int32

    /// - Parameter address: the address to bind to.
    /// - Throws: `SystemError`.
    public init(boundTo address: SocketAddress) throws(SystemError) {
        var raw = address.raw
        descriptor = unsafe shim_udp_open(&raw, 1)
        guard descriptor >= 0 else {
            throw SystemError(call: "bind", subject: address.description, errno: -descriptor)
        }
    }

    /// A socket of the family of `address` on any port, for requests to that address.
    ///
    /// - Throws: `SystemError`.
    public init(toward address: SocketAddress) throws(SystemError) {
        var raw = address.raw
        descriptor = unsafe shim_udp_open(&raw, 0)
        guard descriptor >= 0 else {
            throw SystemError(call: "socket", subject: address.description, errno: -descriptor)
        }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// The port that it is bound to.
    public var port: UInt16 { UInt16(clamping: shim_udp_port(descriptor)) }

    /// Sends a datagram.
    ///
    /// - Throws: `SystemError`: for example if the host is down or unreachable.
    public func send(_ bytes: [UInt8], to address: SocketAddress) throws(SystemError) {
        var raw = address.raw
        let error = unsafe bytes.withUnsafeBytes { unsafe shim_udp_send(descriptor, $0.baseAddress, $0.count, &raw) }
        if error != 0 { throw SystemError(call: "sendto", subject: address.description, errno: error) }
    }

    /// A received datagram, with its sender.
    public struct Datagram: Sendable {
        /// The data, up to the buffer's size. `length` is the full length.
        public static let capacity = 512
        public let bytes: [UInt8]
        public let length: Int
        public let from: SocketAddress
        /// When the kernel received it, in CLOCK_REALTIME; `nil` if the kernel gives no stamp.
        public let stamp: UTCInstant?
    }

    /// The next datagram; `nil` if there is none.
    ///
    /// - Throws: `SystemError`. The refusal of an earlier datagram (ECONNREFUSED) is not an error here.
    public func receive() throws(SystemError) -> Datagram? {
        while true {
            var raw = shim_address()
            var (count, stamp) = (0, Int64.min)
            let bytes = unsafe [UInt8](unsafeUninitializedCapacity: Datagram.capacity) { buffer, filled in
                unsafe count = shim_udp_receive(descriptor, buffer.baseAddress, Datagram.capacity, &raw, &stamp)
                filled = max(0, min(count, Datagram.capacity))
            }
            if count >= 0 {
                return Datagram(
                    bytes: bytes, length: count, from: SocketAddress(raw),
                    stamp: stamp == .min ? nil : UTCInstant(nanoseconds: stamp))
            }
            if -count == Int(EAGAIN) { return nil }
            if -count == Int(EINTR) || -count == Int(ECONNREFUSED) { continue }
            throw SystemError(call: "recvfrom", errno: Int32(-count))
        }
    }

    /// Waits until a datagram has come, or `other` is readable.
    ///
    /// - Returns: whether a datagram has come, and whether `other` is readable.
    func wait(milliseconds: Int32, or other: Int32 = -1) -> (datagram: Bool, other: Bool) {
        let bits = shim_wait_readable(descriptor, other, milliseconds)
        return bits < 0 ? (false, false) : (bits & 1 != 0, bits & 2 != 0)
    }
}

extension SocketAddress {
    fileprivate init(_ raw: shim_address) {
        self.raw = raw
        description = "a sender"
    }
}

/// The kernel's random numbers.
public enum HostRandom {
    /// - Precondition: the kernel's generator is ready, which it is from early in the boot.
    static func number() -> UInt64 {
        var number: UInt64 = 0
        let error = unsafe shim_random(&number, 8)
        precondition(error == 0, "getrandom: errno \(error)")
        return number
    }

    /// Random bytes, for keys.
    public static func bytes(_ count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let error = unsafe bytes.withUnsafeMutableBytes { unsafe shim_random($0.baseAddress, $0.count) }
        precondition(error == 0, "getrandom: errno \(error)")
        return bytes
    }
}
