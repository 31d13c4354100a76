import ClusterClock
import Foundation
import MessageDigest
import TestSupport
import TickConfiguration
import ClusterLinux
import TickLinux
import TickTime
import TimeExchange

/// A member with valid keys that answers every request with an authentic reply, in which it gives a field a value at
/// an end of its range: each of the fixture's values for a while, then seeded mixtures of several, and so on.
final class HostileMember {
    private struct Peer {
        let id: UInt8
        let key: HMACSHA256
        let address: SocketAddress
    }

    private let id: NodeID
    private let socket: UDPSocket
    private let peers: [NodeID: Peer]
    private let extremes: [PeerExtreme]
    private var random: SeededGenerator
    private(set) var answered = 0

    init(_ name: String, of cluster: LiveCluster, seed: UInt64) throws {
        let path = "\(cluster.folder)/\(name).keys.json"
        let keys = try NodeKeyFile(json: Array(Data(contentsOf: URL(filePath: path))), file: path)
        var peers: [NodeID: Peer] = [:]
        for row in keys.rows where row.from == name && row.id == keys.use {
            peers[NodeID(named: row.to)] = Peer(
                id: row.id, key: HMACSHA256(key: row.secret.span),
                address: try SocketAddress(cluster.address(of: row.to)))
        }
        self.peers = peers
        id = NodeID(named: name)
        socket = try UDPSocket(boundTo: SocketAddress(cluster.address(of: name)))
        extremes = try PeerExtreme.all()
        random = SeededGenerator(seed: seed)
    }

    /// Answers for so long: each of the fixture's values takes an equal share of two thirds of it, mixtures the rest.
    func answer(for length: Duration, while isNeeded: () -> Bool) async throws {
        let begin = ContinuousClock.now
        let share = length * 2 / 3 / extremes.count
        while ContinuousClock.now - begin < length, isNeeded() {
            let place = Int((ContinuousClock.now - begin) / share)
            while let datagram = try socket.receive() {
                reply(to: datagram.bytes, extremes.indices.contains(place) ? [extremes[place]] : mixture())
            }
            try await Task.sleep(for: .milliseconds(2))
        }
    }

    private func mixture() -> [PeerExtreme] {
        (0..<Int.random(in: 1...4, using: &random)).map { _ in
            let extreme = extremes[Int.random(in: extremes.indices, using: &random)]
            guard Bool.random(using: &random) else { return extreme }
            // A value near the end, or anything at all.
            let near = extreme.value &+ Int64.random(in: -2_000_000_000...2_000_000_000, using: &random)
            let any = Int64.random(in: .min ... .max, using: &random)
            return PeerExtreme(field: extreme.field, value: Bool.random(using: &random) ? near : any)
        }
    }

    private func reply(to bytes: [UInt8], _ extremes: [PeerExtreme]) {
        guard let request = try? PeerDatagram(bytes.span), request.answer == nil, let peer = peers[request.sender]
        else {
            return
        }
        var answer = PeerDatagram.Answer(
            bootID: 5, view: 1, utc: HostClock.utc(), hold: .zero, statedError: .milliseconds(3),
            isSynchronized: true, isDisrupted: false)
        for extreme in extremes { answer.set(extreme) }
        let reply = PeerDatagram(
            cluster: request.cluster, sender: id, receiver: request.sender, keyID: peer.id, nonce: request.nonce,
            answer: answer)
        try? socket.send(reply.encoded(with: peer.key), to: peer.address)
        answered += 1
    }
}
