// A run over time, in constant memory: at most 512 columns of equal length. When a run needs more, pairs of columns
// are joined, and each is then twice as long. So a day needs no more memory than a minute.
//
// A journal's values also go in here, and they may be anything, so sums saturate.

public import TickScheduling
public import TickTime

/// What happened along a run.
public struct RunTimeline: Sendable {
    /// One stretch of time.
    public struct Column: Hashable, Sendable {
        public var ticks: Int64 = 0
        /// Ticks that were not on time.
        public var late: Int64 = 0
        public var skipped: Int64 = 0
        public var worstLateness = Nanoseconds.zero
        public var sumOfLateness = Nanoseconds.zero
        /// The handlers' shares of their periods, in millionths.
        public var worstLoad: Int64 = 0
        public var sumOfLoads: Int64 = 0
        /// What the hypervisor took from all CPUs.
        public var stolen = Nanoseconds.zero
        /// UTC against the monotonic clock, since the anchor: the last that was read.
        public var divergence: Nanoseconds?
        /// How far the time of day might be off: the widest bound, and the last source.
        public var widestBound: Nanoseconds?
        public var quality: UTCSource?
        public var isTraceable = true

        public init() {}

        /// The union of two stretches.
        mutating func join(_ later: Column) {
            ticks += later.ticks
            late += later.late
            skipped = RunTimeline.sum(skipped, later.skipped)
            worstLateness = max(worstLateness, later.worstLateness)
            sumOfLateness = RunTimeline.sum(sumOfLateness, later.sumOfLateness)
            worstLoad = max(worstLoad, later.worstLoad)
            sumOfLoads = RunTimeline.sum(sumOfLoads, later.sumOfLoads)
            stolen = RunTimeline.sum(stolen, later.stolen)
            divergence = later.divergence ?? divergence
            widestBound = [widestBound, later.widestBound].compactMap(\.self).max()
            quality = later.quality ?? quality
            isTraceable = isTraceable && later.isTraceable
        }
    }

    public static let columnLimit = 512
    /// How long a column is to begin with.
    public static let firstLength = Nanoseconds.milliseconds(20)

    public private(set) var columns: [Column] = []
    public private(set) var length = RunTimeline.firstLength
    /// Where the first column begins; `nil` before anything was added.
    public private(set) var begin: MonotonicInstant?

    public init() {}

    /// A tick was delivered.
    ///
    /// - Parameter period: of its session.
    public mutating func add(
        start: MonotonicInstant, lateness: Nanoseconds, isLate: Bool, skipped: Int64, work: Nanoseconds,
        period: Nanoseconds, timestamp: TickTimestamp?
    ) {
        let load = Int64(clamping: Int128(work.count) * 1_000_000 / Int128(max(1, period.count)))
        change(at: start) { column in
            column.ticks += 1
            if isLate { column.late += 1 }
            column.skipped = Self.sum(column.skipped, skipped)
            column.worstLateness = max(column.worstLateness, lateness)
            column.sumOfLateness = Self.sum(column.sumOfLateness, max(.zero, lateness))
            column.worstLoad = max(column.worstLoad, load)
            column.sumOfLoads = Self.sum(column.sumOfLoads, load)
            guard let timestamp else { return }
            column.quality = timestamp.quality
            column.isTraceable = column.isTraceable && timestamp.isTraceable
            if let earliest = timestamp.earliest, let latest = timestamp.latest {
                let bound = max(Self.distance(earliest, timestamp.time), Self.distance(timestamp.time, latest))
                column.widestBound = max(column.widestBound ?? .zero, bound)
            }
        }
    }

    /// The clocks were read.
    ///
    /// - Parameter stolen: since they were read before.
    public mutating func observe(at instant: MonotonicInstant, divergence: Nanoseconds, stolen: Nanoseconds?) {
        change(at: instant) { column in
            column.divergence = divergence
            column.stolen = Self.sum(column.stolen, stolen ?? .zero)
        }
    }

    private mutating func change(at instant: MonotonicInstant, _ body: (inout Column) -> Void) {
        let begin = begin ?? instant
        self.begin = begin
        // A reading from just before the first column belongs to it.
        let since = instant < begin ? .zero : Self.distance(begin, instant)
        while since.count / length.count >= Int64(Self.columnLimit) { halve() }
        let place = Int(since.count / length.count)
        while columns.count <= place { columns.append(Column()) }
        body(&columns[place])
    }

    private mutating func halve() {
        var joined: [Column] = []
        joined.reserveCapacity(Self.columnLimit)
        for place in stride(from: 0, to: columns.count, by: 2) {
            var column = columns[place]
            if place + 1 < columns.count { column.join(columns[place + 1]) }
            joined.append(column)
        }
        columns = joined
        length = Nanoseconds(Int64(clamping: 2 * Int128(length.count)))
    }

    /// From the beginning of the first column to the end of the last.
    public var span: Nanoseconds { Nanoseconds(Int64(clamping: Int128(columns.count) * Int128(length.count))) }

    private static func sum(_ a: Int64, _ b: Int64) -> Int64 { Int64(clamping: Int128(a) + Int128(b)) }

    private static func sum(_ a: Nanoseconds, _ b: Nanoseconds) -> Nanoseconds { Nanoseconds(sum(a.count, b.count)) }

    private static func distance<Clock>(_ a: Instant<Clock>, _ b: Instant<Clock>) -> Nanoseconds {
        Nanoseconds(Int64(clamping: (Int128(b.nanoseconds) - Int128(a.nanoseconds)).magnitude))
    }
}
