import Foundation
import Glibc

/// Carries datagrams between two parties, each of which takes the relay for the other: some are lost, by a seed,
/// and each direction has a delay of its own.
public final class SeededRelay: @unchecked Sendable {
    /// Where the first party finds the second, and the second the first.
    public let facingFirst: String
    public let facingSecond: String
    private let sockets: (first: Int32, second: Int32)
    private let parties: (first: sockaddr_in, second: sockaddr_in)
    private let lossPercent: Int
    private let delays: (toFirst: Double, toSecond: Double)
    private let lock = NSLock()
    private var isStopped = false
    private var counts = (carried: 0, lost: 0)
    private var generator: SeededGenerator
    private var kept: [(bytes: [UInt8], toFirst: Bool)] = []
    private let done = DispatchSemaphore(value: 0)

    /// A call that failed.
    public struct Failure: Error {
        public let call: String
        public let errno: Int32
    }

    /// - Parameters:
    ///   - first, second: the parties' own addresses, of IPv4.
    ///   - delayToFirst, delayToSecond: of what is carried to them.
    public init(
        between first: String, and second: String, lossPercent: Int = 0, delayToFirst: Duration = .zero,
        delayToSecond: Duration = .zero, seed: UInt64
    ) throws {
        parties = (try Self.address(first), try Self.address(second))
        sockets = (try Self.open(), try Self.open())
        facingFirst = "127.0.0.1:\(Self.port(sockets.first))"
        facingSecond = "127.0.0.1:\(Self.port(sockets.second))"
        self.lossPercent = lossPercent
        func seconds(_ delay: Duration) -> Double {
            Double(delay.components.seconds) + Double(delay.components.attoseconds) / 1e18
        }
        delays = (seconds(delayToFirst), seconds(delayToSecond))
        generator = SeededGenerator(seed: seed)
        Thread.detachNewThread { [self] in run() }
    }

    public var carried: Int { lock.withLock { counts.carried } }
    public var lost: Int { lock.withLock { counts.lost } }
    /// What came, in order: for replaying it.
    public var recorded: [(bytes: [UInt8], toFirst: Bool)] { lock.withLock { kept } }

    /// Sends a datagram to a party, as if it came from the other.
    public func inject(_ bytes: [UInt8], toFirst: Bool) { send(bytes, toFirst: toFirst) }

    public func stop() {
        lock.withLock { isStopped = true }
        done.wait()
        close(sockets.first)
        close(sockets.second)
    }

    private func run() {
        var waiting: [(due: Double, bytes: [UInt8], toFirst: Bool)] = []
        while !lock.withLock({ isStopped }) {
            var polled = [
                pollfd(fd: sockets.first, events: Int16(POLLIN), revents: 0),
                pollfd(fd: sockets.second, events: Int16(POLLIN), revents: 0),
            ]
            _ = unsafe poll(&polled, 2, waiting.isEmpty ? 20 : 1)
            // What came at the socket that faces the first party goes to the second.
            for (index, toFirst) in [(0, false), (1, true)] where polled[index].revents != 0 {
                while let bytes = receive(index == 0 ? sockets.first : sockets.second) {
                    let isLost = lock.withLock {
                        if kept.count < 10_000 { kept.append((bytes, toFirst)) }
                        let isLost = Int.random(in: 0..<100, using: &generator) < lossPercent
                        counts.carried += 1
                        if isLost { counts.lost += 1 }
                        return isLost
                    }
                    if !isLost {
                        waiting.append((now() + (toFirst ? delays.toFirst : delays.toSecond), bytes, toFirst))
                    }
                }
            }
            let time = now()
            for item in waiting where item.due <= time { send(item.bytes, toFirst: item.toFirst) }
            waiting.removeAll { $0.due <= time }
        }
        done.signal()
    }

    private func send(_ bytes: [UInt8], toFirst: Bool) {
        // To the first party it comes from where that party believes the second to be.
        var to = toFirst ? parties.first : parties.second
        let from = toFirst ? sockets.first : sockets.second
        _ = unsafe withUnsafePointer(to: &to) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe bytes.withUnsafeBytes {
                    unsafe sendto(
                        from, $0.baseAddress, $0.count, 0, address, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
        }
    }

    private func receive(_ socket: Int32) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 2_048)
        let count = unsafe bytes.withUnsafeMutableBytes {
            unsafe recv(socket, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT))
        }
        return count >= 0 ? Array(bytes.prefix(count)) : nil
    }

    private func now() -> Double {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// `127.0.0.1:7000`.
    private static func address(_ text: String) throws -> sockaddr_in {
        let parts = text.split(separator: ":")
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        guard parts.count == 2, let port = UInt16(parts[1]),
            unsafe inet_pton(AF_INET, String(parts[0]), &address.sin_addr) == 1
        else { throw Failure(call: "inet_pton \(text)", errno: EINVAL) }
        address.sin_port = port.bigEndian
        return address
    }

    private static func open() throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        guard descriptor >= 0 else { throw Failure(call: "socket", errno: errno) }
        var own = try address("127.0.0.1:0")
        let result = unsafe withUnsafePointer(to: &own) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw Failure(call: "bind", errno: errno) }
        return descriptor
    }

    private static func port(_ descriptor: Int32) -> UInt16 {
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
