internal import TickScheduling
internal import TickTime

/// Consecutive ticks of one session that were not on time, from the first of them to the next tick that is on time.
struct LateRun: Sendable {
    let begin: UTCInstant
    let monotonic: MonotonicInstant
    let session: Int32
    let firstTick: Int64
    /// Its ticks by cause, in the order of `LatenessCause.allCases`.
    private var causes = [Int64](repeating: 0, count: LatenessCause.allCases.count)
    private(set) var lastTick: Int64
    private(set) var end: UTCInstant
    private(set) var count: Int64 = 0
    private(set) var skipped: Int64 = 0
    private(set) var stalls: Int64 = 0
    private(set) var worst = Nanoseconds.zero
    /// When the log next reports that it continues, counted from its first tick's start; `nil`: at its end.
    var nextReminder: MonotonicInstant?
    private(set) var reminders = 0

    init(_ tick: Tick) {
        begin = tick.deadlineUTC - tick.lead
        monotonic = tick.deadline - tick.lead
        session = tick.session.index
        firstTick = tick.index
        lastTick = tick.index
        end = begin
        nextReminder = tick.start + .seconds(1)
        add(tick)
    }

    mutating func add(_ tick: Tick) {
        lastTick = tick.index
        end = tick.deadlineUTC + (tick.start - tick.deadline)
        count += 1
        skipped = skipped.addingClamped(tick.skippedBefore)
        causes[Int(tick.cause.rawValue)] += 1
        if tick.lateness == .stall { stalls += 1 }
        worst = max(worst, tick.startLateness)
    }

    /// The cause of most of its ticks.
    var cause: LatenessCause {
        let most = causes.max() ?? 0
        return LatenessCause.allCases.first { causes[Int($0.rawValue)] == most } ?? .wake
    }

    /// A second, ten seconds, then every minute, so that a long run of late ticks is never silent for longer.
    mutating func reminded(at now: MonotonicInstant) {
        nextReminder = now + (reminders == 0 ? .seconds(9) : .seconds(60))
        reminders += 1
    }

    /// - Parameter isOver: whether an on-time tick followed, or the session ended.
    func incident(named name: String, rate: FrameRate, timecode: SessionTimecode?, isOver: Bool) -> RunIncident {
        let kind: RunIncident.Kind = stalls > 0 ? .stall : skipped > 0 ? .skipped : .lateRun
        let label = timecode.map { $0.label(ofTick: firstTick).description }
        var incident = RunIncident(
            kind, begin: begin, end: isOver ? end : nil, monotonic: monotonic, session: name, size: worst, text: "")
        (incident.sessionNumber, incident.firstTick, incident.lastTick) = (session, firstTick, lastTick)
        (incident.lateTicks, incident.skippedTicks) = (count, skipped)
        (incident.timecode, incident.rate, incident.cause) = (label, rate, cause.name)
        incident.text = text(incident, isOver: isOver)
        return incident
    }

    private func text(_ incident: RunIncident, isOver: Bool) -> String {
        let name =
            switch incident.kind {
            case .stall: "stall"
            case .skipped: "skipped ticks"
            default: "late"
            }
        let place = "\(incident.session ?? "") tick \(firstTick)\(incident.timecode.map { " (\($0))" } ?? "")"
        let frames = incident.frames.map { " (\(Decimals.text($0, 2)) frames)" } ?? ""
        var text = "\(name): \(place), \(Quantity.length(worst))\(frames) late"
        if count > 1 { text += ", \(count) late ticks up to tick \(lastTick)" }
        if skipped > 0 { text += ", \(skipped) skipped" }
        text += ", cause \(cause.name)"
        return isOver ? text : text + "; it goes on"
    }
}

extension Int64 {
    /// The sum, or the end of the range: counts that a damaged journal states must not trap.
    func addingClamped(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other < 0 ? .min : .max) : sum
    }
}
