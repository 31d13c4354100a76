import ClusterClock
import Foundation
import MessageDigest
import TestSupport
import Testing
import TickLinux
import TickTime
import TimeExchange

@testable import ClusterLinux

@Suite("A node follows a ptp4l", .serialized, .timeLimit(.minutes(4)))
struct PTPNodeTests {
    /// The names of what a node noticed of its PTP.
    private static func name(_ notice: ClusterNodeNotice) -> String? {
        switch notice {
        case .ptp(.bounds): "bounds"
        case .ptp(.lost): "lost"
        case .ptp(.grandmaster): "grandmaster"
        case .sourcesContradict: "contradict"
        case .clock: nil
        }
    }

    private static func start(_ options: ClusterNodeOptions, _ notices: Log<String>) throws -> ClusterNode {
        try ClusterNode.start(options) { notice in
            if let name = name(notice) { notices.append(name) }
        }
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
        _ node: ClusterNode, for quality: UTCSource, _ last: inout UTCInstant
    ) async throws {
        var shown = last
        let isFound = try await waitUntil(within: .seconds(40)) {
            let now = node.now
            #expect(now.time >= shown, "the time fell while \(quality) was waited for")
            shown = now.time
            return now.quality == quality
        }
        last = shown
        #expect(isFound, "no \(quality): \(node.now), \(String(describing: node.report?.ptp))")
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
        // The bound of every turn of the node holds the truth, however the exchanges lie.
        var turns: Set<Int64> = []
        let hasLooked = try await waitUntil(within: .seconds(30)) {
            if let report = node.report { turns.insert(report.boot.nanoseconds) }
            let (best, reading) = node.time.nowWithReading()
            let truth = reading.realtime +| .milliseconds(3)
            let (earliest, latest) = (try #require(best.earliest), try #require(best.latest))
            #expect(best.quality == .ptp && best.isTraceable)
            // The reading has a bracket of its own.
            #expect((earliest -| truth) <= reading.halfBracket && (truth -| latest) <= reading.halfBracket)
            #expect(latest -| earliest < .milliseconds(1))
            return turns.count >= 20
        }
        #expect(hasLooked)
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
        let notices = Log<String>()
        let node = try Self.start(try Self.options(daemon, of: members, servers: [server.address]), notices)
        defer { node.stop() }
        var last = UTCInstant(nanoseconds: 0)
        try await Self.wait(node, for: .ptp, &last)
        daemon.change { ($0.ports, $0.exchanges) = ([4], false) }
        try await Self.wait(node, for: .ntp, &last)
        #expect(try await waitUntil(within: .seconds(20)) { notices.entries.contains("lost") })
        var peer = try Self.plain(members[1].0, of: members)
        peer.statedError = .milliseconds(1)
        let other = try ClusterNode.start(peer)
        do {
            defer { other.stop() }
            try await Self.wait(node, for: .cluster, &last)
        }
        daemon.change { ($0.ports, $0.exchanges) = ([9], true) }
        try await Self.wait(node, for: .ptp, &last)
        #expect(notices.entries == ["bounds", "lost", "bounds"], "\(notices.entries)")
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
        let notices = Log<String>()
        let node = try Self.start(try Self.options(daemon, servers: [server.address]), notices)
        defer { node.stop() }
        let isFound = try await waitUntil(within: .seconds(30)) {
            notices.entries.contains("contradict") && node.now.quality == .system
        }
        #expect(isFound, "\(notices.entries), \(node.now)")
        #expect(node.report?.statedError == nil && !node.now.isTraceable)
        let by = try #require(node.report?.sourcesContradictBy)
        #expect(by > .milliseconds(20) && by < .milliseconds(30), "\(by)")
        // Once PTP agrees again, both count.
        daemon.change { $0.offset = 0 }
        var last = UTCInstant(nanoseconds: 0)
        try await Self.wait(node, for: .ptp, &last)
        #expect(notices.entries.count { $0 == "contradict" } == 1 && node.report?.sourcesContradictBy == nil)
    }

    @Test("a ptp4l that is gone is named, and followed again when it is back with another grandmaster")
    func gone() async throws {
        let folder = try TemporaryFolder()
        let notices = Log<String>()
        var daemon = try FakePTP4L(in: folder.path)
        let node = try Self.start(try Self.options(daemon), notices)
        defer { node.stop() }
        var last = UTCInstant(nanoseconds: 0)
        try await Self.wait(node, for: .ptp, &last)
        daemon.stop()
        let fault = try await waitFor(within: .seconds(20)) {
            notices.entries.contains("lost") ? node.report?.ptp?.fault : nil
        }
        #expect(fault?.contains(daemon.socket) == true, "\(String(describing: fault))")
        #expect(node.report?.statedError == nil || node.report?.kernel?.bound.interval != nil)
        var second = FakePTP4L.Statement()
        second.grandmaster = 2
        daemon = try FakePTP4L(in: folder.path, second)
        defer { daemon.stop() }
        try await Self.wait(node, for: .ptp, &last)
        #expect(notices.entries == ["bounds", "lost", "grandmaster", "bounds"], "\(notices.entries)")
        #expect(node.report?.grandmasterChanges == 1)
    }

    @Test("a measurement that is too old, or from before this host's UTC was set, is none, and says why")
    func counting() throws {
        let folder = try TemporaryFolder()
        let daemon = try FakePTP4L(in: folder.path)
        defer { daemon.stop() }
        let source = PTPSource(socket: daemon.socket, monitor: daemon.monitorPath)
        var report = PTPReport(source: source)
        #expect(
            report.counting(at: HostClock.boot(), since: nil) == report && report.fault == "ptp4l was not asked yet")
        let taken = BootInstant(nanoseconds: 5_000_000_000)
        report.measurement = try PTPClient.measure(source, window: .milliseconds(400))
        report.taken = taken
        #expect(report.counting(at: taken + .seconds(1), since: taken - Nanoseconds(1)) == report)
        #expect(report.statedError != nil && report.fault == nil)
        let late = report.counting(at: taken + .milliseconds(1_001), since: nil)
        #expect(late.statedError == nil && late.measurement == nil && late.failure == .late(.milliseconds(1_001)))
        let set = report.counting(at: taken + .milliseconds(1), since: taken)
        #expect(set.statedError == nil && set.measurement == nil && set.failure == .clockSet)
    }
}
