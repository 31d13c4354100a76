// One session as a state machine that gets the time as an argument:
//
//     notBegun ──begin──▶ waiting ──start──▶ delivering ──finish──▶ waiting … ──▶ ended
//
// The caller reads the clock and passes the reading in; a simulated run, a replay and the real loop drive the same
// code. Deadlines come from the grid at every tick and are never accumulated: no handler and no host can move them.
// Ticks end at the least of three limits: the session's own number of ticks, its plan's last fence, a successor's seam.

public import TickTime

/// One session: its next tick, when that is due, and how late each tick starts.
///
/// `@unchecked Sendable`: a session that a schedule gives out holds no pointer into the schedule.
@safe public struct TickSession: @unchecked Sendable, BitwiseCopyable {
    enum State: BitwiseCopyable {
        /// Anchored, but its loop does not run yet, or its predecessor has not ended. Left to `.waiting`
        /// by `begin`.
        case notBegun
        /// The next tick is pending. Left to `.delivering` by `start`, to `.ended` by `stop`.
        case waiting
        /// The handler runs. Left to `.waiting` by `finish`, or to `.ended` after the last tick.
        case delivering
        /// No tick is left.
        case ended(EndReason)
    }

    public internal(set) var id: SessionID
    public let plan: SessionPlan
    public let epoch: SessionEpoch
    let grid: TickGrid

    private(set) var state = State.notBegun
    /// The next tick, and its deadline; while its handler runs, that tick.
    private(set) var next: Int64
    private(set) var deadline: MonotonicInstant
    /// When this session's handler last returned; for the first tick, when the loop began.
    private var arrival: MonotonicInstant
    /// The tick last started: the one before the next, or the one whose handler runs.
    private var previous: Previous?
    /// The deadline after `deadline`; `nil` past the clocks' range. Computed before the tick starts, so that no
    /// division runs between the clock's reading and the handler.
    private var following: MonotonicInstant?
    /// It owns the ticks below this one.
    private var limit: Int64
    /// The ticks from here on are its successor's.
    private var seamTick: Int64?
    var track = BlockTrack()
    /// The session that waits for this one's last tick, and the one whose last tick this one awaits.
    var successor: SessionID?
    var predecessor: SessionID?

    /// Data of the previous tick for the next one's cause and pace.
    private struct Previous: BitwiseCopyable {
        var start: MonotonicInstant
        var cause: LatenessCause
        /// Known once its handler has returned.
        var outlastedPeriod: Bool
    }

    /// How long before the deadline lateness begins to count: the lead, or 0 in an old journal.
    private let latenessLead: Nanoseconds

    /// The lateness from which a tick counts as a stall.
    public static let stallThreshold = Nanoseconds.milliseconds(50)

    public init(id: SessionID, plan: SessionPlan, epoch: SessionEpoch) {
        self.init(id: id, plan: plan, epoch: epoch, latenessFrom: .wanted)
    }

    /// - Parameter latenessFrom: `.deadline` only to replay a journal that was recorded under that rule.
    package init(id: SessionID, plan: SessionPlan, epoch: SessionEpoch, latenessFrom: LatenessReference) {
        self.id = id
        self.plan = plan
        self.epoch = epoch
        self.latenessLead = latenessFrom == .wanted ? plan.lead : .zero
        self.grid = TickGrid(rate: plan.rate, epoch: epoch.monotonic)
        self.deadline = epoch.monotonic
        self.arrival = epoch.monotonic
        self.limit = plan.endTick
        self.next = plan.beginTick
        // Only a grid from outside has a first tick past the clocks' range; such a session ends when it begins.
        self.deadline = deadline(of: next) ?? MonotonicInstant(nanoseconds: .max)
        self.following = deadline(of: next + 1)
    }

    /// When the session next wants to start: its deadline minus its lead, or later if `paced` delays it.
    public var due: MonotonicInstant {
        let wanted = earlier(deadline, by: plan.lead)
        guard case .paced(let spacing) = plan.policy, let previous else { return wanted }
        return max(wanted, paced(after: previous.start, by: spacing))
    }

    /// When it was ready for the next tick: its handler's last return, or its loop's beginning.
    var readySince: MonotonicInstant { arrival }

    /// Whether a tick is pending.
    public var isWaiting: Bool { if case .waiting = state { true } else { false } }

    public var hasBegun: Bool { if case .notBegun = state { false } else { true } }

    public var endReason: EndReason? { if case .ended(let reason) = state { reason } else { nil } }

    /// The loop begins: the arrival of the first tick. A first tick that is due already is late because of that, and
    /// the policy applies to it as to any other.
    public mutating func begin(at now: MonotonicInstant) {
        guard case .notBegun = state else { preconditionFailure("a session begins once") }
        arrival = now
        state = if case .some = self.deadline(of: next) { .waiting } else { .ended(.clockRange) }
    }

    /// Begins where `predecessor` has ended: the predecessor's last tick comes directly before this session's first,
    /// and its cause and pace carry over.
    mutating func begin(after predecessor: TickSession) {
        begin(at: predecessor.arrival)
        previous = predecessor.previous
        self.predecessor = nil
    }

    /// Offers the time, and returns what the session wants.
    public func arrived(at now: MonotonicInstant) -> ArrivalAction {
        switch state {
        case .notBegun: preconditionFailure("a session is offered the time before it began")
        case .delivering: preconditionFailure("a session is offered the time while its handler runs")
        case .ended: .ended
        case .waiting: now >= due ? .start : .wait(until: due)
        }
    }

    /// Starts the tick that is due at `now`, the clock read just before the handler.
    ///
    /// - Parameters:
    ///   - wakeLatency: how late the loop woke, if it slept for this tick.
    ///   - neighbourUntil: when a handler of the loop last returned; for this session's own handler that is its
    ///     arrival.
    @inline(never)  // so that a rehearsal runs the very code of the start
    public mutating func start(
        at now: MonotonicInstant, wakeLatency: Nanoseconds?, neighbourUntil: MonotonicInstant?
    ) -> Tick {
        guard case .waiting = state else { preconditionFailure("a tick starts only while its session waits") }
        precondition(now >= due, "a tick never starts before its deadline minus its lead, or before its pace allows")
        precondition(now >= arrival, "the monotonic clock fell")

        let isOverdue = arrival >= deadline
        let crossesBacklog = now - deadline > plan.backlogMax
        let pending = next
        let cause = cause(neighbourUntil: neighbourUntil)
        if crossesBacklog || (isOverdue && skips) { skip(to: now) }
        let deadlineUTC = epoch.utc + (deadline - epoch.monotonic)
        let position = track.advance(to: next, at: deadlineUTC, primingTicks: plan.primingTicks)
        previous = Previous(start: now, cause: cause, outlastedPeriod: false)
        state = .delivering
        return Tick(
            session: id, index: next, deadline: deadline, deadlineUTC: deadlineUTC,
            arrival: arrival, start: now, wakeLatency: wakeLatency, lateness: lateness(at: now, isOverdue: isOverdue),
            cause: cause, isOverdue: isOverdue, crossedBacklog: crossesBacklog && next > pending,
            skippedBefore: next - pending,
            lead: plan.lead, workBudget: workBudget(from: now), block: position.block,
            blockChanged: position.blockChanged, blocksPassed: position.blocksPassed,
            ticksToFence: position.ticksToFence, isPriming: position.isPriming)
    }

    /// The handler returned: the arrival of the next tick.
    ///
    /// - Returns: how long it ran.
    public mutating func finish(at now: MonotonicInstant) -> Nanoseconds {
        guard case .delivering = state, let started = previous else {
            preconditionFailure("a handler returns only after its start")
        }
        precondition(now >= started.start, "the monotonic clock fell")
        let work = now - started.start
        previous = Previous(
            start: started.start, cause: started.cause, outlastedPeriod: work > period(of: deadline))
        arrival = now
        advance()
        return work
    }

    /// Ends the session between ticks.
    public mutating func stop() {
        switch state {
        case .delivering: preconditionFailure("a session stops between ticks, not during its handler")
        case .ended: break
        case .notBegun, .waiting: state = .ended(.stopped)
        }
    }

    // MARK: - What bounds its ticks

    /// The last tick that was delivered, or is being; before the first, the tick before that.
    var lastDelivered: Int64 { if case .delivering = state { next } else { next - 1 } }

    /// If the session ends with its plan, the fences of the blocks bound its ticks.
    mutating func planChanged() { updateLimit() }

    /// Its successor takes over at tick `tick` of this session's grid; `nil` cancels that.
    ///
    /// - Returns: whether no tick is left to it.
    mutating func setSeam(_ tick: Int64?) -> Bool {
        seamTick = tick
        updateLimit()
        guard case .waiting = state, next >= limit else { return false }
        state = .ended(reasonAtLimit)
        return true
    }

    private mutating func updateLimit() {
        limit = min(plan.endTick, seamTick ?? .max)
        if track.hasPlan, plan.atPlanEnd == .end { limit = min(limit, track.endFence) }
    }

    private var reasonAtLimit: EndReason {
        if let seamTick, next >= seamTick { return .succeeded }
        if next >= plan.endTick { return .ticksDelivered }
        return .planEnded
    }

    // MARK: - Decisions

    private var skips: Bool { if case .skip = plan.policy { true } else { false } }

    @inline(__always) private func earlier(_ deadline: MonotonicInstant, by lead: Nanoseconds) -> MonotonicInstant {
        let (instant, overflow) = deadline.nanoseconds.subtractingReportingOverflow(lead.count)
        return MonotonicInstant(nanoseconds: overflow ? .min : instant)
    }

    @inline(__always) private func paced(after start: MonotonicInstant, by spacing: Nanoseconds) -> MonotonicInstant {
        // Within a spacing of the end of the clock's range there is no later instant to wait for.
        let (paced, overflow) = start.nanoseconds.addingReportingOverflow(spacing.count)
        return MonotonicInstant(nanoseconds: overflow ? .max : paced)
    }

    @inline(__always) private func workBudget(from now: MonotonicInstant) -> Nanoseconds {
        // Past the end of the clocks' range there is no next instant, but the length to it still exists.
        guard let following else { return (deadline - now) + (Nanoseconds(plan.rate.shortestPeriod) - plan.lead) }
        let wanted = earlier(following, by: plan.lead)
        guard case .paced(let spacing) = plan.policy else { return wanted - now }
        return max(wanted, paced(after: now, by: spacing)) - now
    }

    @inline(__always) private func cause(neighbourUntil: MonotonicInstant?) -> LatenessCause {
        let wanted = earlier(deadline, by: latenessLead)
        // Its own handler had not returned when the tick was wanted; with a lead, the tick need not be overdue.
        if arrival >= wanted {
            guard let previous else { return .begin }
            return previous.outlastedPeriod ? .work : previous.cause
        }
        let due = due
        // A tick that its own pace delayed has the cause of its predecessor.
        if let previous, due > wanted { return previous.cause }
        // One thread runs all handlers, so a neighbour's that returned after the instant was either
        // running at it or began between the wake and this start.
        if let neighbourUntil, neighbourUntil > due { return .neighbour }
        return .wake
    }

    @inline(__always) private func lateness(at now: MonotonicInstant, isOverdue: Bool) -> LatenessClass {
        let lateness = (now - deadline) + latenessLead
        if lateness >= Self.stallThreshold { return .stall }
        if lateness >= period(of: deadline) { return .overPeriod }
        if isOverdue || lateness > plan.onTimeWithin { return .late }
        return .onTime
    }

    /// From the deadline of the tick being delivered to the one after it.
    @inline(__always) private func period(of deadline: MonotonicInstant) -> Nanoseconds {
        following.map { $0 - deadline } ?? Nanoseconds(plan.rate.shortestPeriod)
    }

    private mutating func skip(to now: MonotonicInstant) {
        guard let due = grid.lastTickDue(at: now) else { return }
        let last = min(due, limit - 1)
        guard last > next, let instant = deadline(of: last) else { return }
        next = last
        deadline = instant
        following = self.deadline(of: last + 1)
    }

    /// The grid's deadline; `nil` past the range of the monotonic clock or of UTC, because a tick has an instant on
    /// both.
    func deadline(of tick: Int64) -> MonotonicInstant? {
        guard let instant = try? grid.deadline(of: tick) else { return nil }
        let overflow = epoch.utc.nanoseconds.addingReportingOverflow((instant - epoch.monotonic).count).overflow
        return overflow ? nil : instant
    }

    private mutating func advance() {
        next += 1
        if next >= limit {
            state = .ended(reasonAtLimit)
        } else if let following {
            deadline = following
            self.following = deadline(of: next + 1)
            state = .waiting
        } else {
            state = .ended(.clockRange)
        }
    }
}
