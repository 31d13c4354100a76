import ClusterClock
import Foundation
import MessageDigest
import Synchronization
import TestSupport
import Testing
import TickLinux
import TickTime
import TimeExchange

@testable import ClusterLinux

@Suite("A node follows a ptp4l", .serialized, .timeLimit(.minutes(4)))
struct PTPNodeTests {
    /// What a node noticed of its PTP.
    private final class Notices: Sendable {
        private let list = Mutex<[String]>([])

        func take(_ notice: ClusterNodeNotice) {
            switch notice {
            case .ptp(.bounds): list.withLock { $0.append("bounds") }
            case .ptp(.lost): list.withLock { $0.append("lost") }
            case .ptp(.grandmaster): list.withLock { $0.append("grandmaster") }
            case .sourcesContradict: list.withLock { $0.append("contradict") }
            case .clock: break
            }
        }

        var all: [String] { list.withLock { $0 } }
    }

    private static func options(
        _ daemon: FakePTP4L, of members: [(NodeID, UInt16)] = [(NodeID(rawValue: 1), LoopbackPorts.one())],
        servers: [String] = []
    ) throws -> ClusterNodeOptions {
        var options = try Self.plain(members[0].0, of: members)
        options.ptp = PTPWatchOptions(PTPSource(socket: daemon.socket, monitor: daemon.monitorPath))
        options.ntpServers = servers
        options.ntpInterval = .seconds(1)
        return options
    }

    private static func plain(_ own: NodeID, of members: [(NodeID, UInt16)]) throws -> ClusterNodeOptions {
        let peers = members.map(\.0).filter { $0 != own }
        func secret(_ from: NodeID, _ to: NodeID) -> [UInt8] {
            SHA256.digest(of: "\(from.rawValue) \(to.rawValue)").bytes
        }
        let rows = peers.flatMap { peer in
            [
                PeerKeys.Row(from: own, to: peer, id: 1, secret: secret(own, peer)),
                PeerKeys.Row(from: peer, to: own, id: 1, secret: secret(peer, own)),
            ]
        }
        var configuration = ClusterConfiguration(node: own, peers: peers)
        configuration.pollInterval = .milliseconds(100)
        configuration.windowMin = .milliseconds(500)
        configuration.windowMax = .seconds(2)
        configuration.epochLength = .seconds(4)
        var addresses: [NodeID: SocketAddress] = [:]
        for (id, port) in members { addresses[id] = try SocketAddress("127.0.0.1:\(port)") }
        return ClusterNodeOptions(
            configuration, cluster: ClusterID(rawValue: 5), listen: try #require(addresses[own]), addresses: addresses,
            keys: try PeerKeys(rows, of: own, sending: 1))
    }

    /// Waits for a quality, and holds every time that is shown meanwhile against the one before.
    private static func wait(
        _ node: ClusterNode, for quality: UTCSource, _ last: inout UTCInstant, within seconds: Double = 40
    ) async throws {
        let end = HostClock.boot() +| Nanoseconds(Int64(seconds * 1e9))
        while HostClock.boot() < end {
            let now = node.now
            #expect(now.time >= last, "the time fell while \(quality) was waited for")
            last = now.time
            if now.quality == quality { return }
            try await Task.sleep(for: .milliseconds(5))
        }
        Issue.record("no \(quality): \(node.now), \(String(describing: node.report?.ptp))")
    }

    @Test("PTP's middle corrects the time, its bound contains the truth, and it is what the node states to its peers")
    func bounds() async throws {
        let folder = try TemporaryFolder()
        var statement = FakePTP4L.Statement()
        statement.offset = 3_000_000
        let daemon = try FakePTP4L(in: folder.path, statement)
        defer { daemon.stop() }
        let node = try ClusterNode.start(try Self.options(daemon))
        defer { node.stop() }
        var last = UTCInstant(nanoseconds: 0)
        try await Self.wait(node, for: .ptp, &last)
        for _ in 0..<100 {
            let (best, reading) = node.time.nowWithReading()
            let truth = reading.realtime +| .milliseconds(3)
            let (earliest, latest) = (try #require(best.earliest), try #require(best.latest))
            #expect(best.quality == .ptp && best.isTraceable)
            // The reading has a bracket of its own.
            #expect((earliest -| truth) <= reading.halfBracket && (truth -| latest) <= reading.halfBracket)
            #expect(latest -| earliest < .milliseconds(1))
            try await Task.sleep(for: .milliseconds(5))
        }
        let report = try #require(node.report)
        let stated = try #require(report.statedError)
        #expect(stated >= .milliseconds(3) && stated < .milliseconds(4), "\(stated)")
        #expect(report.ptp?.measurement?.domain == 127 && report.ptp?.fault == nil)
    }

    @Test("a primary of a cluster of one stamps PTP's time")
    func primary() async throws {
        let folder = try TemporaryFolder()
        var statement = FakePTP4L.Statement()
        statement.offset = -2_000_000
        let daemon = try FakePTP4L(in: folder.path, statement)
        defer { daemon.stop() }
        let node = try ClusterNode.start(try Self.options(daemon))
        defer { node.stop() }
        guard let authority = node.takeLeadershipAuthority() else { preconditionFailure("the first asks") }
        node.time.lead(authority.token(view: 1, floor: UTCInstant(nanoseconds: 0)))
        var last = UTCInstant(nanoseconds: 0)
        try await Self.wait(node, for: .ptp, &last)
        let stamp = node.time.tickTimestamp()
        #expect(stamp.isCommitted && stamp.quality == .ptp && stamp.isTraceable && stamp.bound != nil)
    }

    @Test(
        "PTP is lost, NTP and the cluster follow, PTP comes back: each is named, and the time never falls",
        .requires(.python3))
    func ladder() async throws {
        let folder = try TemporaryFolder()
        let daemon = try FakePTP4L(in: folder.path)
        defer { daemon.stop() }
        let server = try await ReferenceServer()
        let members = (1...2).map { (NodeID(rawValue: $0), LoopbackPorts.one()) }
        let notices = Notices()
        let node = try ClusterNode.start(
            try Self.options(daemon, of: members, servers: [server.address])
        ) { notices.take($0) }
        defer { node.stop() }
        var last = UTCInstant(nanoseconds: 0)
        try await Self.wait(node, for: .ptp, &last)
        daemon.change { ($0.ports, $0.exchanges) = ([4], false) }
        try await Self.wait(node, for: .ntp, &last)
        _ = try await waitFor(within: .seconds(20)) { notices.all.contains("lost") ? true : nil }
        var peer = try Self.plain(members[1].0, of: members)
        peer.statedError = .milliseconds(1)
        let other = try ClusterNode.start(peer)
        do {
            defer { other.stop() }
            try await Self.wait(node, for: .cluster, &last)
        }
        daemon.change { ($0.ports, $0.exchanges) = ([9], true) }
        try await Self.wait(node, for: .ptp, &last)
        #expect(notices.all == ["bounds", "lost", "bounds"], "\(notices.all)")
    }

    @Test(
        "bounds of PTP and of NTP that exclude each other count neither, and are reported once",
        .requires(.python3))
    func contradiction() async throws {
        let folder = try TemporaryFolder()
        var statement = FakePTP4L.Statement()
        statement.offset = 30_000_000
        let daemon = try FakePTP4L(in: folder.path, statement)
        defer { daemon.stop() }
        let server = try await ReferenceServer()
        let notices = Notices()
        let node = try ClusterNode.start(try Self.options(daemon, servers: [server.address])) { notices.take($0) }
        defer { node.stop() }
        let isFound = try await waitFor(within: .seconds(30)) {
            notices.all.contains("contradict") && node.now.quality == .system ? true : nil
        }
        #expect(isFound == true, "\(notices.all), \(node.now)")
        #expect(node.report?.statedError == nil && !node.now.isTraceable)
        // Once PTP agrees again, both count.
        daemon.change { $0.offset = 0 }
        var last = UTCInstant(nanoseconds: 0)
        try await Self.wait(node, for: .ptp, &last)
        #expect(notices.all.count { $0 == "contradict" } == 1)
    }

    @Test("a ptp4l that is gone is named, and followed again when it is back with another grandmaster")
    func gone() async throws {
        let folder = try TemporaryFolder()
        let notices = Notices()
        var daemon = try FakePTP4L(in: folder.path)
        let node = try ClusterNode.start(try Self.options(daemon)) { notices.take($0) }
        defer { node.stop() }
        var last = UTCInstant(nanoseconds: 0)
        try await Self.wait(node, for: .ptp, &last)
        daemon.stop()
        let fault = try await waitFor(within: .seconds(20)) {
            notices.all.contains("lost") ? node.report?.ptp?.fault : nil
        }
        #expect(fault?.contains(daemon.socket) == true, "\(String(describing: fault))")
        #expect(node.report?.statedError == nil || node.report?.kernel?.bound.interval != nil)
        var second = FakePTP4L.Statement()
        second.grandmaster = 2
        daemon = try FakePTP4L(in: folder.path, second)
        defer { daemon.stop() }
        try await Self.wait(node, for: .ptp, &last)
        #expect(notices.all == ["bounds", "lost", "grandmaster", "bounds"], "\(notices.all)")
        #expect(node.report?.grandmasterChanges == 1)
    }
}
