// One session's life as a state machine that is given its time:
//
//     notBegun ──begin──▶ waiting ──start──▶ delivering ──finish──▶ waiting … ──▶ ended
//
// The caller reads the clock and passes the reading in; a simulated run, a replay and the real
// loop drive the same code. Deadlines come from the grid at every tick and are never accumulated,
// so nothing a handler or the host does can move them.

public import TickTime

/// One session: which tick is next, when it is due, and how late each one starts.
public struct TickSession: Sendable, BitwiseCopyable {
    /// Why a session ended.
    public enum EndReason: Hashable, Sendable, BitwiseCopyable {
        /// Every tick that it owned was delivered or skipped.
        case ticksDelivered
        /// `stop()` was called.
        case stopped
        /// The next deadline lies past the range of the monotonic clock or of UTC.
        case clockRange
    }

    enum State: BitwiseCopyable {
        /// Anchored, but its loop does not run yet. Left to `.waiting` by `begin`.
        case notBegun
        /// The next tick is pending. Left to `.delivering` by `start`, to `.ended` by `stop`.
        case waiting
        /// The handler runs. Left to `.waiting` by `finish`, or to `.ended` after the last tick.
        case delivering(Tick)
        /// No tick follows.
        case ended(EndReason)
    }

    /// What a session asks for when it is offered the time.
    public enum ArrivalAction: Hashable, Sendable {
        /// Nothing is due before `until`.
        case wait(until: MonotonicInstant)
        /// A tick is due: call `start`.
        case start
        /// The session has ended.
        case ended
    }

    public let id: SessionID
    public let plan: SessionPlan
    public let epoch: SessionEpoch
    private let grid: TickGrid

    private var state = State.notBegun
    /// The next tick, and its deadline.
    private var next: Int64 = 0
    private(set) var deadline: MonotonicInstant
    /// When this session's handler last returned; for tick 0, when the loop began.
    private var arrival: MonotonicInstant
    private var previous: Previous?
    /// The deadline after `deadline`; `nil` past the clocks' range. Known before the tick starts, so
    /// that no division stands between the clock's reading and the handler.
    private var following: MonotonicInstant?

    /// What the tick before leaves behind for the next one's cause and pace.
    private struct Previous: BitwiseCopyable {
        var start: MonotonicInstant
        var cause: LatenessCause
        var outlastedPeriod: Bool
    }

    /// The lateness from which a tick counts as a stall.
    public static let stallThreshold = Nanoseconds.milliseconds(50)

    public init(id: SessionID, plan: SessionPlan, epoch: SessionEpoch) {
        self.id = id
        self.plan = plan
        self.epoch = epoch
        self.grid = TickGrid(rate: plan.rate, epoch: epoch.monotonic)
        self.deadline = epoch.monotonic
        self.arrival = epoch.monotonic
        self.following = deadline(of: 1)
    }

    /// When the session next wants to start: its deadline, or later where `paced` holds it back.
    public var due: MonotonicInstant {
        guard case .paced(let spacing) = plan.policy, let previous else { return deadline }
        // Within a spacing of the end of the clock's range there is no later instant to be held to.
        let (paced, overflow) = previous.start.nanoseconds.addingReportingOverflow(spacing.count)
        return max(deadline, MonotonicInstant(nanoseconds: overflow ? .max : paced))
    }

    /// Whether a tick is pending.
    public var isWaiting: Bool { if case .waiting = state { true } else { false } }

    public var endReason: EndReason? { if case .ended(let reason) = state { reason } else { nil } }

    /// The loop begins: the arrival of tick 0.
    public mutating func begin(at now: MonotonicInstant) {
        guard case .notBegun = state else { preconditionFailure("a session begins once") }
        arrival = now
        state = .waiting
    }

    /// Offers the time.
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
    ///   - wakeLatency: how late the loop woke, where it slept for this tick.
    ///   - neighbourUntil: when a handler of another session of the loop last returned. The session's
    ///     own last return may stand in for an earlier one, being before the deadline as well.
    @inline(never)  // so that a rehearsal runs the very code of the start
    public mutating func start(
        at now: MonotonicInstant, wakeLatency: Nanoseconds?, neighbourUntil: MonotonicInstant?
    ) -> Tick {
        guard case .waiting = state else { preconditionFailure("a tick starts only while its session waits") }
        precondition(now >= due, "a tick never starts before its deadline, nor before its pace lets it")
        precondition(now >= arrival, "the monotonic clock fell")

        let isOverdue = arrival >= deadline
        let crossesBacklog = now - deadline > plan.backlogMax
        let pending = next
        let cause = cause(isOverdue: isOverdue, neighbourUntil: neighbourUntil)
        if crossesBacklog || (isOverdue && plan.policy == .skip) { skip(to: now) }
        let tick = Tick(
            session: id, index: next, deadline: deadline, deadlineUTC: epoch.utc + (deadline - epoch.monotonic),
            start: now, wakeLatency: wakeLatency, lateness: lateness(at: now, isOverdue: isOverdue), cause: cause,
            isOverdue: isOverdue, crossedBacklog: crossesBacklog && next > pending, skippedBefore: next - pending)
        state = .delivering(tick)
        return tick
    }

    /// The handler returned: the arrival of the next tick.
    public mutating func finish(at now: MonotonicInstant) -> TickRecord {
        guard case .delivering(let tick) = state else { preconditionFailure("a handler returns only after its start") }
        precondition(now >= tick.start, "the monotonic clock fell")
        let work = now - tick.start
        let period = period(of: tick.deadline)
        previous = Previous(start: tick.start, cause: tick.cause, outlastedPeriod: work > period)
        arrival = now
        advance()
        return TickRecord(tick: tick, work: work)
    }

    /// Ends the session between ticks.
    public mutating func stop() {
        switch state {
        case .delivering: preconditionFailure("a session stops between ticks, not under its handler")
        case .ended: break
        case .notBegun, .waiting: state = .ended(.stopped)
        }
    }

    // MARK: - Decisions

    private func cause(isOverdue: Bool, neighbourUntil: MonotonicInstant?) -> LatenessCause {
        if isOverdue {
            guard let previous else { return .begin }
            return previous.outlastedPeriod ? .work : previous.cause
        }
        // Held back by its own pace past its deadline, a tick is late for its predecessor's reason.
        if let previous, due > deadline { return previous.cause }
        // One thread runs all handlers, so a neighbour's that returned after the deadline was either
        // running at it or began between the wake and this start.
        if let neighbourUntil, neighbourUntil > deadline { return .neighbour }
        return .wake
    }

    private func lateness(at now: MonotonicInstant, isOverdue: Bool) -> LatenessClass {
        let lateness = now - deadline
        if lateness >= Self.stallThreshold { return .stall }
        if lateness >= period(of: deadline) { return .overPeriod }
        if isOverdue || lateness > plan.onTimeWithin { return .late }
        return .onTime
    }

    /// From the deadline of the tick being delivered to the one after it.
    private func period(of deadline: MonotonicInstant) -> Nanoseconds {
        following.map { $0 - deadline } ?? Nanoseconds(plan.rate.shortestPeriod)
    }

    private mutating func skip(to now: MonotonicInstant) {
        guard var last = grid.lastTickDue(at: now), last > next else { return }
        if let count = plan.tickCount { last = min(last, count - 1) }
        guard let instant = deadline(of: last) else { return }
        next = last
        deadline = instant
        following = self.deadline(of: last + 1)
    }

    /// The grid's deadline; `nil` past the range of the monotonic clock or of UTC, on both of which
    /// a tick is named.
    private func deadline(of tick: Int64) -> MonotonicInstant? {
        guard let instant = try? grid.deadline(of: tick) else { return nil }
        let overflow = epoch.utc.nanoseconds.addingReportingOverflow((instant - epoch.monotonic).count).overflow
        return overflow ? nil : instant
    }

    private mutating func advance() {
        next += 1
        if let count = plan.tickCount, next >= count {
            state = .ended(.ticksDelivered)
        } else if let following {
            deadline = following
            self.following = deadline(of: next + 1)
            state = .waiting
        } else {
            state = .ended(.clockRange)
        }
    }
}
