public import ClockView
public import TickScheduling
public import TickTime

/// One delivered tick, as the journal records it.
public struct TickEntry: Hashable, Sendable {
    public var session: Int32
    public var tick: Int64
    public var deadline: MonotonicInstant
    /// When the session was ready for it.
    public var arrival: MonotonicInstant
    public var start: MonotonicInstant
    /// How long its handler ran.
    public var work: Nanoseconds
    /// How late the loop woke for it, if it slept.
    public var wakeLatency: Nanoseconds?
    public var lateness: LatenessClass
    public var cause: LatenessCause
    public var isOverdue: Bool
    public var crossedBacklog: Bool
    /// Ticks that were skipped before it.
    public var skipped: Int64
    /// UTC at its start, computed from its session's anchor.
    public var gridUTC: UTCInstant
    /// The index of its block in the plan, and the tick's position in the block.
    public var block: Int64?
    public var blockElapsed: Nanoseconds?
    public var blockChanged: Bool
    public var blocksPassed: Int64
    public var ticksToFence: Int64?
    public var isPriming: Bool
    /// The stamp at its start, if the loop had a source for it.
    public var timestamp: StampedTime?
    /// Whether it was on air, if its session had a gate.
    public var air: AirState?

    /// - Parameter epoch: the epoch of the tick's session.
    public init(_ tick: borrowing Tick, work: Nanoseconds, epoch: SessionEpoch) {
        session = tick.session.index
        self.tick = tick.index
        deadline = tick.deadline
        arrival = tick.arrival
        start = tick.start
        self.work = work
        wakeLatency = tick.wakeLatency
        lateness = tick.lateness
        cause = tick.cause
        isOverdue = tick.isOverdue
        crossedBacklog = tick.crossedBacklog
        skipped = tick.skippedBefore
        gridUTC = tick.deadlineUTC + tick.deadlineLateness
        block = tick.block?.index
        blockElapsed = tick.block?.elapsed
        blockChanged = tick.blockChanged
        blocksPassed = tick.blocksPassed
        ticksToFence = tick.ticksToFence
        isPriming = tick.isPriming
        timestamp = tick.timestamp
        air = tick.air
    }
}

extension TickEntry: JournalPayload {
    public static let tag = "OBS_TICK_V0"

    public func write(to map: inout CBORMapWriter) {
        map.key("tick", tick)
        map.key("block", ifAny: block)
        map.key("cause", cause.name, default: LatenessCause.wake.name)
        map.key("class", lateness.name, default: LatenessClass.onTime.name)
        if let air { map.key("on_air", air.isOnAir) }
        map.key("overdue", ifTrue: isOverdue)
        map.key("priming", ifTrue: isPriming)
        map.key("session", Int64(session))
        map.key("skipped", skipped, default: 0)
        map.key("work_ns", work)
        map.key("start_ns", start)
        map.key("unfenced", ifTrue: air?.isUnfenced == true)
        map.key("arrival_ns", arrival)
        map.key("deadline_ns", deadline)
        map.key("stamp_utc_ns", gridUTC)
        map.key("block_changed", ifTrue: blockChanged)
        map.key("blocks_passed", blocksPassed, default: 0)
        map.key("fencing_number", ifAny: air?.fencingNumber)
        map.key("ticks_to_fence", ifAny: ticksToFence)
        map.key("crossed_backlog", ifTrue: crossedBacklog)
        map.key("timestamp_epoch", ifAny: timestamp?.epoch)
        map.key("wake_latency_ns", ifAny: wakeLatency?.count)
        map.key("block_elapsed_ns", ifAny: blockElapsed?.count)
        map.key("timestamp_utc_ns", ifAny: timestamp?.time.nanoseconds)
        if let held = timestamp?.held, held > .zero { map.key("timestamp_held_ns", held) }
        map.key("timestamp_quality", ifAny: timestamp?.quality.rawValue)
        map.key("timestamp_committed", ifTrue: timestamp?.isCommitted == true)
        map.key("timestamp_traceable", ifTrue: timestamp?.isTraceable == true)
        map.key("timestamp_latest_utc_ns", ifAny: timestamp?.latest?.nanoseconds)
        map.key("timestamp_earliest_utc_ns", ifAny: timestamp?.earliest?.nanoseconds)
    }

    public init(from map: inout CBORMapReader) throws(CBORError) {
        tick = try map.count("tick")
        block = try map.countIfAny("block")
        cause = try map.choice("cause", default: .wake) { name in LatenessCause.allCases.first { $0.name == name } }
        lateness = try map.choice("class", default: .onTime) { name in LatenessClass.allCases.first { $0.name == name }
        }
        let isOnAir = try map.boolIfAny("on_air")
        isOverdue = try map.isTrue("overdue")
        isPriming = try map.isTrue("priming")
        session = try map.session()
        skipped = try map.countOrZero("skipped")
        guard skipped <= tick else { throw CBORError(.outOfRange("skipped"), at: map.position) }
        work = try map.length("work_ns")
        start = try map.monotonic("start_ns")
        let isUnfenced = try map.isTrue("unfenced")
        arrival = try map.monotonic("arrival_ns")
        deadline = try map.monotonic("deadline_ns")
        gridUTC = try map.utc("stamp_utc_ns")
        blockChanged = try map.isTrue("block_changed")
        blocksPassed = try map.countOrZero("blocks_passed")
        let airPosition = map.position
        guard let air = AirFields(isOnAir, isUnfenced, number: try map.countIfAny("fencing_number")) else {
            throw CBORError(.outOfRange("fencing_number"), at: airPosition)
        }
        self.air = air.state
        ticksToFence = try map.countIfAny("ticks_to_fence")
        crossedBacklog = try map.isTrue("crossed_backlog")
        var stamp = TimestampFields()
        let position = map.position
        stamp.epoch = try map.countIfAny("timestamp_epoch")
        wakeLatency = try map.lengthIfAny("wake_latency_ns")
        blockElapsed = try map.differenceIfAny("block_elapsed_ns")
        try stamp.read(from: &map)
        guard let whole = stamp.whole else { throw CBORError(.outOfRange("timestamp_utc_ns"), at: position) }
        timestamp = whole.stamp
    }
}

/// Whether a tick is on air, as its record holds it.
private struct AirFields {
    let state: AirState?

    /// `nil` for an impossible combination of fields: a tick is on air exactly if it has a fencing number.
    init?(_ isOnAir: Bool?, _ isUnfenced: Bool, number: Int64?) {
        switch (isOnAir, number) {
        case (nil, nil) where !isUnfenced: state = nil
        case (false, nil) where !isUnfenced: state = .offAir
        case (true, let number?) where number > 0:
            state = isUnfenced ? .unfenced(fencingNumber: number) : .onAir(fencingNumber: number)
        default: return nil
        }
    }
}

/// A tick's stamp as its record holds it.
private struct TimestampFields {
    struct Whole { let stamp: StampedTime? }

    var epoch: Int64?
    private var time: UTCInstant?
    private var held: Nanoseconds?
    private var quality: UTCSource?
    private var isCommitted = false
    private var isTraceable = false
    private var latest: UTCInstant?
    private var earliest: UTCInstant?

    mutating func read(from map: inout CBORMapReader) throws(CBORError) {
        time = try map.utcIfAny("timestamp_utc_ns")
        held = try map.lengthIfAny("timestamp_held_ns")
        let position = map.position
        if let name = try map.textIfAny("timestamp_quality") {
            guard let source = UTCSource(rawValue: name) else {
                throw CBORError(.outOfRange("timestamp_quality"), at: position)
            }
            quality = source
        }
        isCommitted = try map.isTrue("timestamp_committed")
        isTraceable = try map.isTrue("timestamp_traceable")
        latest = try map.utcIfAny("timestamp_latest_utc_ns")
        earliest = try map.utcIfAny("timestamp_earliest_utc_ns")
    }

    /// All the fields that belong together, as they are written; `nil` if some are missing.
    var whole: Whole? {
        guard let time, let quality else {
            let isEmpty =
                time == nil && quality == nil && epoch == nil && held == nil && latest == nil && earliest == nil
            return isEmpty && !isCommitted && !isTraceable ? Whole(stamp: nil) : nil
        }
        guard epoch != 0, held != .zero else { return nil }
        let stamp: StampedTime
        switch (earliest, latest) {
        case (nil, nil): stamp = made(time, quality, nil)
        case (let earliest?, let latest?) where earliest <= latest: stamp = made(time, quality, (earliest, latest))
        default: return nil
        }
        return Whole(stamp: stamp)
    }

    private func made(
        _ time: UTCInstant, _ quality: UTCSource, _ bounds: (UTCInstant, UTCInstant)?
    ) -> StampedTime {
        StampedTime(
            time, quality: quality, isTraceable: isTraceable, isCommitted: isCommitted, bounds: bounds,
            held: held ?? .zero, epoch: epoch)
    }
}

/// One field in which a recorded tick and the recomputed one differ.
public struct TickDifference: Hashable, Sendable {
    /// The field's name in the record.
    public let field: String
    public let recorded: String
    public let recomputed: String
}

extension TickEntry {
    /// The fields in which a recorded tick differs from the recomputed one, in a fixed order.
    public func differences(from recomputed: TickEntry) -> [TickDifference] {
        func number(_ path: KeyPath<TickEntry, Int64?>) -> (TickEntry) -> String {
            { $0[keyPath: path].map { "\($0)" } ?? "none" }
        }
        let fields: [(name: String, text: (TickEntry) -> String)] = [
            ("tick", { "\($0.tick)" }), ("deadline_ns", { "\($0.deadline.nanoseconds)" }),
            ("arrival_ns", { "\($0.arrival.nanoseconds)" }), ("overdue", { "\($0.isOverdue)" }),
            ("class", { $0.lateness.name }), ("cause", { $0.cause.name }), ("skipped", { "\($0.skipped)" }),
            ("crossed_backlog", { "\($0.crossedBacklog)" }), ("stamp_utc_ns", { "\($0.gridUTC.nanoseconds)" }),
            ("block", number(\.block)), ("block_elapsed_ns", number(\.blockElapsed?.count)),
            ("block_changed", { "\($0.blockChanged)" }), ("blocks_passed", { "\($0.blocksPassed)" }),
            ("ticks_to_fence", number(\.ticksToFence)), ("priming", { "\($0.isPriming)" }),
        ]
        return fields.compactMap { field in
            let (a, b) = (field.text(self), field.text(recomputed))
            return a == b ? nil : TickDifference(field: field.name, recorded: a, recomputed: b)
        }
    }
}
