// The screen of a running run: lines of text that fit a width and a height. This file decides what is drawn, from
// numbers; the owner of the terminal decides where and how often.

internal import PlotPages
public import TickScheduling
public import TickTime

/// A picture for a terminal.
public protocol ScreenFrame: Sendable {
    /// At most `height` lines of at most `width` characters.
    func lines(width: Int, height: Int) -> [String]
}

/// A picture of a run, as lines.
public struct LiveFrame: ScreenFrame {
    /// One session, so far.
    public struct Row: Sendable {
        public var name: String
        public var rate: FrameRate
        public var tick: Int64?
        /// The deadline of that tick.
        public var utc: UTCInstant?
        public var timecode: String?
        public var last: Nanoseconds?
        public var p50: Nanoseconds?
        public var p99: Nanoseconds?
        public var most: Nanoseconds?
        public var late: Int64
        public var lateByCause: [Int64]
        public var skipped: Int64
        public var consecutiveLate: Int64
        /// Whether its last tick was on air; `nil` without a gate.
        public var air: AirState?
        /// Its start latenesses in the frame's bins; empty without a histogram.
        public var histogram: [Int64]

        public init(
            name: String, rate: FrameRate, tick: Int64?, utc: UTCInstant? = nil, timecode: String?,
            last: Nanoseconds?, p50: Nanoseconds?, p99: Nanoseconds?, most: Nanoseconds?, late: Int64,
            lateByCause: [Int64], skipped: Int64, consecutiveLate: Int64, air: AirState? = nil, histogram: [Int64] = []
        ) {
            self.name = name
            self.rate = rate
            self.tick = tick
            self.utc = utc
            self.timecode = timecode
            self.last = last
            self.p50 = p50
            self.p99 = p99
            self.most = most
            self.late = late
            self.lateByCause = lateByCause
            self.skipped = skipped
            self.consecutiveLate = consecutiveLate
            self.air = air
            self.histogram = histogram
        }
    }

    public var name: String
    public var utc: UTCInstant
    public var elapsed: Nanoseconds
    public var sessions: [Row]
    /// Sessions beyond those that are listed.
    public var furtherSessions: Int
    public var divergence: Nanoseconds?
    /// The source of the time of day, and how far it may be off; empty without a cluster.
    public var time: String
    /// Counts of start lateness, each for a third of a decade from 100 ns on.
    public var histogram: [Int64]
    /// The incidents, the latest last.
    public var incidents: [String]

    public init(
        name: String, utc: UTCInstant, elapsed: Nanoseconds, sessions: [Row], furtherSessions: Int,
        divergence: Nanoseconds?, time: String, histogram: [Int64], incidents: [String]
    ) {
        self.name = name
        self.utc = utc
        self.elapsed = elapsed
        self.sessions = sessions
        self.furtherSessions = furtherSessions
        self.divergence = divergence
        self.time = time
        self.histogram = histogram
        self.incidents = incidents
    }

    /// The bins of `histogram`: from 100 ns to 1 s, three to a decade.
    public static let binCount = 21

    /// The counts of a histogram in those bins; values beyond them are in the first and the last.
    public static func bins(_ histogram: borrowing LatencyHistogram) -> [Int64] {
        var bins = [Int64](repeating: 0, count: binCount)
        histogram.forEachBucket { _, highest, count in
            let place = (PlotScale.log10(Double(max(1, highest.count))) - 2) * 3
            bins[min(binCount - 1, max(0, Int(place.rounded(.down))))] += count
        }
        return bins
    }

    // MARK: - Lines

    /// The picture, at most `height` lines of at most `width` columns, all ASCII except the bars and the µ of a unit.
    public func lines(width: Int, height: Int) -> [String] {
        var lines = [header(width)]
        // Above the table the header and the titles; below it a line for causes, the histogram, incidents.
        let below = 3 + min(incidents.count, 4)
        let room = max(1, height - 2 - below)
        let shown = sessions.prefix(sessions.count + furtherSessions > room ? max(1, room - 1) : room)
        lines += LiveTable(Array(shown), Self.columns(hasGate: shown.contains { $0.air != nil })).lines(width: width)
        let more = sessions.count - shown.count + furtherSessions
        if more > 0 { lines.append("and \(more) more sessions") }
        let causes = LatenessCause.allCases.enumerated().map { place, cause in
            let count = sessions.reduce(0) { $0 + ($1.lateByCause.indices.contains(place) ? $1.lateByCause[place] : 0) }
            return "\(count) \(cause.name)"
        }
        lines.append("late by cause: \(causes.joined(separator: ", "))")
        lines += bars(width)
        lines += incidents.suffix(max(0, min(4, height - lines.count)))
        return lines.prefix(height).map { FittedText.fitted($0, to: width) }
    }

    private func header(_ width: Int) -> String {
        let clock = String(utc.iso8601.prefix(23).replacing("T", with: " "))
        var parts = [name, "\(clock) UTC", "running \(elapsed == .zero ? "0 s" : Quantity.length(elapsed))"]
        if let divergence { parts.append("divergence \(Quantity.length(divergence))") }
        if !time.isEmpty { parts.append(time) }
        return parts.joined(separator: "  ")
    }

    /// Eighths of a block: on a logarithmic scale, so that one tick among millions still shows.
    private func bars(_ width: Int) -> [String] {
        guard (histogram.max() ?? 0) > 0 else { return ["start lateness: none yet", ""] }
        return [
            "start lateness |\(Self.blocks(of: histogram))|", "               100 ns  10 µs  1 ms  100 ms",
        ]
    }

    static func blocks(of histogram: [Int64]) -> String {
        let blocks = Array("▁▂▃▄▅▆▇█")
        let scale = PlotScale.logarithmic(1, Double(max(2, histogram.max() ?? 0)))
        return String(
            histogram.map { count in
                count == 0 ? " " : blocks[min(7, Int(scale.position(Double(count)) * 7.999))]
            })
    }
}

extension LiveFrame {
    /// The most important first.
    ///
    /// - Parameter hasGate: whether a session is on air or off air at all.
    static func columns(hasGate: Bool) -> [LiveTable<Row>.Column] {
        typealias Column = LiveTable<Row>.Column
        var columns = [
            Column("session", 12, most: 12, kind: .name) { $0.name },
            Column("rate", 7, most: 11) { $0.rate.name ?? $0.rate.description },
            Column("tick", 9) { $0.tick.map(String.init) ?? "-" }, Column("timecode", 11) { $0.timecode ?? "-" },
        ]
        if hasGate { columns.append(Column("air", 3) { $0.air.map(Self.words) ?? "-" }) }
        columns += [
            Column("last", 7) { Quantity.length($0.last) }, Column("p99", 7) { Quantity.length($0.p99) },
            Column("max", 7) { Quantity.length($0.most) }, Column("late", 6) { "\($0.late)" },
            Column("p50", 7) { Quantity.length($0.p50) }, Column("skipped", 7) { "\($0.skipped)" },
            Column("in a row", 8) { "\($0.consecutiveLate)" },
            Column("100 ns, 10 µs, 1 ms", LiveFrame.binCount, most: LiveFrame.binCount, kind: .bars) {
                LiveFrame.blocks(of: $0.histogram)
            },
            Column("UTC of the tick", 15) { session in
                session.utc.map { String($0.iso8601.dropFirst(11).prefix(12)) } ?? "-"
            },
        ]
        for (place, cause) in LatenessCause.allCases.enumerated() {
            columns.append(
                Column(cause.name, max(6, cause.name.utf8.count)) { session in
                    "\(session.lateByCause.indices.contains(place) ? session.lateByCause[place] : 0)"
                })
        }
        return columns
    }

    static func words(_ air: AirState) -> String { air.isUnfenced ? "unfenced" : air.isOnAir ? "on" : "off" }
}
