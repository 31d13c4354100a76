import Foundation
import TestSupport

/// The network of one host: relays to each other host and to each member of etcd.
final class StationRelays {
    let peers: [SeededRelay]
    private let stores: [TCPRelay]

    /// etcd as the host finds it.
    var endpoints: [String] { stores.map { "http://\($0.address)" } }
    /// How many connections to etcd were made.
    var connections: Int { stores.reduce(0) { $0 + $1.connections } }

    init(_ own: String, _ others: [String], _ endpoints: [String]) throws {
        peers = try others.map { try SeededRelay(between: own, and: $0, seed: 1) }
        stores = try endpoints.map { try TCPRelay(to: String($0.dropFirst("http://".count))) }
    }

    /// Cuts what the host sends (`requests`), what it receives (`answers`), or both; slows both directions.
    ///
    /// - Returns: the instant after which nothing is carried, on CLOCK_MONOTONIC.
    @discardableResult
    func set(cut: TCPRelay.Cut, delay: Duration = .zero) -> Int64 {
        for relay in stores { relay.set(cut: cut, delay: delay) }
        for relay in peers {
            // The host is the first party.
            relay.set(cutToFirst: cut.contains(.answers), cutToSecond: cut.contains(.requests), delay: delay)
        }
        return StationClock.now()
    }

    func stop() {
        for relay in stores { relay.stop() }
        for relay in peers { relay.stop() }
    }
}
