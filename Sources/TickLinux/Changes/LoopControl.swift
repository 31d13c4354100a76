public import TickScheduling
public import TickTime

/// What other threads may ask of a running loop, and what they may see of it.
///
/// A loop belongs to one thread; this is the part of it that any thread may hold. The calls that change
/// its sessions wait until the loop has taken the change, between two of its ticks: for no longer than
/// a handler runs, as a rule. Made on the loop's own thread (by a handler) they would wait for themselves
/// and throw `LoopError.calledOnTickThread`; who pulls ticks has the same calls on `TickLoop`.
@safe public final class LoopControl: @unchecked Sendable {
    /// The part that the loop itself touches: through a pointer, for to count references to this
    /// object would cost the tick path an atomic operation or two.
    let shared: UnsafeMutablePointer<LoopShared>
    let queue: UnsafeMutablePointer<CommandQueue>
    private let registry = RegistryLock(LoopRegistry())
    /// Where the sessions' UTC is taken from, and their stamps; `nil`: the host.
    let time: ClusterTime?

    init(_ time: ClusterTime? = nil) {
        self.time = time
        unsafe shared = .allocate(capacity: 1)
        unsafe shared.initialize(to: LoopShared())
        unsafe queue = .allocate(capacity: 1)
        unsafe queue.initialize(to: CommandQueue())
    }

    deinit {
        // The loop holds this object, so it is gone, and nothing writes a reply any more.
        registry.withLock { $0.freeReplies() }
        unsafe shared.deinitialize(count: 1)
        unsafe shared.deallocate()
        unsafe queue.deinitialize(count: 1)
        unsafe queue.deallocate()
    }

    /// Asks the loop to stop after the tick it is at. Any thread; returns at once.
    public func requestStop() { unsafe shared.pointee.interrupt(with: LoopShared.stopBit) }

    /// Whether a stop was asked for.
    public var isStopRequested: Bool { unsafe shared.pointee.isStopRequested() }

    /// Whether the loop has ended: its sessions have, or a stop was asked for.
    public var hasEnded: Bool { unsafe shared.pointee.hasEnded }

    /// The handler that runs now; `nil` between ticks. Any thread.
    public var runningHandler: RunningHandler? { unsafe shared.pointee.runningHandler }

    // MARK: - Changes

    /// Adds a session to the running loop, anchored now, on the calling thread.
    ///
    /// - Returns: its id, once the loop has it. Its first tick is at least 20 ms and its lead away from
    ///   the anchor.
    /// - Throws: `LoopError.schedule` with `.full` or `.blocks`, `.epoch`, `.wallClockUnsteady`, `.queueFull`,
    ///   `.loopEnded`, `.calledOnTickThread`.
    @discardableResult
    public func add(_ request: SessionRequest) throws(LoopError) -> SessionID {
        try perform(try plan(adding: request))
    }

    /// Adds a session that takes over from another at a fence, anchored now, on the calling thread: the
    /// one remedy after a step of UTC, a suspend or a leap second.
    ///
    /// - Parameters:
    ///   - predecessor: the session that it takes over from.
    ///   - utc: when, as the schedule's UTC now tells it. With a block plan the seam is the first start or end
    ///     of a block that is not before `utc` and at least 20 ms and the lead ahead; without one, the first
    ///     allowed instant.
    ///   - request: the successor; unless given, it is like its predecessor and goes on with its plan.
    /// - Returns: the seam, once the loop has the successor.
    /// - Throws: as `add`; `LoopError.schedule` with `.noSession`, `.predecessorEnded`, `.hasSuccessor`,
    ///   `.pastSeam`; `.noFence` where no fence of the plan lies ahead, `.endsBeforeFence` where the session
    ///   will have ended at it.
    @discardableResult
    public func succeed(
        _ predecessor: SessionID, atOrAfter utc: UTCInstant, by request: SessionRequest? = nil
    ) throws(LoopError) -> Seam {
        try perform(try plan(succeeding: predecessor, atOrAfter: utc, by: request))
    }

    /// Removes a session: returns after the last call of its handler. No tick of it follows.
    ///
    /// - Returns: why it had ended; `.removed` if it had ticks left.
    /// - Throws: `LoopError.schedule` with `.noSession`, `.queueFull`, `.loopEnded`, `.calledOnTickThread`.
    @discardableResult
    public func remove(_ session: SessionID) throws(LoopError) -> TickSession.EndReason {
        try perform(RemoveSession(session: session))
    }

    /// Asks for a session to be removed, and does not wait: after this call its handler may be called once
    /// more. Any thread, the loop's own included.
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

    /// Adds a block to the end of a session's plan. After `succeed`, the plan that goes on is the
    /// successor's.
    ///
    /// - Returns: the block on the session's grid. One that owns no tick is taken too, and says so.
    /// - Throws: `LoopError.schedule` with `.noSession` or `.blocks`: a gap, an overlap, a past fence, no
    ///   room, no plan; `.queueFull`, `.loopEnded`, `.calledOnTickThread`.
    @discardableResult
    public func append(_ block: Block, to session: SessionID) throws(LoopError) -> PlacedBlock {
        try perform(AppendBlock(block: block, session: session))
    }

    /// Takes what was changed since the last call, oldest first.
    func takeChanges() -> [LoopChange] { registry.withLock { $0.takeChanges() } }

    /// The sessions in the loop, in the order of their numbers.
    public var sessions: [SessionID] { registry.withLock { $0.entries.values.map(\.id) }.sorted() }

    /// The session of this number, while the loop has it.
    public func session(numbered index: Int32) -> SessionID? { registry.withLock { $0.entries[index]?.id } }

    /// Its anchor, while the loop has it.
    public func epoch(of session: SessionID) -> SessionEpoch? { registry.withLock { $0.entries[session.index]?.epoch } }

    /// Whether the calling thread is the loop's own, which cannot wait for itself.
    public var isOnLoopThread: Bool { unsafe shared.pointee.isOnLoopThread }

    /// How those that were removed had ended, by their numbers.
    var removedSessions: [Int32: TickSession.EndReason] { registry.withLock { $0.removed } }

    // MARK: - From plan to outcome

    func plan(adding request: SessionRequest) throws(LoopError) -> AddSession {
        let anchor = try HostAnchor.capture(time)
        let ready = try ReadySession(
            request, epoch: try anchor.epoch(for: request), index: nextIndex())
        return AddSession(ready: ready)
    }

    func plan(
        succeeding predecessor: SessionID, atOrAfter utc: UTCInstant, by request: SessionRequest?
    ) throws(LoopError) -> SucceedSession {
        guard let before = registry.withLock({ $0.entries[predecessor.index] }) else {
            throw .schedule(.noSession(predecessor))
        }
        let isLikePredecessor = request == nil
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
        let epoch = try anchor.epoch(for: request, notBefore: fence)
        let index = nextIndex()
        let seam: Seam
        do {
            seam = try Seam(
                from: before.id, rate: before.request.plan.rate, epoch: before.epoch, to: SessionID(index: index),
                epoch: epoch)
            // Of a number of ticks, the successor has what is left.
            if isLikePredecessor, let count = request.plan.tickCount {
                guard count > seam.predecessorEndTick else {
                    let last = (try? request.plan.rate.offset(ofTick: count - 1)) ?? .zero
                    throw LoopError.endsBeforeFence(before.id, fence: epoch.utc, lastTick: before.epoch.utc + last)
                }
                request.plan = try request.plan.withTickCount(count - seam.predecessorEndTick)
            }
        } catch let error as LoopError {
            throw error
        } catch {
            preconditionFailure("a plan with fewer ticks is a plan: \(error)")
        }
        let ready = try ReadySession(request, epoch: epoch, index: index)
        return SucceedSession(ready: ready, seam: seam)
    }

    /// A number for a session that no other has.
    func nextIndex() -> Int32 { registry.withLock { $0.nextIndex() } }

    /// Notes a session that the loop has from its beginning.
    func begin(_ id: SessionID, _ ready: ReadySession) { registry.withLock { $0.begin(id, ready) } }

    /// Says what is about to happen: before the loop can have delivered a tick of it.
    func announce(_ change: some Change) { registry.withLock { $0.announce(change) } }

    /// Notes what came of it.
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
            // Under one lock, so that of two threads one pushes after the other.
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
