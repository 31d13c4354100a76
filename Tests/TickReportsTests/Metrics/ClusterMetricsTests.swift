import Testing
import TickReports
import TickScheduling
import TickTime

@Suite("Metrics of a member of a cluster")
struct ClusterMetricsTests {
    private static let metrics = ClusterMetrics(
        cluster: "studio", node: "a", hasQuorum: true, agreeing: 2, members: 3, timeOffset: Nanoseconds(-1_500_000),
        refusedDatagrams: [("length", 0), ("mac", 7)],
        peers: [
            .init(name: "b", answeredPolls: 7, offset: Nanoseconds(2_000_000), error: Nanoseconds(250_000)),
            .init(name: "c", answeredPolls: 0, offset: nil, error: nil),
        ])

    @Test("a node's hold offset, bound, quality, each peer's reach and offset, and refusals by reason")
    func node() {
        let (time, utc) = (UTCInstant(nanoseconds: 1_794_000_000_000_000_000), UTCSource.cluster)
        let stamp = TickTimestamp(
            time, quality: utc, isTraceable: true, bounds: (time - .milliseconds(2), time + .milliseconds(3)),
            held: .zero)
        let lines = Set(
            Self.metrics.text(best: stamp, version: "1", written: time).split(separator: "\n").map(String.init))
        for line in [
            #"tickrun_time_offset_seconds{cluster="studio",node="a"} -0.0015"#,
            #"tickrun_time_bound_seconds{cluster="studio",node="a"} 0.003"#,
            #"tickrun_time_quality{cluster="studio",node="a",source="cluster"} 1"#,
            #"tickrun_cluster_peer_reach_ratio{cluster="studio",node="a",peer="b"} 0.875"#,
            #"tickrun_cluster_peer_reach_ratio{cluster="studio",node="a",peer="c"} 0"#,
            #"tickrun_cluster_peer_offset_seconds{cluster="studio",node="a",peer="b"} 0.002"#,
            #"tickrun_cluster_peer_offset_error_seconds{cluster="studio",node="a",peer="b"} 0.00025"#,
            #"tickrun_cluster_datagrams_refused_total{cluster="studio",node="a",reason="length"} 0"#,
            #"tickrun_cluster_datagrams_refused_total{cluster="studio",node="a",reason="mac"} 7"#,
        ] { #expect(lines.contains(line), "\(line)") }
        // A silent peer has no offset.
        #expect(!lines.contains { $0.hasPrefix("tickrun_cluster_peer_offset") && $0.contains(#"peer="c""#) })
    }
}
