public import TickTime

/// What a session does: its rate, its number of ticks, and its rule for overdue ticks.
public struct SessionPlan: Hashable, Sendable, BitwiseCopyable {
    public let rate: FrameRate
    /// How many ticks are owned, from `beginTick` on; `nil` runs until stopped.
    public let tickCount: Int64?
    /// The grid on which the session ticks, as a session before it left it; `nil` begins a grid of its own at its
    /// epoch.
    public let grid: GridPhase?
    /// The tick of `grid` that the session begins with. `nil` leaves the choice to the loop that anchors the session:
    /// the first tick that is due at least 20 ms and the lead later.
    public let firstTick: Int64?
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
    ///   outside 0 ... 10 s, `primingTicks` below 1, a first tick without a grid, a grid or a first tick outside
    ///   1970-01-01 to 2200-01-01.
    public init(
        rate: FrameRate, grid: GridPhase? = nil, firstTick: Int64? = nil, tickCount: Int64? = nil,
        policy: OverduePolicy = .everyTick,
        onTimeWithin: Nanoseconds = defaultOnTimeWithin, backlogMax: Nanoseconds = defaultBacklogMax,
        lead: Nanoseconds = .zero, atPlanEnd: PlanEnd = .end, primingTicks: Int64? = nil
    ) throws(SessionPlanError) {
        try Self.check(grid, firstTick, rate)
        if let tickCount {
            guard tickCount > 0 else { throw .noTicks(tickCount) }
            let (end, overflow) = tickCount.addingReportingOverflow(firstTick ?? 0)
            guard !overflow, (try? rate.offset(ofTick: end)) != nil else {
                throw .pastClockRange(tickCount: tickCount, rate)
            }
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
        self.grid = grid
        self.firstTick = firstTick
        self.tickCount = tickCount
        self.policy = policy
        self.onTimeWithin = onTimeWithin
        self.backlogMax = backlogMax
    }

    private static func check(
        _ grid: GridPhase?, _ firstTick: Int64?, _ rate: FrameRate
    ) throws(SessionPlanError) {
        guard let grid else {
            if let firstTick { throw .firstTickWithoutGrid(firstTick) }
            return
        }
        do { _ = try grid.origin(at: rate) } catch { throw .grid(error) }
        guard let firstTick else { return }
        do { _ = try grid.deadline(of: firstTick, at: rate) } catch { throw .firstTick(error) }
    }
}

extension SessionPlan {
    /// The tick that the session begins with: `firstTick`, or 0.
    public var beginTick: Int64 { firstTick ?? 0 }

    /// The first tick that is no longer owned; `Int64.max` without a number of ticks.
    var endTick: Int64 { if let tickCount { beginTick + tickCount } else { .max } }

    /// The same plan with another number of ticks.
    ///
    /// - Throws: as `init`.
    public func withTickCount(_ tickCount: Int64?) throws(SessionPlanError) -> SessionPlan {
        try with(grid: grid, firstTick: firstTick, tickCount: tickCount)
    }

    /// The same plan on a given grid, or with `nil` on a grid of its own.
    ///
    /// - Parameter firstTick: the tick that it begins with; `nil` leaves the choice to the loop.
    /// - Throws: as `init`.
    public func withGrid(_ grid: GridPhase?, firstTick: Int64? = nil) throws(SessionPlanError) -> SessionPlan {
        try with(grid: grid, firstTick: firstTick, tickCount: tickCount)
    }

    private func with(
        grid: GridPhase?, firstTick: Int64?, tickCount: Int64?
    ) throws(SessionPlanError) -> SessionPlan {
        try SessionPlan(
            rate: rate, grid: grid, firstTick: firstTick, tickCount: tickCount, policy: policy,
            onTimeWithin: onTimeWithin, backlogMax: backlogMax, lead: lead, atPlanEnd: atPlanEnd,
            primingTicks: primingTicks)
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
    case firstTickWithoutGrid(Int64)
    /// The grid's origin.
    case grid(TickTimeError)
    /// The first tick on its grid.
    case firstTick(TickTimeError)

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
        case .firstTickWithoutGrid(let tick):
            "a session cannot begin with tick \(tick) without a grid; give the grid's phase, "
                + "or leave the first tick out"
        case .grid(let error): "the grid is out of range: \(error)"
        case .firstTick(let error): "the first tick is out of range: \(error)"
        }
    }
}

extension FrameRate {
    /// The period rounded down; deadlines are this far apart, or one nanosecond more.
    @inlinable var shortestPeriod: Int64 {
        Int64(UInt64(denominator) &* 1_000_000_000 / UInt64(numerator))
    }
}
