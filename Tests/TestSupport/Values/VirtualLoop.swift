// A loop without a host: it drives a `TickSchedule` in the order in which `TickLoop.next()` does, in
// virtual time that passes only while it waits and while a handler "runs". How long each handler
// takes, how late each wait ends and what UTC does meanwhile are scripted, so a run is repeated to
// the nanosecond.

public import TickScheduling
public import TickTime

/// A host's clocks: the monotonic one, and UTC, which steps at given instants.
public struct VirtualClocks: Sendable {
    /// A step of CLOCK_REALTIME: when, and how far.
    public struct Step: Sendable {
        public let at: MonotonicInstant
        public let size: Nanoseconds

        public init(at: MonotonicInstant, size: Nanoseconds) {
            self.at = at
            self.size = size
        }
    }

    public var monotonic: MonotonicInstant
    public var steps: [Step] = []
    /// UTC − monotonic while nothing has stepped.
    private let utcLead: Nanoseconds

    public init(
        monotonic: MonotonicInstant = MonotonicInstant(nanoseconds: 5_000_000_000),
        utcLead: Nanoseconds = Nanoseconds(1_794_000_000_000_000_000)
    ) {
        self.monotonic = monotonic
        self.utcLead = utcLead
    }

    /// What CLOCK_REALTIME shows when the monotonic clock shows `instant`.
    public func utc(at instant: MonotonicInstant) -> UTCInstant {
        steps.reduce(UTCInstant(nanoseconds: instant.nanoseconds) + utcLead) { utc, step in
            step.at <= instant ? utc + step.size : utc
        }
    }

    /// All clocks at once, as the sampler off the tick thread reads them.
    public func reading(at instant: MonotonicInstant) -> ClockReading {
        ClockReading(
            monotonic: instant, utc: utc(at: instant), boot: BootInstant(nanoseconds: instant.nanoseconds),
            uncertainty: Nanoseconds(50))
    }

    /// The anchor of a session whose tick 0 lies `lead` ahead.
    public func epoch(in lead: Nanoseconds = .milliseconds(25)) -> SessionEpoch {
        let utc = utc(at: monotonic) + lead
        return SessionEpoch(
            utc: utc, utcSource: .system, hostUTC: utc, monotonic: monotonic + lead, uncertainty: Nanoseconds(50))
    }
}

/// What handlers and the host do in a virtual run.
public struct VirtualScript {
    /// How long the handler of a session's tick runs; 0 unless told.
    public var work: (SessionID, Int64) -> Nanoseconds = { _, _ in .zero }
    /// How late the wait of this number (counted from 0) ends; negative, it is interrupted early.
    public var wakeLatency: (Int) -> Nanoseconds = { _ in .zero }
    /// The time between the decision to start a tick and the reading that is stamped.
    public var dispatch = Nanoseconds.zero

    public init() {}

    /// Handlers that take no time, but for one session's at one tick.
    public static func stall(_ length: Nanoseconds, at tick: Int64, of session: Int32 = 0) -> VirtualScript {
        var script = VirtualScript()
        script.work = { $0.index == session && $1 == tick ? length : .zero }
        return script
    }
}

/// A loop in virtual time.
public struct VirtualLoop: ~Copyable {
    /// One wait: what for, and when it ended.
    public struct Wait: Hashable, Sendable {
        public let until: MonotonicInstant
        public let woke: MonotonicInstant
    }

    /// What the loop did, in order.
    public enum Event: Hashable, Sendable {
        case waited(Wait)
        case started(Tick)
    }

    public var clocks: VirtualClocks
    public var script: VirtualScript
    public private(set) var schedule: TickSchedule
    public private(set) var records: [TickRecord] = []
    public private(set) var events: [Event] = []
    private var delivering: Tick?
    private var waitCount = 0
    private var isStopRequested = false
    private let prepares: Bool

    /// - Parameter sessions: each plan with its epoch's distance from the loop's begin: negative, and
    ///   the loop begins after it.
    /// - Parameter prepares: whether ticks are made ready before their deadlines, as the hybrid wait
    ///   does.
    /// - Parameters:
    ///   - capacity: sessions that fit; those given, unless told.
    ///   - blockCapacity: blocks that fit.
    public init(
        _ sessions: [(plan: SessionPlan, lead: Nanoseconds)], clocks: VirtualClocks = VirtualClocks(),
        script: VirtualScript = VirtualScript(), prepares: Bool = true, capacity: Int? = nil,
        blockCapacity: Int = 0
    ) {
        self.prepares = prepares
        self.clocks = clocks
        self.script = script
        schedule = TickSchedule(capacity: capacity ?? max(1, sessions.count), blockCapacity: blockCapacity)
        for session in sessions {
            do {
                _ = try schedule.add(
                    session.plan, epoch: clocks.epoch(in: session.lead), beginningAt: clocks.monotonic)
            } catch {
                preconditionFailure("a schedule of this capacity takes each: \(error)")
            }
        }
    }

    /// One session, 25 ms before its epoch.
    public init(
        _ plan: SessionPlan, clocks: VirtualClocks = VirtualClocks(), script: VirtualScript = VirtualScript()
    ) {
        self.init([(plan, .milliseconds(25))], clocks: clocks, script: script)
    }

    public var now: MonotonicInstant { clocks.monotonic }
    public var waits: [Wait] { events.compactMap { if case .waited(let wait) = $0 { wait } else { nil } } }

    // MARK: - Changes, between ticks

    /// Ends the work of the tick under way, as a loop does before it takes a change.
    private mutating func settle() { if let tick = delivering { finish(tick) } }

    /// Adds a session with a plan, whose epoch lies `lead` ahead.
    @discardableResult
    public mutating func add(
        _ plan: SessionPlan, in lead: Nanoseconds = .milliseconds(25), blocks: BlockPlan? = nil
    ) throws(ScheduleError) -> SessionID {
        settle()
        return try schedule.add(plan, epoch: clocks.epoch(in: lead), blocks: blocks, beginningAt: now)
    }

    public mutating func remove(_ id: SessionID) -> TickSession.EndReason? {
        settle()
        return schedule.remove(id, at: now)
    }

    public mutating func append(_ block: Block, to id: SessionID) throws(ScheduleError) -> PlacedBlock {
        settle()
        return try schedule.append(block, to: id)
    }

    /// A successor with the same plan, or another, whose epoch is the instant `utc` of today's UTC.
    public mutating func succeed(
        _ id: SessionID, at utc: UTCInstant, by plan: SessionPlan? = nil, blocks: BlockPlan? = nil
    ) throws(ScheduleError) -> Seam {
        settle()
        let epoch = clocks.epoch(in: utc - clocks.utc(at: now))
        var session = TickSession(
            id: SessionID(index: schedule.addedCount), plan: plan ?? self.session(id.index).plan, epoch: epoch)
        let upcoming = blocks.map { session.join($0) } ?? []
        return try schedule.succeed(id, by: session, upcoming: upcoming.span, at: now)
    }

    public func contains(_ id: SessionID) -> Bool { schedule.contains(id) }
    public var freeBlocks: Int { schedule.freeBlocks }
    /// How many passes there were, that under way included.
    public var passCount: Int64 { schedule.passCount }
    /// Sessions in the schedule.
    public var count: Int { schedule.count }

    /// The epoch of the session added as number `index`.
    public func epoch(_ index: Int32 = 0) -> SessionEpoch { session(index).epoch }

    /// The session added as number `index`.
    public func session(_ index: Int32 = 0) -> TickSession { schedule.session(SessionID(index: index)) }

    /// Waits for the next due tick and returns it; its handler runs, in virtual time, until the next
    /// call. `nil` when every session has ended, or after `requestStop()`.
    public mutating func next() -> Tick? {
        if let tick = delivering { finish(tick) }
        while !isStopRequested {
            switch schedule.next(at: now) {
            case .ended:
                return nil
            case .wait(let deadline):
                if prepares { schedule.prepare(for: deadline) }
                let wait = Wait(until: deadline, woke: wake(from: deadline))
                clocks.monotonic = wait.woke
                waitCount += 1
                events.append(.waited(wait))
            case .start:
                clocks.monotonic = now + script.dispatch
                let tick = schedule.start(at: now)
                delivering = tick
                events.append(.started(tick))
                return tick
            }
        }
        schedule.stop()
        return nil
    }

    public mutating func requestStop() { isStopRequested = true }

    /// Runs until every session has ended, or has been offered `limit` ticks between them.
    ///
    /// - Returns: the records of the whole run.
    public mutating func run(limit: Int = 200_000) -> [TickRecord] {
        while records.count < limit, next() != nil {}
        return records
    }

    private mutating func finish(_ tick: Tick) {
        clocks.monotonic = now + script.work(tick.session, tick.index)
        delivering = nil
        let work = schedule.finish(at: now)
        records.append(TickRecord(tick: schedule.lastTick, work: work))
    }

    private func wake(from deadline: MonotonicInstant) -> MonotonicInstant {
        let (woke, overflow) = deadline.nanoseconds
            .addingReportingOverflow(script.wakeLatency(waitCount).count)
        return max(now, MonotonicInstant(nanoseconds: overflow ? .max : woke))
    }

}
