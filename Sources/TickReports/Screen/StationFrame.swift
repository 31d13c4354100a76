public import TickScheduling
public import TickTime

/// A picture of a host of a station, as lines: its state, its channels, the latencies of its loops, and what happened
/// last.
public struct StationFrame: ScreenFrame {
    /// What a loop measured, all its channels together; `nil` before its first tick.
    public struct Loop: Sendable {
        public var p50: Nanoseconds?
        public var p99: Nanoseconds?
        public var most: Nanoseconds?

        /// - Parameter latencies: walked through twice, which is too slow for every picture.
        public init(_ latencies: LatencyStatistics) {
            p50 = latencies.startLateness.value(atPercentile: 50)
            p99 = latencies.startLateness.value(atPercentile: 99)
            most = latencies.startLateness.maximum
        }
    }

    /// The most loops that have a line of their own.
    private static let shownLoops = 4

    public var state: StationMetrics
    public var utc: UTCInstant
    public var elapsed: Nanoseconds
    /// Who is the primary, in words.
    public var primary: String
    /// The source of the time of day; empty if it is not known.
    public var time: String
    /// The loop of each channel, by its name.
    public var loopOfChannel: [String: Int]
    public var loops: [Loop]
    /// What happened, the latest last.
    public var events: [String]

    public init(
        _ state: StationMetrics, utc: UTCInstant, elapsed: Nanoseconds, primary: String, time: String,
        loopOfChannel: [String: Int], loops: [Loop], events: [String]
    ) {
        self.state = state
        self.utc = utc
        self.elapsed = elapsed
        self.primary = primary
        self.time = time
        self.loopOfChannel = loopOfChannel
        self.loops = loops
        self.events = events
    }

    public func lines(width: Int, height: Int) -> [String] {
        let loopLines = loops.prefix(Self.shownLoops).enumerated().map { number, loop in
            "loop \(number): start lateness p50 \(Quantity.length(loop.p50))  p99 \(Quantity.length(loop.p99))"
                + "  max \(Quantity.length(loop.most))"
        }
        var lines = [
            [
                "\(state.station) \(state.host)", "\(utc.iso8601.prefix(23).replacing("T", with: " ")) UTC",
                "running \(elapsed == .zero ? "0 s" : Quantity.length(elapsed))", time,
            ].filter { !$0.isEmpty }.joined(separator: "  "), [tenure, primary, store].joined(separator: "  "),
        ]
        // Above the table two lines and the titles; below it the loops and the events.
        let room = max(1, height - 3 - loopLines.count - min(events.count, 4))
        let shown = state.channels.prefix(state.channels.count > room ? max(1, room - 1) : room)
        lines += LiveTable(Array(shown), columns).lines(width: width)
        let more = state.channels.count - shown.count
        if more > 0 { lines.append("and \(more) more channels") }
        lines += loopLines
        lines += events.suffix(max(0, min(4, height - lines.count)))
        return lines.prefix(height).map { FittedText.fitted($0, to: width) }
    }

    private var tenure: String {
        guard state.holdsTenure else { return "no tenure" }
        let name = "tenure \(state.generation)"
        guard let validFor = state.validFor else { return name }
        return validFor > .zero
            ? "\(name), valid for \(Quantity.length(validFor))"
            : "\(name), over since \(validFor == .zero ? "now" : Quantity.length(validFor.magnitude))"
    }

    private var store: String {
        let age = state.store.answerAge.map { "answered \(Quantity.length($0)) ago" } ?? "has not answered"
        return "etcd \(state.store.isFailing ? "fails, " : "")\(age)"
    }

    /// The most important first.
    private var columns: [LiveTable<StationMetrics.Channel>.Column] {
        typealias Column = LiveTable<StationMetrics.Channel>.Column
        var columns = [
            Column("channel", 12, most: 12, kind: .name) { $0.name }, Column("role", 9) { $0.role },
            Column("air", 3) { LiveFrame.words($0.air) },
            Column("tick", 9) { $0.statistics?.last.map { "\($0.index)" } ?? "-" },
            Column("fencing", 7) { $0.statistics?.air?.fencingNumber.map { "\($0)" } ?? "-" },
            Column("last", 7) { Quantity.length($0.statistics?.last?.startLateness) },
            Column("late", 6) { $0.statistics.map { "\($0.lateCount)" } ?? "-" },
            Column("on air", 9) { $0.statistics.map { "\($0.air?.onAir ?? 0)" } ?? "-" },
            Column("rate", 7, most: 11) { $0.statistics.map { $0.rate.name ?? $0.rate.description } ?? "-" },
            Column("unfenced", 8) { $0.statistics.map { "\($0.air?.unfenced ?? 0)" } ?? "-" },
            Column("off air", 9) { $0.statistics.map { "\($0.air?.offAir ?? 0)" } ?? "-" },
            Column("skipped", 7) { $0.statistics.map { "\($0.skipped)" } ?? "-" },
        ]
        if loops.count > 1 {
            let loopOfChannel = loopOfChannel
            columns.insert(Column("loop", 4) { loopOfChannel[$0.name].map { "\($0)" } ?? "-" }, at: 3)
        }
        columns.append(
            Column("UTC of the tick", 15) { channel in
                channel.statistics?.last.map { String($0.deadlineUTC.iso8601.dropFirst(11).prefix(12)) } ?? "-"
            })
        return columns
    }
}
