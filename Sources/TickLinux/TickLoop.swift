// One loop, on one thread. Its primitive is to *pull*: `next()` waits for the next due tick of any
// session and returns it; the time until `next()` is called again is that tick's work. To be
// *pushed* (`run`) is a thin layer on it.
//
// Between the wake and the handler's return nothing is allocated, no lock is taken and no shared
// object is counted: the compiler holds `next()` to it in release builds, and a test counts.

internal import CLinuxShims
public import TickScheduling
public import TickTime

/// What a loop is made with.
public struct TickLoopOptions: Sendable {
    /// How it waits.
    public var wait: WaitStrategy
    /// The share of elapsed time that `hybrid` may spend spinning, in percent, 1 ... 100.
    public var spinBudgetPercent: Int
    /// How many records the ring to the drain holds; 0 for a loop without a drain.
    public var ringCapacity: Int

    public init(wait: WaitStrategy = .hybrid, spinBudgetPercent: Int = 2, ringCapacity: Int = 0) {
        precondition((1...100).contains(spinBudgetPercent), "spin_budget_percent lies in 1 ... 100")
        self.wait = wait
        self.spinBudgetPercent = spinBudgetPercent
        self.ringCapacity = ringCapacity
    }
}

/// A session to be added to a loop.
public struct SessionRequest: Sendable {
    public var plan: SessionPlan
    /// Which instants its epoch may lie on.
    public var alignment: Alignment
    /// What `run` calls at each tick; not used by `next`.
    public var handler: TickHandler?

    public init(_ plan: SessionPlan, alignment: Alignment = .none, handler: TickHandler? = nil) {
        self.plan = plan
        self.alignment = alignment
        self.handler = handler
    }
}

/// A loop of tick sessions on the calling thread.
@safe public struct TickLoop: ~Copyable {
    /// What other threads may hold of this loop.
    public let control: LoopControl
    /// Where finished ticks go, if the loop has a drain.
    public let ring: RecordRing?

    private let shared: UnsafeMutablePointer<LoopShared>
    private let records: UnsafeMutablePointer<RingStorage>?
    private var requests: [SessionRequest] = []
    private var schedule = TickSchedule(capacity: 1)
    private var waiter: Waiter
    private var hasBegun = false
    private var isDelivering = false
    private var hasStopped = false
    /// The last clock reading.
    private var now = MonotonicInstant(nanoseconds: 0)

    public init(_ options: TickLoopOptions = TickLoopOptions()) {
        control = LoopControl()
        ring = options.ringCapacity > 0 ? RecordRing(capacity: options.ringCapacity) : nil
        unsafe shared = control.shared
        unsafe records = ring?.storage
        waiter = Waiter(strategy: options.wait, spinBudgetPercent: options.spinBudgetPercent, control: control)
    }

    /// Adds a session; its ticks begin with the loop.
    ///
    /// - Returns: its id: sessions that share a deadline are delivered in this order.
    /// - Throws: `LoopError.alreadyBegun`.
    @discardableResult
    public mutating func add(_ request: SessionRequest) throws(LoopError) -> SessionID {
        guard !hasBegun else { throw .alreadyBegun }
        requests.append(request)
        return SessionID(index: Int32(requests.count - 1))
    }

    /// Anchors every session, once, and begins: the thread's last act before the first `next()`.
    ///
    /// All sessions are anchored from one reading, so those with the same rate and alignment tick
    /// together.
    ///
    /// - Returns: the epochs, in the order of the sessions.
    /// - Throws: `LoopError`.
    @discardableResult
    public mutating func begin() throws(LoopError) -> [SessionEpoch] {
        guard !hasBegun else { throw .alreadyBegun }
        guard !requests.isEmpty else { throw .noSessions }
        var schedule = TickSchedule(capacity: requests.count)
        var epochs: [SessionEpoch] = []
        let anchor = try HostAnchor.capture()
        do {
            for request in requests {
                epochs.append(
                    try SessionEpoch.plan(
                        reading: anchor.reading, rate: request.plan.rate, alignment: request.alignment,
                        utcSource: anchor.utcSource, taiOffset: anchor.taiOffset))
            }
        } catch {
            throw .epoch(error)
        }
        now = HostClock.monotonic()
        for (request, epoch) in zip(requests, epochs) {
            do {
                _ = try schedule.add(request.plan, epoch: epoch, beginningAt: now)
            } catch {
                preconditionFailure("a schedule of this capacity takes each: \(error)")
            }
        }
        self.schedule = schedule
        hasBegun = true
        return epochs
    }

    /// Waits for the next due tick and returns it; `nil` when every session has ended, or after a
    /// stop was asked for.
    ///
    /// The tick's work lasts from this return to the next call.
    ///
    /// - Precondition: `begin()` was called, on this thread.
    #if !DEBUG
        @_noAllocation @_noLocks
    #endif
    public mutating func next() -> Tick? {
        precondition(hasBegun, "a loop begins before its first tick")
        if isDelivering { finish() }
        while unsafe !shared.pointee.isStopRequested() {
            switch schedule.next(at: now) {
            case .ended:
                return nil
            case .wait(let deadline):
                now = waiter.step(toward: deadline, from: HostClock.monotonic())
                if waiter.hasTimeToPrepare(for: deadline, at: now) { schedule.prepare(for: deadline) }
            case .start:
                let tick = schedule.start(at: HostClock.monotonic())
                isDelivering = true
                unsafe shared.pointee.handlerStarted(tick)
                return tick
            }
        }
        if !hasStopped {
            hasStopped = true
            schedule.stop()
        }
        return nil
    }

    /// Calls the sessions' handlers at their ticks until every session has ended, or after a stop
    /// was asked for. Ticks of a session without a handler pass in silence.
    ///
    /// - Throws: as `begin()`, if that was not called before.
    public mutating func run() throws(LoopError) {
        if !hasBegun { try begin() }
        let handlers = UnsafeMutablePointer<Callback>.allocate(capacity: requests.count)
        defer { unsafe handlers.deallocate() }
        for (index, request) in requests.enumerated() {
            unsafe handlers.advanced(by: index).initialize(to: Callback(request.handler))
        }
        // The boxes of closures live in `requests`, which this loop owns for as long as it runs.
        unsafe deliver(to: handlers)
    }

    /// How a session ended; `nil` while it runs.
    public func endReason(of session: SessionID) -> TickSession.EndReason? { schedule.session(session).endReason }

    /// What `hybrid` learnt of the host's wake-ups, and whether it stopped spinning.
    public var spinReport: SpinReport { SpinReport(waiter.margin, isUsed: waiter.strategy == .hybrid) }

    #if !DEBUG
        @_noAllocation @_noLocks
    #endif
    private mutating func finish() {
        now = HostClock.monotonic()
        isDelivering = false
        unsafe shared.pointee.handlerReturned()
        let record = schedule.finish(at: now)
        if let records = unsafe records { unsafe records.pointee.append(record) }
    }

    #if !DEBUG
        @_noAllocation @_noLocks
    #endif
    private mutating func deliver(to handlers: UnsafeMutablePointer<Callback>) {
        while let tick = next() {
            let callback = unsafe handlers[Int(tick.session.index)]
            guard let function = unsafe callback.function else { continue }
            unsafe withUnsafePointer(to: tick) { unsafe shim_call_handler(function, callback.context, $0) }
        }
    }
}

/// A handler without its box: what the tick path touches.
@unsafe private struct Callback {
    let function: shim_tick_handler?
    let context: UnsafeMutableRawPointer?

    init(_ handler: TickHandler?) {
        unsafe function = handler?.function
        unsafe context = handler?.context
    }
}

/// What the hybrid wait did in a run.
public struct SpinReport: Hashable, Sendable {
    /// Whether the loop waited by `hybrid` at all.
    public let isUsed: Bool
    /// The margin at the end.
    public let margin: Nanoseconds
    /// Whether it was spinning at the end.
    public let isSpinning: Bool
    /// How often it stopped spinning, and why it last did.
    public let stops: Int
    public let lastStop: SpinMargin.Stop?
    /// The time spent spinning.
    public let spunTime: Nanoseconds

    init(_ margin: borrowing SpinMargin, isUsed: Bool) {
        self.isUsed = isUsed
        self.margin = margin.margin
        isSpinning = margin.isSpinning
        stops = margin.stops
        lastStop = margin.lastStop
        spunTime = margin.spunTime
    }
}
