public import TickTime

/// The state of a cluster member: of a run, or of a node.
public struct ClusterMetrics: Sendable {
    /// What is known of one peer.
    public struct Peer: Sendable {
        public var name: String
        /// How many of the last eight polls it answered.
        public var answeredPolls: Int64
        /// Its clock − this host's, and how far that may be off; `nil` for a silent peer.
        public var offset: Nanoseconds?
        public var error: Nanoseconds?

        public init(name: String, answeredPolls: Int64, offset: Nanoseconds?, error: Nanoseconds?) {
            self.name = name
            self.answeredPolls = answeredPolls
            self.offset = offset
            self.error = error
        }
    }

    /// What is known of the ptp4l that the member follows.
    public struct PTP: Sendable {
        /// UTC − this host's UTC, and how far that may be off; `nil` if PTP bounds nothing.
        public var offset: Nanoseconds?
        public var error: Nanoseconds?
        public var grandmasterChanges: Int64

        public init(offset: Nanoseconds?, error: Nanoseconds?, grandmasterChanges: Int64) {
            self.offset = offset
            self.error = error
            self.grandmasterChanges = grandmasterChanges
        }
    }

    public var cluster: String
    public var node: String
    /// Whether an agreement of a majority is in use.
    public var hasQuorum: Bool
    public var agreeing: Int64
    public var members: Int64
    /// The best time − this host's UTC.
    public var timeOffset: Nanoseconds
    /// How many datagrams were refused, by reason. Every reason is listed, so that each series begins at 0.
    public var refusedDatagrams: [(reason: String, count: Int64)]
    public var peers: [Peer]
    /// `nil` if the member follows no ptp4l.
    public var ptp: PTP?

    public init(
        cluster: String, node: String, hasQuorum: Bool, agreeing: Int64, members: Int64, timeOffset: Nanoseconds,
        refusedDatagrams: [(reason: String, count: Int64)], peers: [Peer], ptp: PTP? = nil
    ) {
        self.cluster = cluster
        self.node = node
        self.hasQuorum = hasQuorum
        self.agreeing = agreeing
        self.members = members
        self.timeOffset = timeOffset
        self.refusedDatagrams = refusedDatagrams
        self.peers = peers
        self.ptp = ptp
    }

    func write(to metrics: inout MetricsText) {
        let labels = [("cluster", cluster), ("node", node)]
        metrics.family("tickrun_cluster_quorum", .gauge, "Whether an agreement of a majority is in use.")
        metrics.sample("tickrun_cluster_quorum", labels, hasQuorum ? 1 : 0)
        metrics.family("tickrun_cluster_agreeing_members", .gauge, "Members in the last agreement, including this one.")
        metrics.sample("tickrun_cluster_agreeing_members", labels, agreeing)
        metrics.family("tickrun_cluster_members", .gauge, "Members of the cluster, as its file lists them.")
        metrics.sample("tickrun_cluster_members", labels, members)
        metrics.family("tickrun_time_offset_seconds", .gauge, "The time of day minus this host's UTC.")
        metrics.seconds("tickrun_time_offset_seconds", labels, nanoseconds: Int128(timeOffset.count))
        write(ptp, labels, to: &metrics)
        write(peers, labels, to: &metrics)
        metrics.family("tickrun_cluster_datagrams_refused_total", .counter, "Datagrams that were refused, by reason.")
        for (reason, count) in refusedDatagrams {
            metrics.sample("tickrun_cluster_datagrams_refused_total", labels + [("reason", reason)], count)
        }
    }

    private func write(_ ptp: PTP?, _ labels: [(String, String)], to metrics: inout MetricsText) {
        guard let ptp else { return }
        metrics.family("tickrun_ptp_bounds_utc", .gauge, "Whether PTP bounds this host's UTC.")
        metrics.sample("tickrun_ptp_bounds_utc", labels, ptp.error == nil ? 0 : 1)
        metrics.family("tickrun_ptp_grandmaster_changes_total", .counter, "Changes of the PTP grandmaster.")
        metrics.sample("tickrun_ptp_grandmaster_changes_total", labels, ptp.grandmasterChanges)
        guard let offset = ptp.offset, let error = ptp.error else { return }
        metrics.family("tickrun_ptp_offset_seconds", .gauge, "UTC by PTP minus this host's UTC.")
        metrics.seconds("tickrun_ptp_offset_seconds", labels, nanoseconds: Int128(offset.count))
        metrics.family("tickrun_ptp_offset_error_seconds", .gauge, "How far UTC by PTP may be wrong.")
        metrics.seconds("tickrun_ptp_offset_error_seconds", labels, nanoseconds: Int128(error.count))
    }

    private func write(_ peers: [Peer], _ labels: [(String, String)], to metrics: inout MetricsText) {
        // A family without samples is left out.
        guard !peers.isEmpty else { return }
        metrics.family(
            "tickrun_cluster_peer_reach_ratio", .gauge, "The share of the last 8 polls that the peer answered.")
        for peer in peers {
            metrics.fraction(
                "tickrun_cluster_peer_reach_ratio", labels + [("peer", peer.name)], peer.answeredPolls, 8)
        }
        let measured = peers.compactMap { peer in
            peer.offset.flatMap { offset in peer.error.map { (peer.name, offset, $0) } }
        }
        guard !measured.isEmpty else { return }
        metrics.family(
            "tickrun_cluster_peer_offset_seconds", .gauge, "The peer's clock minus this host's, unless it is silent.")
        for (name, offset, _) in measured {
            metrics.seconds(
                "tickrun_cluster_peer_offset_seconds", labels + [("peer", name)], nanoseconds: Int128(offset.count))
        }
        metrics.family(
            "tickrun_cluster_peer_offset_error_seconds", .gauge, "How far the peer's offset may be wrong.")
        for (name, _, error) in measured {
            metrics.seconds(
                "tickrun_cluster_peer_offset_error_seconds", labels + [("peer", name)],
                nanoseconds: Int128(error.count))
        }
    }

    /// The metrics of a node that runs without a run.
    ///
    /// - Parameters:
    ///   - best: the best time that it knows.
    ///   - written: when, by this host's UTC.
    public func text(best: StampedTime?, version: String, written: UTCInstant) -> String {
        var metrics = MetricsText()
        metrics.family("tickrun_node_info", .gauge, "The node, and what wrote these metrics; always 1.")
        metrics.sample("tickrun_node_info", [("cluster", cluster), ("node", node), ("version", version)], 1)
        write(to: &metrics)
        var own = MetricsText(common: [("cluster", cluster), ("node", node)])
        own.time(best)
        own.family("tickrun_metrics_written_timestamp_seconds", .gauge, "When these metrics were written, UTC.")
        own.seconds("tickrun_metrics_written_timestamp_seconds", nanoseconds: Int128(written.nanoseconds))
        return metrics.text + own.text
    }
}
