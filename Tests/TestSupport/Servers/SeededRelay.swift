import Foundation
import Glibc

/// Carries datagrams between two parties, each of which takes the relay for the other. It loses some by a seed, and
/// each direction has its own delay.
public final class SeededRelay: @unchecked Sendable {
    /// The address at which the first party finds the second, and the reverse.
    public let facingFirst: String
    public let facingSecond: String
    private let sockets: (first: Int32, second: Int32)
    private let parties: (first: sockaddr_in, second: sockaddr_in)
    private let lossPercent: Int
    private var delays: (toFirst: Double, toSecond: Double)
    private var isCut = (toFirst: false, toSecond: false)
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
    ///   - first, second: the parties' IPv4 addresses.
    ///   - delayToFirst, delayToSecond: the delay of the datagrams to each party.
    public init(
        between first: String, and second: String, lossPercent: Int = 0, delayToFirst: Duration = .zero,
        delayToSecond: Duration = .zero, seed: UInt64
    ) throws {
        parties = (try SocketAddress.parse(first), try SocketAddress.parse(second))
        sockets = (try SocketAddress.bound(SOCK_DGRAM), try SocketAddress.bound(SOCK_DGRAM))
        facingFirst = "127.0.0.1:\(SocketAddress.port(sockets.first))"
        facingSecond = "127.0.0.1:\(SocketAddress.port(sockets.second))"
        self.lossPercent = lossPercent
        delays = (Self.seconds(delayToFirst), Self.seconds(delayToSecond))
        generator = SeededGenerator(seed: seed)
        Thread.detachNewThread { [self] in run() }
    }

    public var carried: Int { lock.withLock { counts.carried } }
    public var lost: Int { lock.withLock { counts.lost } }
    /// The received datagrams in order, for a replay.
    public var recorded: [(bytes: [UInt8], toFirst: Bool)] { lock.withLock { kept } }

    /// Sends a datagram to a party, as if it came from the other.
    public func inject(_ bytes: [UInt8], toFirst: Bool) { send(bytes, toFirst: toFirst) }

    /// Sets to which party nothing is carried from now on, and by how much datagrams to either are delayed.
    public func set(cutToFirst: Bool, cutToSecond: Bool, delay: Duration = .zero) {
        lock.withLock {
            isCut = (cutToFirst, cutToSecond)
            delays = (Self.seconds(delay), Self.seconds(delay))
        }
    }

    private static func seconds(_ delay: Duration) -> Double {
        Double(delay.components.seconds) + Double(delay.components.attoseconds) / 1e18
    }

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
            // Datagrams from the socket for the first party go to the second.
            for (index, toFirst) in [(0, false), (1, true)] where polled[index].revents != 0 {
                while let bytes = receive(index == 0 ? sockets.first : sockets.second) {
                    let (isLost, delay) = lock.withLock {
                        if kept.count < 10_000 { kept.append((bytes, toFirst)) }
                        let isLost = Int.random(in: 0..<100, using: &generator) < lossPercent
                        counts.carried += 1
                        if isLost { counts.lost += 1 }
                        let isDropped = isLost || (toFirst ? isCut.toFirst : isCut.toSecond)
                        return (isDropped, toFirst ? delays.toFirst : delays.toSecond)
                    }
                    if !isLost { waiting.append((now() + delay, bytes, toFirst)) }
                }
            }
            let time = now()
            for item in waiting where item.due <= time { send(item.bytes, toFirst: item.toFirst) }
            waiting.removeAll { $0.due <= time }
        }
        done.signal()
    }

    private func send(_ bytes: [UInt8], toFirst: Bool) {
        // It comes from the address that the first party has for the second.
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
}
