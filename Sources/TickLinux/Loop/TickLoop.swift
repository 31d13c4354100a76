// One loop on one thread. The basic operation is to *pull*: `next()` waits for the next due tick of any session and
// returns it. The time until the next call of `next()` is that tick's work. To *push* (`run`) is a thin layer on it.
//
// Between the wake and the handler's return, the loop allocates nothing, takes no lock and counts no references. The
// compiler enforces this for `next()` in release builds, and a test counts allocations.
//
// The loop makes changes from other threads between two ticks. If more than 100 µs of a wait are left, it makes all
// of them. Otherwise it makes at most one before the first tick of each pass. So a loop that never waits still takes
// commands, and a pass is never delayed by more than one command.

internal import CLinuxShims
public import TickScheduling
internal import TickTime

/// A loop of tick sessions on the calling thread.
@safe public struct TickLoop: ~Copyable {
    /// The part of this loop that other threads may hold.
    public let control: LoopControl
    /// Where finished ticks go, if the loop has a drain.
    package let ring: RecordRing?

    private let shared: UnsafeMutablePointer<LoopShared>
    private let queue: UnsafeMutablePointer<CommandQueue>
    private let records: UnsafeMutablePointer<RingStorage>?
    /// Held by the control.
    private let time: UnsafeMutablePointer<ClusterTimeStorage>?
    private let options: TickLoopOptions
    private var requests: [SessionRequest] = []
    private(set) var schedule = TickSchedule(capacity: 1)
    /// The sessions' handlers, by slot.
    private var callbacks = UnsafeMutableBufferPointer<Callback>.allocate(capacity: 0)
    /// The sessions' on-air gates, by slot, and how many there are: without one, a tick does not look here.
    private var gates = UnsafeMutableBufferPointer<GateStorage?>.allocate(capacity: 0)
    private var gateCount = 0
    private var waiter: Waiter
    private(set) var hasBegun = false
    private var isDelivering = false
    private var hasStopped = false
    /// The pass before which a command was last taken.
    private var commandPass: Int64 = -1
    /// The last clock reading.
    private var now = MonotonicInstant(nanoseconds: 0)

    public init(_ options: TickLoopOptions = TickLoopOptions()) {
        control = LoopControl(options.time)
        ring = options.ringCapacity > 0 ? RecordRing(capacity: options.ringCapacity) : nil
        unsafe shared = control.shared
        unsafe queue = control.queue
        unsafe records = ring?.storage
        unsafe time = options.time?.storage
        self.options = options
        waiter = Waiter(strategy: options.wait, spinBudgetPercent: options.spinBudgetPercent, control: control)
    }

    deinit {
        // No thread may wait for a loop that no longer exists.
        unsafe shared.pointee.end()
        unsafe callbacks.deallocate()
        unsafe gates.deallocate()
    }

    /// Adds a session. Before `begin()`, it starts with the loop; after `begin()`, it is anchored now.
    ///
    /// After `begin()`, this call ends the work of the current tick, as `next()` does.
    ///
    /// - Returns: its id. Sessions that share a deadline are delivered in the order in which they were added.
    /// - Throws: as `LoopControl.add`, once the loop has begun.
    @discardableResult
    public mutating func add(_ request: SessionRequest) throws(LoopError) -> SessionID {
        guard hasBegun else {
            requests.append(request)
            return SessionID(index: Int32(requests.count - 1))
        }
        return try perform(try control.plan(adding: request))
    }

    /// Anchors all sessions and begins. Call it once, as the thread's last step before the first `next()`.
    ///
    /// All sessions are anchored from one reading, so those with the same rate and alignment tick
    /// together.
    ///
    /// - Returns: the sessions with their epochs, in the order in which they were added.
    /// - Throws: `LoopError`.
    @discardableResult
    public mutating func begin() throws(LoopError) -> [SessionAddition] {
        guard !hasBegun else { throw .alreadyBegun }
        guard !requests.isEmpty || !options.endsWhenIdle else { throw .noSessions }
        FatalSignals.endProcess()
        let ready = try LoopBeginning.sessions(requests, options.time) { [control] in control.nextIndex() }
        let blockCount = ready.reduce(0) { $0 + $1.upcoming.count }
        let capacity = max(ready.count + options.spareSessions, 1)
        schedule = TickSchedule(capacity: capacity, blockCapacity: blockCount + options.spareBlocks)
        unsafe callbacks.deallocate()
        unsafe callbacks = .allocate(capacity: capacity)
        unsafe callbacks.initialize(repeating: Callback(nil))
        unsafe gates.deallocate()
        unsafe gates = .allocate(capacity: capacity)
        unsafe gates.initialize(repeating: nil)
        unsafe shared.pointee.adoptThread()
        now = HostClock.monotonic()
        var additions: [SessionAddition] = []
        for session in ready {
            let addition = AddSession(ready: session)
            let outcome = withExtendedLifetime(addition) { apply(addition.command) }
            if case .refused(let error) = outcome { throw .schedule(error) }
            guard let id = addition.answer(in: outcome) else {
                preconditionFailure("the loop answered another change: \(outcome)")
            }
            control.begin(id, session)
            additions.append(session.addition())
        }
        requests = []
        hasBegun = true
        return additions
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
        precondition(hasBegun, "call begin() before next()")
        if isDelivering { finish() }
        while unsafe !shared.pointee.isStopRequested() && !hasStopped {
            switch schedule.next(at: now) {
            case .ended:
                if takeCommands(before: nil) { continue }
                if options.endsWhenIdle { hasStopped = true } else { waiter.waitForInterrupt() }
            case .wait(let deadline):
                if unsafe shared.pointee.hasCommands(), takeCommands(before: deadline) { continue }
                now = waiter.step(toward: deadline, from: HostClock.monotonic())
                if waiter.hasTimeToPrepare(for: deadline, at: now) {
                    schedule.prepare(for: deadline)
                    // Called once without need, so that code and data are in the caches.
                    if let time = unsafe time { _ = unsafe time.pointee.tickReading() }
                    if gateCount > 0, let turn = schedule.nextTurn(), let gate = gate(of: turn) {
                        _ = gate.state(ofTick: 0, at: HostClock.boot())
                    }
                }
            case .start:
                if unsafe shared.pointee.hasCommands(), takeCommandOfPass() { continue }
                var tick = schedule.start(at: HostClock.monotonic())
                if let time = unsafe time {
                    let (timestamp, boot) = unsafe time.pointee.tickReading()
                    // Written in both places, because a second copy of the tick would take longer.
                    tick.timestamp = timestamp
                    schedule.stamp(timestamp)
                    if gateCount > 0, let gate = gate(of: tick.session) { judge(&tick, gate, at: boot) }
                } else if gateCount > 0, let gate = gate(of: tick.session) {
                    judge(&tick, gate, at: HostClock.boot())
                }
                isDelivering = true
                unsafe shared.pointee.handlerStarted(tick)
                return tick
            }
        }
        end()
        return nil
    }

    /// Calls the sessions' handlers at their ticks until every session has ended, or after a stop
    /// was asked for. Ticks of a session without a handler call nothing.
    ///
    /// - Throws: as `begin()`, if that was not called before.
    public mutating func run() throws(LoopError) {
        if !hasBegun { try begin() }
        // The boxes of closures live in the control's registry for as long as their sessions do.
        deliver()
    }

    /// Why a session ended; `nil` while it runs.
    ///
    /// - Precondition: it was not removed.
    public func endReason(of session: SessionID) -> TickSession.EndReason? { schedule.session(session).endReason }

    /// What `hybrid` learnt about the host's wake-ups, and whether it stopped spinning.
    public var spinReport: SpinReport { SpinReport(waiter.margin, isUsed: waiter.strategy == .hybrid) }

    @inline(__always) private func gate(of session: SessionID) -> GateStorage? { unsafe gates[Int(session.slot)] }

    /// Says whether a tick is on air, at a reading of BOOTTIME that was made for it.
    @inline(__always) private mutating func judge(_ tick: inout Tick, _ gate: GateStorage, at boot: BootInstant) {
        let air = gate.state(ofTick: tick.index, at: boot)
        tick.air = air
        schedule.mark(air)
    }

    private mutating func finish() {
        now = HostClock.monotonic()
        isDelivering = false
        unsafe shared.pointee.handlerReturned()
        let work = schedule.finish(at: now)
        if let records = unsafe records {
            unsafe records.pointee.append(TickRecord(tick: schedule.lastTick, work: work))
        }
    }

    #if !DEBUG
        @_noAllocation @_noLocks
    #endif
    private mutating func deliver() {
        while let tick = next() {
            let callback = unsafe callbacks[Int(tick.session.slot)]
            guard let function = unsafe callback.function else { continue }
            unsafe withUnsafePointer(to: tick) { unsafe shim_call_handler(function, callback.context, $0) }
        }
    }

    private mutating func end() {
        if hasStopped && (unsafe shared.pointee.hasEnded) { return }
        hasStopped = true
        schedule.stop()
        unsafe shared.pointee.end()
    }

    // MARK: - Changes

    /// Takes commands while more than the margin is left before `deadline`.
    ///
    /// - Returns: whether there was one.
    @inline(never)
    private mutating func takeCommands(before deadline: MonotonicInstant?) -> Bool {
        unsafe shim_clear_bits(shared.pointee.interrupt, LoopShared.commandBit)
        var hasTaken = false
        while true {
            now = HostClock.monotonic()
            if let deadline, deadline.nanoseconds &- now.nanoseconds <= Waiter.commandMargin {
                // The other commands stay for later, so the bit is set again.
                unsafe shim_set_bits(shared.pointee.interrupt, LoopShared.commandBit)
                return hasTaken
            }
            guard let command = unsafe queue.pointee.pop() else { return hasTaken }
            carryOut(command)
            hasTaken = true
        }
    }

    /// Takes one command before the first tick of a pass.
    @inline(never)
    private mutating func takeCommandOfPass() -> Bool {
        guard schedule.passCount != commandPass else { return false }
        commandPass = schedule.passCount
        // Cleared first, because a command that comes after this check sets it again.
        unsafe shim_clear_bits(shared.pointee.interrupt, LoopShared.commandBit)
        guard let command = unsafe queue.pointee.pop() else { return false }
        unsafe shim_set_bits(shared.pointee.interrupt, LoopShared.commandBit)
        now = HostClock.monotonic()
        carryOut(command)
        return true
    }

    private mutating func carryOut(_ command: LoopCommand) {
        let outcome = apply(command)
        if let reply = command.reply { reply.answer(outcome) }
    }

    private mutating func apply(_ command: LoopCommand) -> CommandOutcome {
        do throws(ScheduleError) {
            switch command.change {
            case .add:
                guard let session = command.session else { preconditionFailure("an addition needs a session") }
                let id = try unsafe schedule.add(session, upcoming: command.upcoming.span, beginningAt: now)
                unsafe callbacks[Int(id.slot)] = command.callback
                setGate(command.gate, at: Int(id.slot))
                return .added(id)
            case .succeed(let predecessor):
                guard let session = command.session else { preconditionFailure("a succession needs a session") }
                let seam = try unsafe schedule.succeed(
                    predecessor, by: session, upcoming: command.upcoming.span, at: now)
                unsafe callbacks[Int(seam.successor.slot)] = command.callback
                setGate(command.gate, at: Int(seam.successor.slot))
                return .succeeded(seam)
            case .remove(let session):
                // The gate may be freed once the removal is known.
                if let slot = schedule.slot(of: session) { setGate(nil, at: slot) }
                guard let reason = schedule.remove(session, at: now) else { return .refused(.noSession(session)) }
                return .removed(reason)
            case .append(let block, let session):
                return .appended(try schedule.append(block, to: session))
            }
        } catch {
            return .refused(error)
        }
    }

    private mutating func setGate(_ gate: GateStorage?, at slot: Int) {
        if case .some = unsafe gates[slot] { gateCount -= 1 }
        if case .some = gate { gateCount += 1 }
        unsafe gates[slot] = gate
    }

    /// Makes a change now. This ends the work of the current tick.
    mutating func perform<C: Change>(_ change: C) throws(LoopError) -> C.Answer {
        guard hasBegun else { throw .notBegun }
        if isDelivering { finish() }
        guard !hasStopped else { throw .loopEnded }
        now = HostClock.monotonic()
        control.announce(change)
        let outcome = withExtendedLifetime(change) { apply(change.command) }
        return try control.conclude(change, outcome)
    }
}
