// Asks NTP servers, each at its interval, on a separate thread: an exchange with a silent server takes long, and no
// other work may wait for it.

internal import Synchronization
internal import TickLinux
internal import TickTime
public import TimeExchange

/// The state of an NTP server.
public struct NTPServerReport: Sendable {
    /// The server's name as the operator wrote it.
    public let server: String
    /// The numeric address when the server was last asked; `nil` before the first request.
    public var address: String?
    /// The best reply of the last round that had one.
    public var measurement: NTPMeasurement?
    /// Why the last round had no usable reply; `nil` if it had one.
    public var failure: NTPFailure?
    /// Replies that were refused since the node began, by reason.
    package var refused: [String: Int64] = [:]
}

/// Asks NTP servers regularly.
final class NTPWatch: Sendable {
    /// The number of requests in one round. The reply with the smallest bound counts.
    private static let requests = 4
    private static let slice = Nanoseconds.milliseconds(50)

    private let state: Mutex<[NTPServerReport]>
    private let isStopRequested = Atomic<Bool>(false)

    private init(_ servers: [String]) { state = Mutex(servers.map { NTPServerReport(server: $0) }) }

    /// - Returns: `nil` if there is no server to ask.
    /// - Throws: `SystemError`.
    static func start(_ servers: [String], every interval: Nanoseconds) throws(SystemError) -> NTPWatch? {
        guard !servers.isEmpty else { return nil }
        let watch = NTPWatch(servers)
        try RealTimeThread.start(named: "tick-ntp") { watch.run(servers, interval) }.detach()
        return watch
    }

    /// The state of each server, in their order.
    var reports: [NTPServerReport] { state.withLock { $0 } }

    /// Asks the thread to end, and does not wait for it, because it may hang in the resolver.
    func stop() { isStopRequested.store(true, ordering: .relaxed) }

    private func run(_ servers: [String], _ interval: Nanoseconds) {
        var next = HostClock.boot()
        while !isStopRequested.load(ordering: .relaxed) {
            if HostClock.boot() >= next {
                next = HostClock.boot() +| interval
                for (index, server) in servers.enumerated() { ask(server, index) }
            }
            HostClock.sleep(until: HostClock.monotonic() +| Self.slice)
        }
    }

    private func ask(_ server: String, _ index: Int) {
        guard !isStopRequested.load(ordering: .relaxed) else { return }
        var refused: [String: Int64] = [:]
        defer { state.withLock { $0[index].refused.merge(refused) { $0 + $1 } } }
        do throws(NTPFailure) {
            let address: SocketAddress
            do { address = try SocketAddress(server, standardPort: NTPClient.port) } catch { throw .address(error) }
            state.withLock { $0[index].address = address.numericText }
            let measured = try NTPClient.measure(address, count: Self.requests, timeout: .seconds(2)) {
                refused[$0.name, default: 0] += 1
            }
            state.withLock { ($0[index].measurement, $0[index].failure) = (measured, nil) }
        } catch {
            state.withLock { $0[index].failure = error }
        }
    }
}
