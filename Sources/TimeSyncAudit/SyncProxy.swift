// Heartbeats: when each node's agent last wrote to the API server, by the node's own clock. Their spread holds
// the clocks' differences and the agents' phases together, so it can hint at clocks that are seconds apart and
// never prove that they are not.

public import TickTime

/// A hint at the nodes' clocks, which proves nothing.
public struct SyncProxy: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable, Codable {
        /// The Ready condition's lastHeartbeatTime: whole seconds, every five minutes.
        case nodeHeartbeat = "node_heartbeat"
        /// The node Lease's renewTime: microseconds, every ten seconds.
        case nodeLease = "node_lease"
    }

    public enum Finding: Hashable, Sendable {
        /// Of each node.
        case times([String: UTCInstant])
        /// Why there is no spread.
        case failed(String)
    }

    public var kind: Kind
    public var source: String
    public var finding: Finding

    public init(kind: Kind, source: String, finding: Finding) {
        self.kind = kind
        self.source = source
        self.finding = finding
    }

    /// The nodes that it tells of.
    public var nodes: [String] {
        if case .times(let times) = finding { return times.keys.sorted() }
        return []
    }

    /// The latest − the earliest; `nil` where fewer than two nodes are told of: one has no spread.
    public var spread: Nanoseconds? {
        guard case .times(let times) = finding, times.count >= 2, let first = times.values.min(),
            let last = times.values.max()
        else { return nil }
        return last -| first
    }

    /// Whether the spread is within the limit; `nil` where there is none.
    public var passes: Bool? { spread.map { $0 <= SyncLimits.heartbeat } }

    /// Why there is no spread; `nil` if there is one.
    public var fault: String? {
        if case .failed(let why) = finding { return why }
        return spread == nil ? "fewer than two nodes are told of, and one has no spread" : nil
    }
}
