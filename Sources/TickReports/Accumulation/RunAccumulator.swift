// One accumulation of a run's results. A live run, a journal and a C program feed it with the same calls. The report,
// the page, the metrics, the log and the replay read the same values. No other code counts, classifies incidents or
// decides a verdict.
//
// It gets every instant as an argument and reads no clock, so that a journal gives the incidents and the verdict of
// its run. It needs memory for each session, `incidentLimit` incidents and, for a page, 512 columns.

public import TickScheduling
public import TickTime

/// The results of a run so far.
public struct RunAccumulator {
    /// A session as it is added, before its first tick.
    public struct NewSession: Sendable {
        /// The loop's number of the session (`SessionID.index`).
        public var number: Int32
        public var name: String
        public var plan: SessionPlan
        public var epoch: SessionEpoch
        /// Its block plan, and what its blocks are called, by their places.
        public var blocks: BlockPlan?
        public var blockNames: [String]
        public var timecode: SessionTimecode?
        /// Its service levels; empty if it has none.
        public var levels: ServiceLevels
        /// Where it takes over from another session, if it does.
        public var seam: Seam?

        public init(
            number: Int32, name: String, plan: SessionPlan, epoch: SessionEpoch, blocks: BlockPlan? = nil,
            blockNames: [String] = [], timecode: SessionTimecode? = nil, levels: ServiceLevels, seam: Seam? = nil
        ) {
            self.number = number
            self.name = name
            self.plan = plan
            self.epoch = epoch
            self.blocks = blocks
            self.blockNames = blockNames
            self.timecode = timecode
            self.levels = levels
            self.seam = seam
        }
    }

    /// One session and its results.
    public struct MeasuredSession {
        public let number: Int32
        public let name: String
        public let plan: SessionPlan
        public let epoch: SessionEpoch
        public let blocks: BlockPlan?
        public let blockNames: [String]
        public let timecode: SessionTimecode?
        public internal(set) var levels: ServiceLevels
        public let seam: Seam?
        /// The name of the session that it took over from.
        public let predecessor: String?
        public internal(set) var statistics: SessionStatistics
        /// Its own histograms; `nil` where the loop has too many sessions for that.
        public let latencies: LatencyStatistics?
        /// The first tick that no longer belongs to it; `nil` if none is known.
        public internal(set) var end: Int64?
        public internal(set) var isRemoved = false
        public internal(set) var endReason: TickSession.EndReason?
        /// Which jam of its labels was reported last; −1 if the jam of tick 0 is also to be reported.
        var jams: Int64 = 0
        /// Consecutive late ticks, up to the last tick.
        var lateRun: LateRun?
    }

    /// An incident as a log receives it.
    public struct News: Sendable {
        public enum Phase: Hashable, Sendable {
            /// It happened, or has ended.
            case whole
            /// It has begun, or continues.
            case ongoing
        }

        public let incident: RunIncident
        public let phase: Phase
    }

    /// How much of a run is kept.
    public struct Options: Sendable {
        /// How many sessions get their own histograms, of 912 KiB each: the first ones, or none at all in a run that
        /// begins with more sessions than this. The others only count in the loop's histograms.
        public var histogramSessionLimit = 64
        /// Whether the columns and late ticks of a page are kept.
        public var keepsTrace = false

        public init() {}
    }

    /// The incidents that are listed; further ones are only counted.
    public static let incidentLimit = 1_000
    /// The jams that one tick may report individually.
    static let jamLimit: Int64 = 32

    public private(set) var name: String
    public let options: Options
    /// Every session that was in the loop, in the order of adding.
    public internal(set) var sessions: [MeasuredSession] = []
    /// The latencies of all sessions together.
    public let total = LatencyStatistics()
    public internal(set) var trace: RunTrace?
    public internal(set) var timestamps = TimestampTally()
    public internal(set) var clocks = ClockTally()
    var load = LoopLoad()
    var throttle = ThrottleMonitor()
    /// Overloads and quota stops that are incidents already, and whether the log knows of one that continues.
    var reported = ReportedLoads()
    var incidents: [RunIncident] = []
    var furtherIncidents = 0
    /// Every incident, including those beyond the limit.
    public internal(set) var tally = IncidentTally()
    var news: [News] = []
    /// Handlers that have not returned.
    var hanging: [RunningHandler: RunIncident] = [:]
    /// Where in `sessions` a session is, by its number.
    private var places: [Int32: Int] = [:]
    /// The latest known instant.
    var lastSeen: MonotonicInstant?
    /// Refused requests from before the first session, which have no date yet.
    var refused: [String] = []
    private var histogramSessions: Int
    /// Sessions that are late now.
    var lateSessions = 0

    /// - Parameter name: of the run.
    public init(named name: String, _ options: Options = Options()) {
        self.name = name
        histogramSessions = options.histogramSessionLimit
        self.options = options
        trace = options.keepsTrace ? RunTrace() : nil
    }

    /// What the run is called, and how many sessions it begins with (`nil`: not known); before the first session.
    public mutating func begin(named name: String, sessions: Int?) {
        self.name = name
        if let sessions, sessions > options.histogramSessionLimit { histogramSessions = 0 }
    }

    // MARK: - Sessions

    /// Adds a session to the loop, before its first tick. A repeated number is ignored: only a damaged journal has
    /// one.
    public mutating func add(_ new: NewSession) {
        guard places[new.number] == nil else { return }
        let before = new.seam.flatMap { places[$0.predecessor.index] }
        if let seam = new.seam, let before {
            sessions[before].end = min(sessions[before].end ?? .max, seam.predecessorEndTick)
            note(RunIncident(seam, of: sessions[before].name))
        }
        places[new.number] = sessions.count
        sessions.append(
            MeasuredSession(
                number: new.number, name: new.name, plan: new.plan, epoch: new.epoch, blocks: new.blocks,
                blockNames: new.blockNames, timecode: new.timecode, levels: new.levels, seam: new.seam,
                predecessor: before.map { sessions[$0].name },
                statistics: SessionStatistics(
                    epoch: new.epoch, rate: new.plan.rate, firstTick: new.plan.beginTick),
                latencies: sessions.count < histogramSessions ? LatencyStatistics() : nil))
        sessions[sessions.count - 1].end = sessions[sessions.count - 1].plannedEnd
        // The successor's tick 0 continues its predecessor's labels, so a jam there counts.
        if new.seam != nil, new.timecode?.beginsOnJam == true { sessions[sessions.count - 1].jams = -1 }
        // Jams before the first tick of a given grid were another session's.
        if new.plan.beginTick > 0, let timecode = new.timecode {
            sessions[sessions.count - 1].jams = timecode.jamCount(throughTick: new.plan.beginTick - 1)
        }
        for text in refused { note(RunIncident(refused: text, at: new.epoch.utc(ofFirstTickOf: new.plan))) }
        refused = []
    }

    /// Adds one service level of a session.
    public mutating func add(_ measure: ServiceLevels.Measure, limit: Int64, of number: Int32) {
        if let place = places[number] { sessions[place].levels[measure] = limit }
    }

    /// The session that was added last was refused, and has no tick.
    public mutating func withdraw(_ number: Int32) {
        guard let place = places[number], place == sessions.count - 1 else { return }
        sessions.removeLast()
        places[number] = nil
    }

    public mutating func remove(_ number: Int32) {
        if let place = places[number] { sessions[place].isRemoved = true }
    }

    /// No tick of the session follows.
    public mutating func end(_ number: Int32, _ reason: TickSession.EndReason) {
        guard let place = places[number] else { return }
        sessions[place].endReason = reason
        closeLateRun(of: place)
    }

    public func session(_ number: Int32) -> MeasuredSession? { places[number].map { sessions[$0] } }

    // MARK: - Ticks

    public mutating func add(_ record: TickRecord) {
        let tick = record.tick
        guard let place = places[tick.session.index] else { return }
        saw(tick.start)
        sessions[place].statistics.record(record)
        total.record(record)
        sessions[place].latencies?.record(record)
        load.add(record, rate: sessions[place].plan.rate)
        throttle.add(tick)
        reportLoads()
        if tick.blockChanged || tick.index & 0x3F == 0 { noteJams(of: place, upTo: tick.index) }
        trace?.add(
            record, session: sessions[place].name, rate: sessions[place].plan.rate, timecode: sessions[place].timecode)
        if let stamp = tick.timestamp { take(stamp, of: tick, sessions[place].name) }
        if tick.lateness == .onTime {
            closeLateRun(of: place)
        } else if sessions[place].lateRun == nil {
            sessions[place].lateRun = LateRun(tick)
            lateSessions += 1
        } else {
            sessions[place].lateRun?.add(tick)
        }
    }

    private mutating func closeLateRun(of place: Int) {
        guard let run = sessions[place].lateRun else { return }
        sessions[place].lateRun = nil
        lateSessions -= 1
        note(incident(of: run, place, isOver: true))
    }

    func incident(of run: LateRun, _ place: Int, isOver: Bool) -> RunIncident {
        let session = sessions[place]
        return run.incident(
            named: session.name, rate: session.plan.rate, timecode: session.timecode, isOver: isOver)
    }

    private mutating func take(_ stamp: StampedTime, of tick: Tick, _ session: String) {
        let before = timestamps.last
        timestamps.add(stamp)
        guard let before, before.quality != stamp.quality || before.isTraceable != stamp.isTraceable else { return }
        note(RunIncident(source: stamp, insteadOf: before, session: session, tick: tick))
    }

    /// Reports each jam of house time once.
    private mutating func noteJams(of place: Int, upTo tick: Int64) {
        guard let timecode = sessions[place].timecode else { return }
        let count = timecode.jamCount(throughTick: tick)
        let further = count - sessions[place].jams - Self.jamLimit
        if further > 0 {
            // Only a plan with less than a tick a day, or a damaged journal, has this many at once.
            furtherIncidents += Int(clamping: further)
            sessions[place].jams += further
        }
        while sessions[place].jams < count {
            sessions[place].jams += 1
            note(RunIncident(timecode.jam(sessions[place].jams), of: sessions[place].name))
        }
    }
}

extension RunAccumulator.MeasuredSession {
    /// The first tick that is not the session's, by its plan when it was added; `nil` if it has no end.
    var plannedEnd: Int64? {
        let planEnd =
            plan.atPlanEnd == .end ? blocks?.placements(rate: plan.rate, epoch: epoch.utc).last?.fence : nil
        let ownEnd = plan.tickCount.map { $0.addingClamped(plan.beginTick) }
        return [ownEnd, planEnd].compactMap(\.self).min()
    }

    /// When its next tick is due; `nil` if there is none.
    public var nextDeadline: MonotonicInstant? {
        let next = statistics.last?.index.addingClamped(1) ?? plan.beginTick
        guard !isRemoved, end.map({ next < $0 }) ?? true else { return nil }
        return try? TickGrid(rate: plan.rate, epoch: epoch.monotonic).deadline(of: next)
    }
}

extension SessionEpoch {
    /// `(utc − hostUTC) − (monotonic − self.monotonic)`, kept within the range of a length.
    func divergence(monotonic: MonotonicInstant, utc: UTCInstant) -> Nanoseconds {
        let divergence =
            Int128(utc.nanoseconds) - Int128(hostUTC.nanoseconds)
            - (Int128(monotonic.nanoseconds) - Int128(self.monotonic.nanoseconds))
        return Nanoseconds(Int64(clamping: divergence))
    }
}

extension Int64 {
    func subtractingClamped(_ other: Int64) -> Int64 { Int64(clamping: Int128(self) - Int128(other)) }
}
