// Heartbeats: when each node's agent last wrote to the API server, by the node's own clock. Their spread holds
// the clocks' differences and the agents' phases together, so it can hint at clocks that are seconds apart and
// never prove that they are not.
//
// A hint holds only for the time of the check. A heartbeat does not count if it is older than twice its period, or
// ahead of the check by more than 5 s: the agent has ended, or the list is of another day. A lease counts only while
// its node exists: leases of deleted nodes remain, and controllers have leases too.

package import TickTime

/// A hint at the nodes' clocks, which proves nothing.
package struct SyncProxy: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable, Codable {
        /// The Ready condition's lastHeartbeatTime: whole seconds, every five minutes.
        case nodeHeartbeat = "node_heartbeat"
        /// The node Lease's renewTime: microseconds, every ten seconds.
        case nodeLease = "node_lease"

        /// How often an agent writes it, unless the object says otherwise.
        package var period: Nanoseconds {
            switch self {
            case .nodeHeartbeat: .seconds(300)
            case .nodeLease: .seconds(10)
            }
        }
    }

    package enum Finding: Hashable, Sendable {
        /// Of each node.
        case times([String: UTCInstant])
        /// Why there is no spread.
        case failed(String)
    }

    package var kind: Kind
    package var source: String
    package var finding: Finding
    /// How often an object's agent writes it, where the object says so.
    package var periods: [String: Nanoseconds]
    /// Heartbeats and leases that do not count, and why.
    package private(set) var discarded: [String: String]

    /// - Parameters:
    ///   - periods: of the objects that state one.
    ///   - discarded: objects that do not belong to a node, and why.
    package init(
        kind: Kind, source: String, finding: Finding, periods: [String: Nanoseconds] = [:],
        discarded: [String: String] = [:]
    ) {
        self.kind = kind
        self.source = source
        self.finding = finding
        self.periods = periods
        self.discarded = discarded
    }

    /// The nodes that it names.
    package var nodes: [String] {
        if case .times(let times) = finding { return times.keys.sorted() }
        return []
    }

    /// What counts at the time of a check.
    ///
    /// - Parameter known: the nodes that exist, where something lists them.
    package func judged(at now: UTCInstant, among known: Set<String>?) -> SyncProxy {
        guard case .times(let times) = finding else { return self }
        var judged = self
        var counted: [String: UTCInstant] = [:]
        // Lists without a common name are of two clusters, and give no information about each other.
        let isOneCluster = known.map { !$0.isDisjoint(with: times.keys) } ?? false
        for (name, time) in times {
            let age = now -| time
            let limit = (periods[name] ?? kind.period).saturatingTimes(2)
            if kind == .nodeLease, isOneCluster, known?.contains(name) == false {
                judged.discarded[name] = "there is no node of that name"
            } else if age > limit {
                judged.discarded[name] =
                    "it is from \(time.iso8601), \(SyncText.seconds(age)) before the check; after \(SyncText.seconds(limit)) it does not count"
            } else if age < .zero -| SyncLimits.heartbeat {
                judged.discarded[name] =
                    "it is from \(time.iso8601), \(SyncText.seconds(age.magnitude)) after the check"
            } else {
                counted[name] = time
            }
        }
        judged.finding = .times(counted)
        return judged
    }

    /// The latest − the earliest; `nil` where the proxy names fewer than two nodes: one node has no spread.
    package var spread: Nanoseconds? {
        guard case .times(let times) = finding, times.count >= 2, let first = times.values.min(),
            let last = times.values.max()
        else { return nil }
        return last -| first
    }

    /// Whether the spread is within the limit; `nil` where there is none.
    package var passes: Bool? { spread.map { $0 <= SyncLimits.heartbeat } }

    /// Why there is no spread; `nil` if there is one.
    package var fault: String? {
        if case .failed(let why) = finding { return why }
        guard spread == nil else { return nil }
        let why = discarded.isEmpty ? "" : "; \(discardedText ?? "")"
        return "it names fewer than two nodes, and one node has no spread\(why)"
    }

    /// What does not count, and why; `nil` where everything does.
    package var discardedText: String? {
        guard !discarded.isEmpty else { return nil }
        let first = discarded.sorted { $0.key < $1.key }.prefix(3).map { "'\($0.key)' does not count: \($0.value)" }
        let more = discarded.count > 3 ? "; and \(discarded.count - 3) more" : ""
        return first.joined(separator: "; ") + more
    }
}
