public import TickTime

/// One member of a cluster.
public struct NodeID: RawRepresentable, Hashable, Comparable, Sendable, BitwiseCopyable {
    public let rawValue: UInt64
    @inlinable public init(rawValue: UInt64) { self.rawValue = rawValue }
    @inlinable public static func < (a: NodeID, b: NodeID) -> Bool { a.rawValue < b.rawValue }
}

/// The rules by which a cluster's clocks agree. All fields are the same on every member, except `node`.
public struct ClusterConfiguration: Hashable, Sendable {
    /// This member.
    public var node: NodeID
    /// The other members. The cluster has 1 to 15 members, with this one.
    public var peers: [NodeID]
    /// The greatest width of an agreement: 1 ms ... 10 s.
    public var tolerance: Nanoseconds
    /// How long samples are gathered before the first attempt to agree.
    public var windowMin: Nanoseconds
    /// After this time without an agreement, samples are gathered again from the beginning.
    public var windowMax: Nanoseconds
    /// How often the node polls each peer.
    public var pollInterval: Nanoseconds
    /// How long an agreement may be used.
    public var epochLength: Nanoseconds
    /// The bound ρ on |rate − 1| of every clock, in parts per billion.
    public var driftBound: Int64

    public static let sizeLimit = 15

    public init(
        node: NodeID, peers: [NodeID], tolerance: Nanoseconds = .milliseconds(500),
        windowMin: Nanoseconds = .seconds(3),
        windowMax: Nanoseconds = .seconds(10), pollInterval: Nanoseconds = .milliseconds(500),
        epochLength: Nanoseconds = .seconds(30), driftBound: Int64 = 50_000
    ) {
        self.node = node
        self.peers = peers
        self.tolerance = tolerance
        self.windowMin = windowMin
        self.windowMax = windowMax
        self.pollInterval = pollInterval
        self.epochLength = epochLength
        self.driftBound = driftBound
    }

    /// How many members the cluster has, silent members included.
    public var size: Int { peers.count + 1 }
    /// More than half of all members.
    public var majority: Int { size / 2 + 1 }

    /// Checks the configuration against the rules that hold for every member.
    ///
    /// - Throws: `ClusterClockError.invalidClusterConfiguration`, for the first rule that is broken.
    public func validate() throws(ClusterClockError) {
        func require(_ holds: Bool, _ fault: ClusterConfigurationFault) throws(ClusterClockError) {
            if !holds { throw .invalidClusterConfiguration(fault) }
        }
        try require(size <= Self.sizeLimit, .size(size))
        try require(!peers.contains(node), .selfAsPeer(node))
        var seen = Set<NodeID>()
        for peer in peers { try require(seen.insert(peer).inserted, .peerTwice(peer)) }
        try require((.milliseconds(1)...Nanoseconds.seconds(10)).contains(tolerance), .tolerance(tolerance))
        try require((0...1_000_000).contains(driftBound), .driftBound(driftBound))
        try require(pollInterval >= .milliseconds(10), .pollInterval(pollInterval))
        try require(windowMin >= pollInterval, .windowMin(windowMin, pollInterval: pollInterval))
        try require(
            windowMax > windowMin && windowMax -| windowMin >= pollInterval, .windowMax(windowMax, windowMin: windowMin)
        )
        try require(
            epochLength >= windowMax && epochLength <= .seconds(3_600), .epochLength(epochLength, windowMax: windowMax))
        // A sample as old as the window must not be wider than the tolerance only because of its age.
        let growth = DriftGrowth(clocks: 2, driftBound: driftBound)(windowMax)
        try require(growth +| growth <= tolerance, .drift(growth, tolerance: tolerance))
    }
}

/// The rule that a configuration breaks.
public enum ClusterConfigurationFault: Hashable, Sendable, CustomStringConvertible {
    case size(Int)
    case selfAsPeer(NodeID)
    case peerTwice(NodeID)
    case tolerance(Nanoseconds)
    case driftBound(Int64)
    case pollInterval(Nanoseconds)
    case windowMin(Nanoseconds, pollInterval: Nanoseconds)
    case windowMax(Nanoseconds, windowMin: Nanoseconds)
    case epochLength(Nanoseconds, windowMax: Nanoseconds)
    case drift(Nanoseconds, tolerance: Nanoseconds)

    public var description: String {
        switch self {
        case .size(let size): "a cluster has 1 to \(ClusterConfiguration.sizeLimit) members, this one \(size)"
        case .selfAsPeer(let node): "node \(node.rawValue) is listed among its own peers; remove it there"
        case .peerTwice(let node): "peer \(node.rawValue) is listed twice; remove one"
        case .tolerance(let length): "a tolerance of \(length.count) ns; give 1 ms to 10 s"
        case .driftBound(let bound): "a drift bound of \(bound) ppb; give 0 to 1000000 (1000 ppm)"
        case .pollInterval(let length): "a poll interval of \(length.count) ns; give 10 ms or more"
        case .windowMin(let length, let poll):
            "a window of at least \(length.count) ns has room for no poll; give \(poll.count) ns or more"
        case .windowMax(let length, let least):
            "a window of at most \(length.count) ns leaves no poll after \(least.count) ns; give more"
        case .epochLength(let length, let window):
            "an epoch of \(length.count) ns; give between a window (\(window.count) ns) and an hour"
        case .drift(let growth, let tolerance):
            "clocks may part by \(growth.count) ns a side within a window, more than the tolerance of "
                + "\(tolerance.count) ns; shorten the window or raise the tolerance"
        }
    }
}
