import ClusterClock
import Foundation
import MessageDigest
import TestSupport
import Testing
import ClusterLinux
import TickLinux
import TickScheduling
import TickTime
import TimeExchange

@Suite("Live nodes on loopback", .serialized)
struct ClusterNodeTests {
    private static func secret(_ from: NodeID, _ to: NodeID) -> [UInt8] {
        SHA256.digest(of: "\(from.rawValue) \(to.rawValue)").bytes
    }

    private static func nodes(
        _ count: Int, host: String = "127.0.0.1", statedError: Nanoseconds?, running: Int? = nil
    ) throws -> [ClusterNode] {
        let first = LoopbackPorts.row(of: count)
        let ids = (1...count).map { NodeID(rawValue: UInt64($0)) }
        return try ids.prefix(running ?? count).map { node in
            let peers = ids.filter { $0 != node }
            var rows: [PeerKeys.Row] = []
            for peer in peers {
                rows.append(.init(from: node, to: peer, id: 1, secret: secret(node, peer)))
                rows.append(.init(from: peer, to: node, id: 1, secret: secret(peer, node)))
            }
            var configuration = ClusterConfiguration(node: node, peers: peers)
            configuration.pollInterval = .milliseconds(100)
            configuration.windowMin = .milliseconds(500)
            var addresses: [NodeID: SocketAddress] = [:]
            for (id, port) in zip(ids, first...) { addresses[id] = try SocketAddress("\(host):\(port)") }
            let listen = try #require(addresses[node])
            return try ClusterNode.start(
                ClusterNodeOptions(
                    configuration, cluster: ClusterID(rawValue: 5), listen: listen, addresses: addresses,
                    keys: try PeerKeys(rows, of: node, sending: 1), statedError: statedError))
        }
    }

    private static func wait(
        _ nodes: [ClusterNode], for seconds: Double = 60, until holds: (ClusterNodeReport) -> Bool
    ) async throws -> [ClusterNodeReport] {
        let found = try await waitFor(within: .seconds(seconds)) {
            let reports = nodes.compactMap(\.report)
            return reports.count == nodes.count && reports.allSatisfy(holds) ? reports : nil
        }
        return found ?? nodes.compactMap(\.report)
    }

    @Test(
        "three nodes that state their error agree, over IPv4 and over IPv6, and bound UTC", .timeLimit(.minutes(2)),
        arguments: ["127.0.0.1", "[::1]"])
    func agree(_ host: String) async throws {
        let nodes = try Self.nodes(3, host: host, statedError: .milliseconds(3))
        defer { for node in nodes { node.stop() } }
        let reports = try await Self.wait(nodes) {
            // The first agreement may be one of two members, and the first consensus of one peer.
            $0.status == .synchronized && $0.counts.taken > 20 && $0.consensus?.included == 2
                && $0.peers.allSatisfy { $0.verdict == .agreeing }
        }
        for report in reports {
            #expect(report.status == .synchronized)
            #expect(report.peers.allSatisfy { $0.verdict == .agreeing })
            // On a busy machine a reply may come too late, or when its request is no longer open.
            let refused = report.counts.refused.filter { $0.key != .late && $0.key != .nonce }
            #expect(refused.isEmpty, "\(refused)")
            #expect(report.best.quality == .cluster && report.best.isTraceable)
            // All nodes run on one clock: its time is true and lies within each node's bounds.
            let (earliest, latest) = (try #require(report.best.earliest), try #require(report.best.latest))
            #expect(earliest <= report.hostUTC && report.hostUTC <= latest)
            #expect(latest - earliest < .milliseconds(100))
            let consensus = try #require(report.consensus)
            #expect(consensus.included == 2 && consensus.drift.magnitude < .milliseconds(100))
        }
        let before = nodes[0].now, after = nodes[0].now
        #expect(before.time <= after.time)
    }

    @Test("a peer's view is shown, but ends no leadership", .timeLimit(.minutes(2)))
    func views() async throws {
        let nodes = try Self.nodes(3, statedError: .milliseconds(3))
        defer { for node in nodes { node.stop() } }
        for (node, view) in [(nodes[0], UInt64(3)), (nodes[1], 9)] {
            guard let authority = node.takeLeadershipAuthority() else { preconditionFailure("the first asks") }
            node.time.lead(authority.token(view: view, floor: UTCInstant(nanoseconds: 0)))
        }
        let peer = NodeID(rawValue: 2)
        let reports = try await Self.wait(nodes) { report in
            report.status == .synchronized && (report.node == peer || report.peersSay[peer]?.view == 9)
        }
        #expect(reports.allSatisfy { $0.status == .synchronized })
        #expect(reports[0].peersSay[peer]?.view == 9 && reports[2].peersSay[NodeID(rawValue: 1)]?.view == 3)
        // Both stamp. Their consensus decides which of them commits.
        let stamp = try nodes[0].time.stamp()
        #expect(stamp.isTraceable && nodes[0].time.tickTimestamp().isCommitted)
        #expect(throws: ClusterClockError.notPrimary) { try nodes[2].time.stamp() }
    }

    @Test("without stated errors they agree, and report the time as untraceable", .timeLimit(.minutes(2)))
    func untraceable() async throws {
        let nodes = try Self.nodes(3, statedError: nil)
        defer { for node in nodes { node.stop() } }
        let kernel = try? KernelClock.read()
        // If the kernel is synchronized, it states its error.
        let wanted: ClusterStatus = kernel?.bound.interval != nil ? .synchronized : .agreedUntraceable
        for report in try await Self.wait(nodes, until: { $0.status == wanted }) { #expect(report.status == wanted) }
    }

    @Test("a node whose peers are silent stays gathering, and gives its time as system time", .timeLimit(.minutes(2)))
    func alone() async throws {
        let nodes = try Self.nodes(3, statedError: .milliseconds(1), running: 1)
        defer { for node in nodes { node.stop() } }
        let reports = try await Self.wait(nodes, for: 3) { _ in false }
        let report = try #require(reports.first)
        #expect(report.status == .gathering)
        #expect(report.best.quality == (report.kernel?.bound.interval != nil ? .ntp : .system))
        #expect(report.peers.allSatisfy { $0.lastHeard == nil })
    }

    @Test("a second node at the same address is refused")
    func twice() throws {
        let port = LoopbackPorts.one()
        let address = try SocketAddress("127.0.0.1:\(port)")
        let options = ClusterNodeOptions(
            ClusterConfiguration(node: NodeID(rawValue: 1), peers: []), cluster: ClusterID(rawValue: 1),
            listen: address,
            addresses: [:], keys: try PeerKeys([], of: NodeID(rawValue: 1), sending: 1))
        let node = try ClusterNode.start(options)
        defer { node.stop() }
        let error = #expect(throws: ClusterNodeError.self) { try ClusterNode.start(options) }
        #expect(error?.description.contains("another node") == true)
    }
}

@Suite("Addresses")
struct SocketAddressTests {
    @Test("hosts and ports of both families are read", arguments: ["127.0.0.1:7000", "[::1]:7000", "localhost:7"])
    func read(_ text: String) throws {
        #expect(try SocketAddress(text).description == text)
    }

    @Test("without a port, the standard port is used", arguments: ["127.0.0.1", "::1", "[::1]"])
    func standard(_ text: String) throws {
        #expect(throws: SocketAddress.Failure.self) { try SocketAddress(text) }
        _ = try SocketAddress(text, standardPort: 123)
    }

    @Test(
        "what is no address is refused, with the form of one",
        arguments: ["", ":1", "127.0.0.1:", "127.0.0.1:x", "[::1"])
    func refused(_ text: String) {
        let failure = #expect(throws: SocketAddress.Failure.self) { try SocketAddress(text) }
        #expect(failure?.description.contains("[::1]:7000") == true)
    }

    @Test("a port out of range is refused with the range", arguments: ["127.0.0.1:70000", "[::1]:65536"])
    func port(_ text: String) {
        let failure = #expect(throws: SocketAddress.Failure.self) { try SocketAddress(text) }
        #expect(failure?.description.contains("is not from 1 to 65535") == true)
    }
}

@Suite("Kernel stamps of datagrams")
struct KernelStampTests {
    @Test("the kernel stamps a datagram between its sending and its reading")
    func stamped() throws {
        let receiver = try UDPSocket(boundTo: SocketAddress("127.0.0.1:0"))
        let sender = try UDPSocket(boundTo: SocketAddress("127.0.0.1:0"))
        let before = HostClock.utc()
        try sender.send([1, 2, 3], to: SocketAddress("127.0.0.1:\(receiver.port)"))
        let datagram = try #require(try receiver.receive())
        let stamp = try #require(datagram.stamp)
        #expect(before <= stamp && stamp <= HostClock.utc() && datagram.bytes == [1, 2, 3])
    }
}
