public import TickScheduling
public import TickTime

/// The sources of the timestamps of a run's ticks.
public struct TimestampTally: Hashable, Sendable {
    /// Ticks by the quality of their timestamps, in the order of `UTCSource.allCases`.
    public private(set) var byQuality = [Int64](repeating: 0, count: UTCSource.allCases.count)
    public private(set) var traceable: Int64 = 0
    /// Committed by a primary.
    public private(set) var committed: Int64 = 0
    /// Held ahead of their source, and the greatest such hold.
    public private(set) var held: Int64 = 0
    public private(set) var longestHold = Nanoseconds.zero
    /// Below an earlier one or a floor, which must never happen.
    public private(set) var fallen: Int64 = 0
    /// The last.
    public private(set) var last: TickTimestamp?
    private var order = TimestampOrder()

    public init() {}

    /// Takes the next, in the order of delivery.
    public mutating func add(_ stamp: TickTimestamp) {
        if let place = UTCSource.allCases.firstIndex(of: stamp.quality) { byQuality[place] += 1 }
        if stamp.isTraceable { traceable += 1 }
        if stamp.isCommitted { committed += 1 }
        if stamp.held > .zero { held += 1 }
        longestHold = max(longestHold, stamp.held)
        if case .some = order.fall(to: stamp) { fallen += 1 }
        last = stamp
    }

    public var count: Int64 { byQuality.reduce(0, +) }
}

extension RunSummary {
    /// The member of a cluster that ran within the run, in its state at the end.
    public struct Cluster: Hashable, Sendable {
        public var name: String
        public var node: String
        /// The cluster clock's.
        public var status: String
        /// The best time's.
        public var quality: UTCSource
        public var isTraceable: Bool
        /// How far the best time may be from true UTC; if untraceable, from the cluster's clocks.
        public var bound: Nanoseconds?
        public var agreements: Int64
        public var agreeing: Int
        public var members: Int
        public var refusedDatagrams: Int64
        public var timestamps: TimestampTally

        public init(
            name: String, node: String, status: String, quality: UTCSource, isTraceable: Bool, bound: Nanoseconds?,
            agreements: Int64, agreeing: Int, members: Int, refusedDatagrams: Int64, timestamps: TimestampTally
        ) {
            self.name = name
            self.node = node
            self.status = status
            self.quality = quality
            self.isTraceable = isTraceable
            self.bound = bound
            self.agreements = agreements
            self.agreeing = agreeing
            self.members = members
            self.refusedDatagrams = refusedDatagrams
            self.timestamps = timestamps
        }
    }
}

extension RunSummary.Cluster {
    var lines: [String] {
        let known =
            bound.map { ", \(isTraceable ? "UTC" : "the cluster's clocks") within \(Quantity.length($0))" } ?? ""
        var lines = [
            "  cluster         \(name), node \(node): \(status), \(agreeing) of \(members) agree, epoch \(agreements)",
            "  best time       \(quality.rawValue)\(isTraceable ? "" : ", untraceable")\(known)",
        ]
        let parts = zip(UTCSource.allCases, timestamps.byQuality).filter { $0.1 > 0 }.map { "\($0.1) \($0.0.rawValue)" }
        lines.append("  timestamps      \(parts.joined(separator: ", ")); \(timestamps.traceable) traceable")
        if timestamps.committed > 0 {
            lines.append("                  \(timestamps.committed) committed as the primary")
        }
        if timestamps.held > 0 {
            lines.append(
                "                  \(timestamps.held) held so as not to fall, by \(Quantity.length(timestamps.longestHold)) at most"
            )
        }
        if refusedDatagrams > 0 { lines.append("  refused         \(refusedDatagrams) datagrams") }
        return lines
    }
}

extension JSONText {
    mutating func cluster(_ cluster: RunSummary.Cluster) {
        object("cluster") { json in
            json.member("name", cluster.name)
            json.member("node", cluster.node)
            json.member("status", cluster.status)
            json.member("quality", cluster.quality.rawValue)
            json.member("traceable", cluster.isTraceable)
            json.member("bound_ns", cluster.bound?.count)
            json.member("epoch", cluster.agreements)
            json.member("agreeing", cluster.agreeing)
            json.member("members", cluster.members)
            json.member("datagrams_refused", cluster.refusedDatagrams)
            json.object("timestamps_by_quality") { json in
                for (source, count) in zip(UTCSource.allCases, cluster.timestamps.byQuality) {
                    json.member(source.rawValue, count)
                }
            }
            json.member("timestamps_traceable", cluster.timestamps.traceable)
            json.member("timestamps_committed", cluster.timestamps.committed)
            json.member("timestamps_held", cluster.timestamps.held)
            json.member("timestamps_held_longest_ns", cluster.timestamps.longestHold.count)
            json.member("timestamps_fallen", cluster.timestamps.fallen)
        }
    }
}
