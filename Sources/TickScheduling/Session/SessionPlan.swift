public import TickTime

/// What a session does: its rate, its number of ticks, and its rule for overdue ticks.
public struct SessionPlan: Hashable, Sendable, BitwiseCopyable {
    public let rate: FrameRate
    /// Ticks 0 ..< `tickCount` are owned; `nil` runs until stopped.
    public let tickCount: Int64?
    public let policy: OverduePolicy
    /// A tick that is not overdue counts as on time up to this lateness.
    public let onTimeWithin: Nanoseconds
    /// A larger backlog is crossed by one recorded skip, under every policy.
    public let backlogMax: Nanoseconds
    /// How long before the deadline the handler is called, for a pipeline that needs time to output. Lateness counts
    /// from the deadline minus this lead.
    public let lead: Nanoseconds
    /// What the session does after the last block of a plan.
    public let atPlanEnd: PlanEnd
    /// The first delivered tick with this many ticks or fewer to the next fence says so, so that the program can
    /// prepare (or append) the block after it.
    public let primingTicks: Int64?

    public static let defaultOnTimeWithin = Nanoseconds.milliseconds(1)
    public static let defaultBacklogMax = Nanoseconds.seconds(10)
    /// The greatest lead.
    public static let leadLimit = Nanoseconds.seconds(10)

    /// - Throws: `SessionPlanError`: a count below 1, an end past the clock's range, a spacing that
    ///   is not above 0 and below the period, a negative `onTimeWithin` or `backlogMax`, a lead
    ///   outside 0 ... 10 s, `primingTicks` below 1.
    public init(
        rate: FrameRate, tickCount: Int64? = nil, policy: OverduePolicy = .everyTick,
        onTimeWithin: Nanoseconds = defaultOnTimeWithin, backlogMax: Nanoseconds = defaultBacklogMax,
        lead: Nanoseconds = .zero, atPlanEnd: PlanEnd = .end, primingTicks: Int64? = nil
    ) throws(SessionPlanError) {
        if let tickCount {
            guard tickCount > 0 else { throw .noTicks(tickCount) }
            do { _ = try rate.offset(ofTick: tickCount) } catch { throw .pastClockRange(tickCount: tickCount, rate) }
        }
        if case .paced(let spacing) = policy {
            // At least one period is this long (rounding makes some a nanosecond longer).
            let period = Nanoseconds(rate.shortestPeriod)
            guard spacing > .zero, spacing < period else { throw .spacing(spacing, period: period) }
        }
        guard onTimeWithin >= .zero else { throw .negative("on_time_within", onTimeWithin) }
        guard backlogMax >= .zero else { throw .negative("backlog_max", backlogMax) }
        guard lead >= .zero, lead <= Self.leadLimit else { throw .lead(lead) }
        if let primingTicks, primingTicks < 1 { throw .primingTicks(primingTicks) }
        self.lead = lead
        self.atPlanEnd = atPlanEnd
        self.primingTicks = primingTicks
        self.rate = rate
        self.tickCount = tickCount
        self.policy = policy
        self.onTimeWithin = onTimeWithin
        self.backlogMax = backlogMax
    }
}

extension SessionPlan {
    /// The same plan with another number of ticks.
    ///
    /// - Throws: as `init`.
    public func withTickCount(_ tickCount: Int64?) throws(SessionPlanError) -> SessionPlan {
        try SessionPlan(
            rate: rate, tickCount: tickCount, policy: policy, onTimeWithin: onTimeWithin, backlogMax: backlogMax,
            lead: lead, atPlanEnd: atPlanEnd, primingTicks: primingTicks)
    }
}

/// Why a session plan was refused.
public enum SessionPlanError: Error, Hashable, Sendable, CustomStringConvertible {
    case noTicks(Int64)
    case pastClockRange(tickCount: Int64, FrameRate)
    case spacing(Nanoseconds, period: Nanoseconds)
    case negative(String, Nanoseconds)
    case lead(Nanoseconds)
    case primingTicks(Int64)

    public var description: String {
        switch self {
        case .noTicks(let count):
            "a session of \(count) ticks delivers nothing; give at least 1"
        case .pastClockRange(let count, let rate):
            "\(count) ticks at \(rate) end past the clock's range of 292 years; give fewer"
        case .spacing(let spacing, let period):
            "a spacing of \(spacing.count) ns does not pace a period of \(period.count) ns; "
                + "give more than 0 and less than the period"
        case .negative(let name, let length):
            "\(name) of \(length.count) ns is negative; give 0 or more"
        case .lead(let lead):
            "a lead of \(lead.count) ns is out of range; give 0 to \(SessionPlan.leadLimit.count) ns"
        case .primingTicks(let count):
            "a notice \(count) ticks before a fence is impossible; give 1 or more"
        }
    }
}

extension FrameRate {
    /// The period rounded down; deadlines are this far apart, or one nanosecond more.
    @inlinable var shortestPeriod: Int64 {
        Int64(UInt64(denominator) &* 1_000_000_000 / UInt64(numerator))
    }
}
