import ClusterClock
import Testing
import TickTime

@Suite("A cluster's configuration")
struct ClusterConfigurationTests {
    private static let node = NodeID(rawValue: 1)

    private static func peers(_ count: Int) -> [NodeID] { (0..<count).map { NodeID(rawValue: UInt64($0 + 2)) } }

    @Test("the standard configuration is valid for one to fifteen members, and a majority is more than half")
    func sizes() throws {
        for (size, majority) in [(1, 1), (2, 2), (3, 2), (4, 3), (5, 3), (15, 8)] {
            let configuration = ClusterConfiguration(node: Self.node, peers: Self.peers(size - 1))
            try configuration.validate()
            #expect(configuration.size == size && configuration.majority == majority)
        }
    }

    @Test("a contradictory configuration is refused by the first broken rule, with the remedy")
    func refusals() {
        var cases: [(ClusterConfiguration, ClusterConfigurationFault)] = []
        func add(
            _ fault: ClusterConfigurationFault, peers: [NodeID]? = nil, _ change: (inout ClusterConfiguration) -> Void
        ) {
            var configuration = ClusterConfiguration(node: Self.node, peers: peers ?? Self.peers(2))
            change(&configuration)
            cases.append((configuration, fault))
        }
        add(.size(16), peers: Self.peers(15)) { _ in }
        add(.selfAsPeer(Self.node), peers: [NodeID(rawValue: 2), Self.node]) { _ in }
        add(.peerTwice(NodeID(rawValue: 2)), peers: [NodeID(rawValue: 2), NodeID(rawValue: 2)]) { _ in }
        add(.tolerance(.zero)) { $0.tolerance = .zero }
        add(.tolerance(.seconds(11))) { $0.tolerance = .seconds(11) }
        add(.driftBound(-1)) { $0.driftBound = -1 }
        add(.pollInterval(.milliseconds(9))) { $0.pollInterval = .milliseconds(9) }
        add(.windowMin(.milliseconds(400), pollInterval: .milliseconds(500))) { $0.windowMin = .milliseconds(400) }
        add(.windowMax(.seconds(3), windowMin: .seconds(3))) { $0.windowMax = .seconds(3) }
        add(.epochLength(.seconds(9), windowMax: .seconds(10))) { $0.epochLength = .seconds(9) }
        add(.drift(Nanoseconds(1_000_101), tolerance: .milliseconds(2))) {
            $0.tolerance = .milliseconds(2)
            $0.driftBound = 50_000
        }
        for (configuration, fault) in cases {
            #expect(throws: ClusterClockError.invalidClusterConfiguration(fault)) { try configuration.validate() }
            #expect(!fault.description.isEmpty)
        }
    }
}
