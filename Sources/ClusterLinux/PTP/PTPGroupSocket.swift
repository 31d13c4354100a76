// Hears the general messages of PTP, 224.0.1.129 at UDP port 320, beside a ptp4l on the same host.
//
// The kernel hands a datagram for a group to every socket that is bound to its port and has joined the group where it
// came in, so neither program takes anything from the other. Both must have set SO_REUSEADDR, as linuxptp does. A
// datagram for the host alone goes to one socket only; this one is bound to the group and so never gets it.
//
// The socket sends nothing. Its joins make the host answer queries for the group (IGMP), so that switches pass it on.

internal import CLinuxShims
internal import ClusterClock
internal import Glibc
public import TickLinux
public import TickTime
internal import TimeExchange

/// Why the group cannot be heard.
public enum PTPGroupFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// The port is not this program's to open, or another program has it for itself.
    case port(SystemError)
    /// There is no interface of this name.
    case interface(String)
    /// The host has no interface that is up and receives multicast.
    case noInterface
    /// The group cannot be joined on any of the interfaces; the error of the first.
    case join(SystemError)
    /// Datagrams cannot be received.
    case receive(SystemError)

    public var description: String {
        switch self {
        case .port(let error) where error.isPermission:
            "\(PTPGroupSocket.place): \(error.reason); run as root, give the program CAP_NET_BIND_SERVICE, or set "
                + "net.ipv4.ip_unprivileged_port_start to at most \(PTPGroupSocket.port)"
        case .port(let error) where error.isAddressInUse:
            "\(PTPGroupSocket.place): another program has the port without sharing it (SO_REUSEADDR); 'ss -ulnp "
                + "sport = :\(PTPGroupSocket.port)' names it"
        case .port(let error): "\(PTPGroupSocket.place): \(error.call): \(error.reason)"
        case .interface(let name): "this host has no interface '\(name)'; 'ip link' lists them"
        case .noInterface:
            "no interface of this host is up and receives multicast; set one up: ip link set NAME up multicast on"
        case .join(let error):
            "interface \(error.subject) cannot join \(PTPGroupSocket.group): \(error.reason); check that it is up and "
                + "receives multicast ('ip link')"
        case .receive(let error): "\(PTPGroupSocket.place): \(error.call): \(error.reason)"
        }
    }

    /// Whether a privilege is missing.
    public var isPermission: Bool { if case .port(let error) = self { error.isPermission } else { false } }
}

/// A socket for the general messages of PTP that come by multicast over IPv4. It never blocks.
public struct PTPGroupSocket: ~Copyable {
    public static let group = "224.0.1.129"
    public static let port: UInt16 = 320
    fileprivate static let place = "UDP port \(port) of \(group)"

    private static let address: UInt32 = 0xE000_0181
    /// More than the MTU of most networks; PTP's messages are far shorter.
    private static let capacity = 1_500
    /// What the kernel keeps for this program: what 100 slaves cause in a second, or more.
    private static let queueBytes: Int32 = 1 << 18
    /// The kernel's standard limit of memberships (net.ipv4.igmp_max_memberships).
    private static let interfaceLimit = 20

    private let descriptor: Int32
    /// The names of the interfaces on which the group is joined.
    public let interfaces: [String]
    /// How many datagrams the kernel dropped because this program did not take them in time.
    public private(set) var lost: UInt32 = 0
    /// A reading before the socket was last found empty.
    private var empty: HostReading

    /// A datagram.
    public struct Datagram: Sendable {
        /// At most 1 500 bytes.
        public let bytes: [UInt8]
        /// How long it was.
        public let length: Int
        /// When it came, in BOOTTIME. While this process was stopped, datagrams waited; the kernel's stamp says how
        /// long, unless UTC was set meanwhile. Without a stamp, or then: when it was read.
        public let arrived: BootInstant
        /// The interface at which it came in; `nil` if the kernel does not say, or the interface has gone.
        public let interface: String?
    }

    /// - Parameter interface: the only interface to listen at; `nil`: all that are up and receive multicast, 20 at most.
    /// - Throws: `PTPGroupFailure`.
    public init(interface: String? = nil) throws(PTPGroupFailure) {
        let indexes = try Self.indexes(interface)
        let before = HostClock.hostReading(taiOffset: 0)
        let opened = shim_group_open(Self.address, Self.port, Self.queueBytes)
        guard opened >= 0 else { throw .port(SystemError(call: "bind", errno: -opened)) }
        var joined: [String] = []
        var first: SystemError?
        for index in indexes {
            let error = shim_group_join(opened, Self.address, index)
            let name = Self.name(index) ?? "\(index)"
            if error == 0 {
                joined.append(name)
            } else {
                first = first ?? SystemError(call: "setsockopt", subject: name, errno: error)
            }
        }
        if joined.isEmpty, let first {
            close(opened)
            throw .join(first)
        }
        (descriptor, interfaces, empty) = (opened, joined, before)
    }

    deinit { close(descriptor) }

    private static func indexes(_ interface: String?) throws(PTPGroupFailure) -> [Int32] {
        if let interface {
            let index = unsafe shim_interface_index(interface)
            guard index > 0 else { throw .interface(interface) }
            return [index]
        }
        var list = [Int32](repeating: 0, count: interfaceLimit)
        let count = unsafe list.withUnsafeMutableBufferPointer { buffer in
            unsafe shim_group_interfaces(buffer.baseAddress, Int32(buffer.count))
        }
        guard count > 0 else { throw .noInterface }
        return Array(list.prefix(Int(count)))
    }

    private static func name(_ index: Int32) -> String? {
        var name = [CChar](repeating: 0, count: 17)
        guard index > 0, unsafe shim_interface_name(index, &name) == 0 else { return nil }
        return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// The next datagram; `nil` if there is none.
    ///
    /// - Throws: `PTPGroupFailure.receive`, for example ENETDOWN.
    public mutating func receive() throws(PTPGroupFailure) -> Datagram? {
        while true {
            let looked = HostClock.hostReading(taiOffset: 0)
            var (count, interface, stamp) = (0, Int32(0), Int64.min)
            let bytes = unsafe [UInt8](unsafeUninitializedCapacity: Self.capacity) { buffer, filled in
                unsafe count = shim_group_receive(
                    descriptor, buffer.baseAddress, Self.capacity, &interface, &lost, &stamp)
                filled = max(0, min(count, Self.capacity))
            }
            if count >= 0 {
                let now = HostClock.hostReading(taiOffset: 0)
                let age = ReceiveStamp.age(
                    of: stamp == .min ? nil : UTCInstant(nanoseconds: stamp), at: now, sinceEmpty: empty)
                return Datagram(
                    bytes: bytes, length: count, arrived: now.boot -| age, interface: Self.name(interface))
            }
            if -count == Int(EAGAIN) {
                empty = looked
                return nil
            }
            if -count == Int(EINTR) { continue }
            throw .receive(SystemError(call: "recvmsg", errno: Int32(-count)))
        }
    }

    /// Waits until there is a datagram, for `length` at most.
    public func wait(for length: Nanoseconds) {
        _ = shim_wait_readable(descriptor, -1, Int32(clamping: max(0, length.count) / 1_000_000 + 1))
    }
}
