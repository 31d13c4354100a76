import Foundation
import Glibc

/// A ptp4l of the test: it answers on a management socket, and sends the times of exchanges with a parent whose offset
/// from this host's clock is known. The bytes are made here, and not by what reads them.
public final class FakePTP4L: @unchecked Sendable {
    /// What it says.
    public struct Statement: Sendable {
        public var domain: UInt8 = 127
        /// States of its ports: 9 SLAVE, 4 LISTENING, 6 MASTER.
        public var ports: [UInt8] = [9]
        /// Of `PORT_PROPERTIES_NP`: 0 software, 1 hardware.
        public var stamping: UInt8 = 0
        public var clockClass: UInt8 = 6
        public var accuracy: UInt8 = 0x21
        public var stepsRemoved: UInt16 = 1
        /// TAI − UTC in seconds.
        public var utcOffset: Int16 = 37
        /// Of TIME_PROPERTIES_DATA_SET: offset valid, PTP time scale, time and frequency traceable.
        public var flags: UInt8 = 0x3C
        public var hasIngress = true
        public var grandmaster: UInt8 = 1
        /// The grandmaster after the next answer about the parent.
        public var nextGrandmaster: UInt8?
        /// Data sets that it refuses.
        public var refused: Set<UInt16> = []
        /// Data sets that it does not answer for.
        public var unanswered: Set<UInt16> = []
        /// How many bytes of each answer are missing.
        public var cut = 0

        /// The parent's time − this host's CLOCK_TAI as UTC and `parentAhead` give it, in ns.
        public var offset: Int64 = 0
        /// The whole seconds that the parent is ahead of UTC.
        public var parentAhead: Int64 = 37
        /// Of the path, each way, in ns.
        public var delays: (there: Int64, back: Int64) = (2_000, 2_000)
        /// Whether exchanges go on.
        public var exchanges = true

        public init() {}
    }

    public let socket: String
    private let monitor: String
    private let lock = NSLock()
    private var statement: Statement
    private var isStopped = false
    private let done = DispatchSemaphore(value: 0)
    private let descriptor: Int32

    /// - Parameter folder: where its sockets are: `ptp4l`, and `monitor`, to which it sends.
    public init(in folder: String, _ statement: Statement = Statement()) throws {
        socket = folder + "/ptp4l"
        monitor = folder + "/monitor"
        self.statement = statement
        descriptor = try Self.bound(to: socket)
        Thread.detachNewThread { [self] in
            serve()
            close(descriptor)
            unsafe unlink(socket)
            done.signal()
        }
    }

    public var monitorPath: String { monitor }

    public func change(_ body: (inout Statement) -> Void) { lock.withLock { body(&statement) } }

    public func stop() {
        lock.withLock { isStopped = true }
        done.wait()
    }

    /// Leaves a socket's file, as a killed process does.
    public static func leaveSocket(at path: String) throws { close(try bound(to: path)) }

    private static func bound(to path: String) throws -> Int32 {
        let descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        var address = Self.address(path)
        let error = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard descriptor >= 0, error == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        return descriptor
    }

    private static func address(_ path: String) -> sockaddr_un {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8.prefix(107)) }
        return address
    }

    private func serve() {
        var sequence: UInt16 = 0
        while !lock.withLock({ isStopped }) {
            var waited = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            _ = unsafe poll(&waited, 1, 20)
            answerAll()
            let now = lock.withLock { statement }
            guard now.exchanges else { continue }
            sequence &+= 1
            send(now.sync(sequence), to: Self.address(monitor))
            send(now.delay(sequence), to: Self.address(monitor))
        }
    }

    private func answerAll() {
        while true {
            var bytes = [UInt8](repeating: 0, count: 1_500)
            var from = sockaddr_un()
            var length = socklen_t(MemoryLayout<sockaddr_un>.size)
            let count = unsafe withUnsafeMutablePointer(to: &from) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe recvfrom(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT), $0, &length)
                }
            }
            guard count >= 0 else { return }
            let now = lock.withLock { statement }
            guard count >= 54, bytes[4] == now.domain else { continue }
            if bytes[52] == 0x20, bytes[53] == 0x02, let next = now.nextGrandmaster {
                lock.withLock { statement.grandmaster = next }
            }
            for answer in now.answers(Array(bytes.prefix(count))) { send(answer.dropLast(now.cut), to: from) }
        }
    }

    private func send(_ bytes: some Collection<UInt8>, to address: sockaddr_un) {
        var address = address
        let bytes = Array(bytes)
        _ = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe sendto(
                    descriptor, bytes, bytes.count, Int32(MSG_DONTWAIT), $0,
                    socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}

// MARK: - Bytes

extension FakePTP4L.Statement {
    private static func big(_ value: some FixedWidthInteger) -> [UInt8] {
        unsafe withUnsafeBytes(of: value.bigEndian) { unsafe Array($0) }
    }

    private static func clock(_ number: UInt8) -> [UInt8] { [2, 0, 0, 0xFF, 0xFE, 0, 0, number] }
    private static func port(_ clock: UInt8, _ number: UInt16) -> [UInt8] { Self.clock(clock) + big(number) }

    private func header(_ type: UInt8, _ length: Int, _ source: [UInt8], _ sequence: [UInt8]) -> [UInt8] {
        [type, 2] + Self.big(UInt16(length)) + [domain, 0, 0, 0] + [UInt8](repeating: 0, count: 12) + source + sequence
            + [4, 0x7F]
    }

    func answers(_ request: [UInt8]) -> [[UInt8]] {
        let id = UInt16(request[52]) << 8 | UInt16(request[53])
        if unanswered.contains(id) { return [] }
        let isOfPorts = [0x2004, 0xC004].contains(id)
        return (isOfPorts ? Array(ports.indices) : [0]).map { place in
            var (type, data) = (UInt16(1), Self.big(id) + data(id, place))
            // No such data set (IEEE 1588-2019, table 109).
            if refused.contains(id) { (type, data) = (2, Self.big(UInt16(2)) + Self.big(id) + [0, 0, 0, 0]) }
            let body =
                [UInt8](repeating: 0, count: 10) + [0, 0, 2, 0] + Self.big(type) + Self.big(UInt16(data.count)) + data
            return header(13, 34 + body.count, Self.port(9, UInt16(place + 1)), Array(request[30..<32])) + body
        }
    }

    private func data(_ id: UInt16, _ place: Int) -> [UInt8] {
        let quality: [UInt8] = [clockClass, accuracy, 0x4E, 0x5D]
        let own = Self.port(9, UInt16(place + 1))
        switch id {
        case 0x2000:
            return [3, 0] + Self.big(UInt16(ports.count)) + [255, 248, 0xFE, 0xFF, 0xFF, 128] + Self.clock(9) + [
                domain, 0,
            ]
        case 0x2001: return Self.big(stepsRemoved) + Self.big(-offset << 16) + Self.big(Int64(2_000 << 16))
        case 0x2002:
            return Self.port(grandmaster, 1) + [0, 0, 0xFF, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 10] + quality + [10]
                + Self.clock(grandmaster)
        case 0x2003: return Self.big(utcOffset) + [flags, 0x20]
        case 0x2004:
            return own + [ports[place], 0xFD] + [UInt8](repeating: 0, count: 8) + [0xFE, 3, 0xFD, 1, 0, 2]
        case 0xC000:
            return Self.big(-offset) + Self.big(Int64(hasIngress ? 1_000 : 0)) + [UInt8](repeating: 0, count: 22)
                + [0, 0, 0, 1] + Self.clock(grandmaster)
        case 0xC004: return own + [ports[place], stamping, 2] + Array("v0".utf8)
        default: return []
        }
    }

    private static func timestamp(_ nanoseconds: Int64) -> [UInt8] {
        let seconds = nanoseconds / 1_000_000_000
        return big(UInt16(seconds >> 32)) + big(UInt32(truncatingIfNeeded: seconds))
            + big(UInt32(nanoseconds % 1_000_000_000))
    }

    private var realtime: Int64 {
        var now = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &now)
        return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
    }

    private func signal(_ type: UInt16, _ sequence: UInt16, _ record: [UInt8]) -> [UInt8] {
        let element = Self.big(type) + Self.big(UInt16(10 + record.count)) + Self.port(grandmaster, 1) + record
        return header(12, 44 + element.count, Self.port(9, 1), Self.big(sequence)) + [UInt8](repeating: 0xFF, count: 10)
            + element
    }

    func sync(_ sequence: UInt16) -> [UInt8] {
        let t2 = realtime, t1 = t2 + parentAhead * 1_000_000_000 + offset - delays.there
        return signal(
            0x8004, sequence,
            Self.big(sequence) + Self.timestamp(t1) + Self.big(Int64(0)) + Self.big(Int32(0)) + Self.timestamp(t2))
    }

    func delay(_ sequence: UInt16) -> [UInt8] {
        let t3 = realtime, t4 = t3 + parentAhead * 1_000_000_000 + offset + delays.back
        return signal(
            0x7F00, sequence, Self.big(sequence) + Self.timestamp(t3) + Self.big(Int64(0)) + Self.timestamp(t4))
    }
}
