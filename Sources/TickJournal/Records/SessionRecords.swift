public import ClockView
public import TickScheduling
public import TickTime

/// A session before its first tick: its anchors, its rate, and its plan.
public struct SessionAnchor: Hashable, Sendable {
    public var session: Int32
    public var name: String
    public var plan: SessionPlan
    public var epoch: SessionEpoch
    /// Where its plan starts; `nil` without a plan.
    public var planStart: UTCInstant?
    /// How many blocks the plan has; each follows in its own record.
    public var blockCount: Int64
    /// The session that it takes over from.
    public var predecessor: Int32?
    /// The rule by which its ticks were classified. Journals from before `wanted` do not state it.
    package var latenessFrom = LatenessReference.wanted

    public init(
        session: Int32, name: String, plan: SessionPlan, epoch: SessionEpoch, planStart: UTCInstant? = nil,
        blockCount: Int64 = 0, predecessor: Int32? = nil
    ) {
        self.session = session
        self.name = name
        self.plan = plan
        self.epoch = epoch
        self.planStart = planStart
        self.blockCount = blockCount
        self.predecessor = predecessor
    }
}

extension SessionAnchor: JournalPayload {
    public static let tag = "OBS_SESSION_ANCHOR_V0"

    public func write(to map: inout CBORMapWriter) {
        map.key("name", name)
        map.key("ticks", ifAny: plan.tickCount)
        map.key("blocks", blockCount, default: 0)
        map.key("policy", plan.policy.name)
        map.key("utc_ns", epoch.utc)
        map.key("lead_ns", plan.lead.count, default: 0)
        map.key("mono_ns", epoch.monotonic)
        map.key("session", Int64(session))
        map.key("rate_den", Int64(plan.rate.denominator))
        map.key("rate_num", Int64(plan.rate.numerator))
        map.key("alignment", epoch.alignment.rawValue)
        map.key("grid_tick", ifAny: plan.grid?.tick)
        map.key("first_tick", ifAny: plan.firstTick)
        if case .paced(let spacing) = plan.policy { map.key("spacing_ns", spacing) }
        map.key("tai_source", ifAny: epoch.taiOffset?.source.rawValue)
        map.key("utc_source", epoch.utcSource.rawValue)
        map.key("at_plan_end", plan.atPlanEnd.rawValue, default: PlanEnd.end.rawValue)
        map.key("grid_tai_ns", ifAny: plan.grid?.tai.nanoseconds)
        map.key("host_utc_ns", epoch.hostUTC)
        map.key("predecessor", ifAny: predecessor.map { Int64($0) })
        map.key("tai_offset_s", ifAny: epoch.taiOffset?.seconds)
        map.key("grid_bound_ns", ifAny: plan.grid?.bound.count)
        // Without a lead both rules give the same result, and the record keeps its old form.
        if plan.lead > .zero, latenessFrom == .wanted { map.key("lateness_from", latenessFrom.rawValue) }
        map.key("plan_start_ns", ifAny: planStart?.nanoseconds)
        map.key("priming_ticks", ifAny: plan.primingTicks)
        map.key("backlog_max_ns", plan.backlogMax)
        map.key("uncertainty_ns", epoch.uncertainty)
        map.key("alignment_index", ifAny: epoch.alignmentIndex)
        map.key("on_time_within_ns", plan.onTimeWithin)
    }

    public init(from map: inout CBORMapReader) throws(CBORError) {
        let start = map.position
        name = try map.text("name")
        let ticks = try map.countIfAny("ticks")
        blockCount = try map.countOrZero("blocks")
        let policy = try map.text("policy")
        let utc = UTCInstant(nanoseconds: try map.integer("utc_ns", in: PayloadRange.gridUTC))
        let lead = try map.durationOrZero("lead_ns")
        let monotonic = MonotonicInstant(nanoseconds: try map.integer("mono_ns", in: PayloadRange.gridMonotonic))
        session = try map.session()
        let (denominator, numerator) = (try map.count("rate_den"), try map.count("rate_num"))
        let alignment = try map.choice("alignment") { Alignment(rawValue: $0) }
        let gridTick = try map.countIfAny("grid_tick")
        let firstTick = try map.countIfAny("first_tick")
        let spacing = try map.durationIfAny("spacing_ns")
        let taiSource = try map.textIfAny("tai_source")
        let utcSource = try map.choice("utc_source") { UTCSource(rawValue: $0) }
        let atPlanEnd = try map.choice("at_plan_end", default: PlanEnd.end) { PlanEnd(rawValue: $0) }
        let gridTAI = try map.integerIfAny("grid_tai_ns", in: AdmittedRange.taiNanoseconds)
        let hostUTC = UTCInstant(nanoseconds: try map.integer("host_utc_ns", in: PayloadRange.difference))
        predecessor = try map.sessionIfAny("predecessor")
        let taiSeconds = try map.integerIfAny("tai_offset_s", in: PayloadRange.kernelNumber)
        let gridBound = try map.integerIfAny("grid_bound_ns", in: AdmittedRange.statedErrorNanoseconds)
        latenessFrom = try map.choice("lateness_from", default: .deadline) { LatenessReference(rawValue: $0) }
        planStart = try map.utcIfAny("plan_start_ns")
        let primingTicks = try map.countIfAny("priming_ticks")
        let backlogMax = try map.duration("backlog_max_ns")
        let uncertainty = try map.length("uncertainty_ns")
        let alignmentIndex = try map.countIfAny("alignment_index")
        let onTimeWithin = try map.duration("on_time_within_ns")

        if lead == .zero {
            guard latenessFrom == .deadline else { throw CBORError(.outOfRange("lateness_from"), at: start) }
            latenessFrom = .wanted
        }
        guard let rate = Self.rate(numerator, denominator) else { throw CBORError(.outOfRange("rate_num"), at: start) }
        guard let overdue = Self.policy(policy, spacing) else { throw CBORError(.outOfRange("policy"), at: start) }
        guard let offset = Self.offset(taiSeconds, taiSource) else {
            throw CBORError(.outOfRange("tai_source"), at: start)
        }
        guard let grid = Self.grid(gridTick, gridTAI, gridBound) else {
            throw CBORError(.outOfRange("grid_tick"), at: start)
        }
        do {
            plan = try SessionPlan(
                rate: rate, grid: grid.phase, firstTick: firstTick, tickCount: ticks, policy: overdue,
                onTimeWithin: onTimeWithin, backlogMax: backlogMax, lead: lead, atPlanEnd: atPlanEnd,
                primingTicks: primingTicks)
        } catch { throw CBORError(.outOfRange(Self.field(of: error)), at: start) }
        epoch = SessionEpoch(
            utc: utc, utcSource: utcSource, hostUTC: hostUTC, monotonic: monotonic, uncertainty: uncertainty,
            taiOffset: offset.value, alignment: alignment, alignmentIndex: alignmentIndex)
        if let field = fieldOffItsGrid { throw CBORError(.outOfRange(field), at: start) }
    }

    /// The field that contradicts the session's grid; `nil` if none does. Without a given grid, tick 0 lies within the
    /// ranges of readings. On a given grid it may lie before the host's boot, and the record states it twice: by the
    /// grid, and by the epoch.
    private var fieldOffItsGrid: String? {
        guard let grid = plan.grid else {
            if !PayloadRange.utc.contains(epoch.utc.nanoseconds) { return "utc_ns" }
            if !PayloadRange.monotonic.contains(epoch.monotonic.nanoseconds) { return "mono_ns" }
            return PayloadRange.utc.contains(epoch.hostUTC.nanoseconds) ? nil : "host_utc_ns"
        }
        guard epoch.alignment == .none, epoch.alignmentIndex == nil else { return "alignment" }
        // A successor has a grid of its own.
        guard predecessor == nil else { return "predecessor" }
        guard plan.firstTick != nil else { return "first_tick" }
        guard let offset = epoch.taiOffset, let origin = try? grid.origin(at: plan.rate) else { return "tai_offset_s" }
        let utc = Int128(origin.nanoseconds) - Int128(offset.seconds) * 1_000_000_000
        guard utc == Int128(epoch.utc.nanoseconds) else { return "grid_tai_ns" }
        // UTC at the boot: with it, UTC at any reading of the clock is in range.
        let boot = epoch.utc -| UTCInstant(nanoseconds: epoch.monotonic.nanoseconds)
        return PayloadRange.utcAtBoot.contains(boot.count) ? nil : "mono_ns"
    }

    /// The field of the record that is named if a plan is refused.
    private static func field(of error: SessionPlanError) -> String {
        switch error {
        case .noTicks, .pastClockRange: "ticks"
        case .spacing: "spacing_ns"
        case .negative(let name, _): "\(name)_ns"
        case .lead: "lead_ns"
        case .primingTicks: "priming_ticks"
        case .firstTickWithoutGrid, .firstTick: "first_tick"
        case .grid: "grid_tick"
        }
    }

    private struct Grid { var phase: GridPhase? }

    /// All three, or none.
    private static func grid(_ tick: Int64?, _ tai: Int64?, _ bound: Int64?) -> Grid? {
        switch (tick, tai, bound) {
        case (nil, nil, nil): Grid(phase: nil)
        case (let tick?, let tai?, let bound?):
            (try? GridPhase(tick: tick, tai: TAIInstant(nanoseconds: tai), bound: Nanoseconds(bound)))
                .map { Grid(phase: $0) }
        default: nil
        }
    }

    /// A rate, in lowest terms only, as it was written.
    private static func rate(_ numerator: Int64, _ denominator: Int64) -> FrameRate? {
        guard let numerator = UInt32(exactly: numerator), let denominator = UInt32(exactly: denominator),
            let rate = try? FrameRate(numerator, over: denominator), rate.numerator == numerator
        else { return nil }
        return rate
    }

    private static func policy(_ name: String, _ spacing: Nanoseconds?) -> OverduePolicy? {
        switch (name, spacing) {
        case ("everyTick", nil): .everyTick
        case ("skip", nil): .skip
        case ("paced", let spacing?): .paced(spacing: spacing)
        default: nil
        }
    }

    private struct Offset { var value: TAIOffset? }

    /// Both, or neither.
    private static func offset(_ seconds: Int64?, _ source: String?) -> Offset? {
        switch (seconds, source) {
        case (nil, nil): Offset(value: nil)
        case (let seconds?, let source?):
            TAIOffsetSource(rawValue: source).map { Offset(value: TAIOffset(seconds: seconds, source: $0)) }
        default: nil
        }
    }
}

/// One block of a session's plan.
public struct BlockRecord: Hashable, Sendable {
    public var session: Int32
    /// Its place in the plan, counted from 0.
    public var index: Int64
    public var id: BlockID
    /// Its name, if it has one.
    public var name: String?
    public var length: Nanoseconds
    /// Whether it was appended while the session ran.
    public var wasAppended: Bool

    public init(
        session: Int32, index: Int64, id: BlockID, name: String?, length: Nanoseconds, wasAppended: Bool = false
    ) {
        self.session = session
        self.index = index
        self.id = id
        self.name = name
        self.length = length
        self.wasAppended = wasAppended
    }
}

extension BlockRecord: JournalPayload {
    public static let tag = "OBS_BLOCK_V0"

    public func write(to map: inout CBORMapWriter) {
        map.key("id", id.rawValue)
        map.key("name", ifAny: name)
        map.key("index", index)
        map.key("session", Int64(session))
        map.key("appended", ifTrue: wasAppended)
        map.key("length_ns", length)
    }

    public init(from map: inout CBORMapReader) throws(CBORError) {
        id = BlockID(rawValue: try map.integer("id"))
        name = try map.textIfAny("name")
        index = try map.count("index")
        session = try map.session()
        wasAppended = try map.isTrue("appended")
        length = try map.duration("length_ns")
    }
}

/// How a session ended, and the number of its ticks.
public struct SessionEnding: Hashable, Sendable {
    public var session: Int32
    public var reason: TickSession.EndReason
    public var counts: SessionCounts

    public init(session: Int32, reason: TickSession.EndReason, counts: SessionCounts) {
        self.session = session
        self.reason = reason
        self.counts = counts
    }
}

/// The ticks of a session, by outcome.
public struct SessionCounts: Hashable, Sendable {
    public var delivered: Int64 = 0
    public var skipped: Int64 = 0
    public var onTime: Int64 = 0
    public var late: Int64 = 0
    public var overPeriod: Int64 = 0
    public var stall: Int64 = 0

    public init() {}

    public mutating func add(_ tick: TickEntry) {
        delivered += 1
        skipped = skipped.addingClamped(tick.skipped)
        switch tick.lateness {
        case .onTime: onTime += 1
        case .late: late += 1
        case .overPeriod: overPeriod += 1
        case .stall: stall += 1
        }
    }
}

extension SessionEnding: JournalPayload {
    public static let tag = "OBS_SESSION_END_V0"

    public func write(to map: inout CBORMapWriter) {
        map.key("late", counts.late)
        map.key("stall", counts.stall)
        map.key("reason", reason.rawValue)
        map.key("on_time", counts.onTime)
        map.key("session", Int64(session))
        map.key("skipped", counts.skipped)
        map.key("delivered", counts.delivered)
        map.key("over_period", counts.overPeriod)
    }

    public init(from map: inout CBORMapReader) throws(CBORError) {
        counts = SessionCounts()
        counts.late = try map.count("late")
        counts.stall = try map.count("stall")
        reason = try map.choice("reason") { TickSession.EndReason(rawValue: $0) }
        counts.onTime = try map.count("on_time")
        session = try map.session()
        counts.skipped = try map.count("skipped")
        counts.delivered = try map.count("delivered")
        counts.overPeriod = try map.count("over_period")
    }
}
