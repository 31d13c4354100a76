// Percentiles need a walk through a histogram, too slow for ten pictures a second of many sessions: they are computed
// once a second. The greatest value costs nothing and is read for each picture, so that it is never below the last
// value next to it.

public import TickScheduling
public import TickTime

/// The start latenesses of each session, for a screen.
public struct LivePercentiles: Sendable {
    /// One session; `nil` if it keeps no histogram, or has no tick yet.
    public struct Row: Sendable {
        public fileprivate(set) var p50: Nanoseconds?
        public fileprivate(set) var p99: Nanoseconds?
        /// The greatest, as it is now.
        public fileprivate(set) var most: Nanoseconds?
        /// As `LiveFrame.bins`; empty without a histogram.
        public fileprivate(set) var bins: [Int64] = []
    }

    private static let interval = Nanoseconds.seconds(1)
    private var rows: [Row] = []
    /// The bins of all sessions together.
    public private(set) var bins: [Int64] = []
    private var next: MonotonicInstant?

    public init() {}

    /// The rows of these sessions, in their order.
    ///
    /// - Parameters:
    ///   - sessions: what each keeps; `nil` for one without histograms.
    ///   - total: all sessions together.
    public mutating func rows(
        _ sessions: [LatencyStatistics?], _ total: LatencyStatistics, at now: MonotonicInstant
    ) -> [Row] {
        if now >= next ?? now || rows.count != sessions.count {
            next = now + Self.interval
            rows = sessions.map { latencies in
                guard let latencies else { return Row() }
                var row = Row()
                row.p50 = latencies.startLateness.value(atPercentile: 50)
                row.p99 = latencies.startLateness.value(atPercentile: 99)
                row.bins = LiveFrame.bins(latencies.startLateness)
                return row
            }
            bins = LiveFrame.bins(total.startLateness)
        }
        for (place, latencies) in sessions.enumerated() { rows[place].most = latencies?.startLateness.maximum }
        return rows
    }
}
