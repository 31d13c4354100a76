public import TickScheduling
public import TickTime

/// The changes that other threads may ask of a running loop, and the state that they may read.
///
/// A loop belongs to one thread; this is the part that any thread may hold. The calls that change its sessions wait
/// until the loop has taken the change between two of its ticks, usually no longer than a handler runs. On the loop's
/// own thread (in a handler) such a call would wait for itself, so it throws `LoopError.calledOnTickThread`. A
/// program that pulls ticks has the same calls on `TickLoop`.
@safe public final class LoopControl: @unchecked Sendable {
    /// The part that the loop itself uses, held by a pointer: reference counts of this object would cost the tick
    /// path one or two atomic operations.
    let shared: UnsafeMutablePointer<LoopShared>
    let queue: UnsafeMutablePointer<CommandQueue>
    private let registry = RegistryLock(LoopRegistry())
    /// The source of the sessions' UTC and stamps; `nil` for the host.
    let time: ClusterTime?

    init(_ time: ClusterTime? = nil) {
        self.time = time
        unsafe shared = .allocate(capacity: 1)
        unsafe shared.initialize(to: LoopShared())
        unsafe queue = .allocate(capacity: 1)
        unsafe queue.initialize(to: CommandQueue())
    }

    deinit {
        // The loop holds this object, so the loop no longer exists and writes no more replies.
        registry.withLock { $0.freeReplies() }
        unsafe shared.deinitialize(count: 1)
        unsafe shared.deallocate()
        unsafe queue.deinitialize(count: 1)
        unsafe queue.deallocate()
    }

    /// Asks the loop to stop after the current tick. Any thread may call this; it returns at once.
    public func requestStop() { unsafe shared.pointee.interrupt(with: LoopShared.stopBit) }

    /// Whether a stop was asked for.
    public var isStopRequested: Bool { unsafe shared.pointee.isStopRequested() }

    /// Whether the loop has ended, because its sessions ended or a stop was asked for.
    public var hasEnded: Bool { unsafe shared.pointee.hasEnded }

    /// The handler that runs now; `nil` between ticks. Any thread may call this.
    public var runningHandler: RunningHandler? { unsafe shared.pointee.runningHandler }

    // MARK: - Changes

    /// Adds a session to the running loop, anchored now, on the calling thread.
    ///
    /// - Returns: its id, after the loop has taken it. Its first tick is at least 20 ms plus its lead after
    ///   the anchor, unless its plan states the first tick of a given grid.
    /// - Throws: `LoopError.schedule` with `.full` or `.blocks`, `.epoch`, `.plan`, `.alignedGrid`,
    ///   `.wallClockUnsteady`, `.queueFull`, `.loopEnded`, `.calledOnTickThread`.
    @discardableResult
    public func add(_ request: SessionRequest) throws(LoopError) -> SessionID {
        try perform(try plan(adding: request))
    }

    /// Adds a session that takes over from another at a fence. It is anchored now, on the calling thread. This is the
    /// only remedy after a step of UTC, a suspend or a leap second.
    ///
    /// - Parameters:
    ///   - predecessor: the session that it takes over from.
    ///   - utc: the earliest time to take over, in the schedule's UTC as of now. With a block plan the seam is the
    ///     first start or end of a block that is not before `utc` and at least 20 ms plus the lead ahead. Without a
    ///     plan it is the first allowed instant.
    ///   - request: the successor; by default it is like its predecessor and
    ///     continues its plan, on a grid of its own: its tick 0 is the seam.
    /// - Returns: the seam, after the loop has taken the successor.
    /// - Throws: as `add`; `LoopError.schedule` with `.noSession`, `.predecessorEnded`, `.hasSuccessor`,
    ///   `.pastSeam`; `.noFence` if no fence of the plan lies ahead; `.endsBeforeFence` if the session
    ///   ends before that fence; `.gridOfSuccessor` if the request has a given grid.
    @discardableResult
    public func succeed(
        _ predecessor: SessionID, atOrAfter utc: UTCInstant, by request: SessionRequest? = nil
    ) throws(LoopError) -> Seam {
        try perform(try plan(succeeding: predecessor, atOrAfter: utc, by: request))
    }

    /// Removes a session. Returns after the last call of its handler; no tick of it follows.
    ///
    /// - Returns: why it had ended; `.removed` if it had ticks left.
    /// - Throws: `LoopError.schedule` with `.noSession`, `.queueFull`, `.loopEnded`, `.calledOnTickThread`.
    @discardableResult
    public func remove(_ session: SessionID) throws(LoopError) -> TickSession.EndReason {
        try perform(RemoveSession(session: session))
    }

    /// Asks for a session to be removed, and does not wait. Its handler may be called once more after this call. Any
    /// thread may call this, also the loop's own.
    ///
    /// - Throws: `LoopError.schedule` with `.noSession`, `.queueFull`.
    public func requestRemoval(of session: SessionID) throws(LoopError) {
        let removal = RemoveSession(session: session)
        let reply = CommandReply.allocate()
        do {
            try post(removal, reply)
        } catch {
            reply.deallocate()
            throw error
        }
        registry.withLock { $0.keep(reply, of: removal) }
    }

    /// Adds a block to the end of a session's plan. After `succeed`, this is the successor's plan.
    ///
    /// - Returns: the block on the session's grid. A block without a tick is accepted too; the result shows that it
    ///   has none.
    /// - Throws: `LoopError.schedule` with `.noSession` or `.blocks`: a gap, an overlap, a past fence, no
    ///   room, no plan; `.queueFull`, `.loopEnded`, `.calledOnTickThread`.
    @discardableResult
    public func append(_ block: Block, to session: SessionID) throws(LoopError) -> PlacedBlock {
        try perform(AppendBlock(block: block, session: session))
    }

    /// Returns the changes since the last call, oldest first.
    func takeChanges() -> [LoopChange] { registry.withLock { $0.takeChanges() } }

    /// The sessions in the loop, in the order of their numbers.
    public var sessions: [SessionID] { registry.withLock { $0.entries.values.map(\.id) }.sorted() }

    /// The session with this number; `nil` if the loop does not have it.
    public func session(numbered index: Int32) -> SessionID? { registry.withLock { $0.entries[index]?.id } }

    /// The anchor of the session; `nil` if the loop does not have it.
    public func epoch(of session: SessionID) -> SessionEpoch? { registry.withLock { $0.entries[session.index]?.epoch } }

    /// The tick that the session began with; `nil` if the loop does not have it.
    package func firstTick(of session: SessionID) -> Int64? {
        registry.withLock { $0.entries[session.index]?.request.plan.beginTick }
    }

    /// Whether the calling thread is the loop's own, which must not wait for itself.
    public var isOnLoopThread: Bool { unsafe shared.pointee.isOnLoopThread }

    /// How the removed sessions had ended, by number.
    var removedSessions: [Int32: TickSession.EndReason] { registry.withLock { $0.removed } }

    // MARK: - From plan to outcome

    func plan(adding request: SessionRequest) throws(LoopError) -> AddSession {
        var anchor = try HostAnchor.capture(time)
        if let due = request.gridDue, let grid = request.plan.grid {
            // The monotonic clock and BOOTTIME, so close together that the difference is that of suspended time.
            let (monotonic, boot) = (HostClock.monotonic(), HostClock.boot())
            do { anchor = try anchor.following(grid, due: monotonic +| (due -| boot)) } catch { throw .epoch(error) }
        }
        let epoch = try anchor.epoch(for: request)
        return AddSession(
            ready: try ReadySession(try anchor.placed(request, on: epoch), epoch: epoch, index: nextIndex()))
    }

    func plan(
        succeeding predecessor: SessionID, atOrAfter utc: UTCInstant, by request: SessionRequest?
    ) throws(LoopError) -> SucceedSession {
        guard let before = registry.withLock({ $0.entries[predecessor.index] }) else {
            throw .schedule(.noSession(predecessor))
        }
        let isLikePredecessor = request == nil
        if request?.plan.grid != nil { throw .gridOfSuccessor }
        var request = request ?? before.request
        let anchor = try HostAnchor.capture(time)
        let soonest = anchor.utc + SessionEpoch.leastLead + request.plan.lead
        var fence = max(utc, soonest)
        if let blocks = before.blocks {
            guard let found = blocks.firstEdge(notBefore: fence) else {
                throw .noFence(after: fence, planEnd: blocks.end)
            }
            fence = found
            if isLikePredecessor { request.blocks = SessionBlocks(start: .utc(blocks.start), blocks: blocks.blocks) }
        }
        do { if isLikePredecessor { request.plan = try request.plan.withGrid(nil) } } catch { throw .plan(error) }
        let epoch = try anchor.epoch(for: request, notBefore: fence)
        let index = nextIndex()
        let seam: Seam
        do {
            let own = before.request.plan
            seam = Seam(
                from: before.id, plan: own, epoch: before.epoch, to: SessionID(index: index), epoch: epoch)
            // If the number of ticks is limited, the successor gets the rest.
            if isLikePredecessor, let count = request.plan.tickCount {
                let taken = seam.predecessorEndTick - own.beginTick
                guard count > taken else {
                    let last = (try? request.plan.rate.offset(ofTick: own.beginTick + count - 1)) ?? .zero
                    throw LoopError.endsBeforeFence(before.id, fence: epoch.utc, lastTick: before.epoch.utc + last)
                }
                request.plan = try request.plan.withTickCount(count - taken)
            }
        } catch let error as LoopError {
            throw error
        } catch {
            preconditionFailure("a plan with fewer ticks is a plan: \(error)")
        }
        let ready = try ReadySession(request, epoch: epoch, index: index)
        return SucceedSession(ready: ready, seam: seam)
    }

    /// An unused session number.
    func nextIndex() -> Int32 { registry.withLock { $0.nextIndex() } }

    /// Records a session with which the loop begins.
    func begin(_ id: SessionID, _ ready: ReadySession) { registry.withLock { $0.begin(id, ready) } }

    /// Announces a change before the loop can deliver a tick of it.
    func announce(_ change: some Change) { registry.withLock { $0.announce(change) } }

    /// Records the outcome of the change.
    func conclude<C: Change>(_ change: C, _ outcome: CommandOutcome) throws(LoopError) -> C.Answer {
        try registry.withLock { (registry) throws(LoopError) in try registry.conclude(change, outcome) }
    }

    private func perform<C: Change>(_ change: C) throws(LoopError) -> C.Answer {
        if unsafe shared.pointee.isOnLoopThread { throw .calledOnTickThread }
        let reply = CommandReply.allocate()
        defer { reply.deallocate() }
        let outcome: CommandOutcome? = try withExtendedLifetime(change) { () throws(LoopError) in
            try post(change, reply)
            return reply.wait(until: { unsafe shared.pointee.hasEnded })
        }
        guard let outcome else {
            registry.withLock { $0.withdraw(change) }
            throw .loopEnded
        }
        return try conclude(change, outcome)
    }

    private func post(_ change: some Change, _ reply: CommandReply) throws(LoopError) {
        if unsafe shared.pointee.hasEnded { throw .loopEnded }
        let isTaken = registry.withLock { registry in
            // One lock, so that two threads push one after the other.
            registry.announce(change)
            var command = change.command
            command.reply = reply
            let isTaken = unsafe queue.pointee.push(command)
            if !isTaken { registry.withdraw(change) }
            return isTaken
        }
        guard isTaken else { throw .queueFull(capacity: CommandQueue.capacity) }
        unsafe shared.pointee.interrupt(with: LoopShared.commandBit)
    }
}
