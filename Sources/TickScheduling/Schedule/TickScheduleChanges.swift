// Adds, removes and changes sessions while their loop runs: between two of its calls, on its thread.
//
// Nothing here allocates: the caller makes a session ready (on another thread, if need be) and passes it as a
// value, with its blocks placed on its grid.

public import TickTime

extension TickSchedule {
    /// Adds a session, which begins at `now`.
    ///
    /// - Parameter blocks: its plan; blocks that ended before the epoch are passed, and the session joins the block
    ///   in progress.
    /// - Returns: its id.
    /// - Throws: `ScheduleError.full`, `.blocks`.
    public mutating func add(
        _ plan: SessionPlan, epoch: SessionEpoch, blocks: BlockPlan? = nil, beginningAt now: MonotonicInstant
    ) throws(ScheduleError) -> SessionID {
        var session = TickSession(id: SessionID(index: addedCount), plan: plan, epoch: epoch)
        guard let blocks else { return try add(session, upcoming: [PlacedBlock]().span, beginningAt: now) }
        let upcoming = session.join(blocks)
        return try add(session, upcoming: upcoming.span, beginningAt: now)
    }

    /// Adds a prepared session, which begins at `now`.
    ///
    /// - Parameters:
    ///   - session: not begun; its number must be new.
    ///   - upcoming: the result of its `join`.
    /// - Throws: `ScheduleError.full`, `.blocks`.
    #if !DEBUG
        @_noAllocation @_noLocks
    #endif
    public mutating func add(
        _ session: TickSession, upcoming: Span<PlacedBlock>, beginningAt now: MonotonicInstant
    ) throws(ScheduleError) -> SessionID {
        advance(to: now)
        let slot = try place(session, upcoming)
        unsafe sessions.advanced(by: slot).pointee.begin(at: now)
        settle(slot)
        return unsafe sessions[slot].id
    }

    /// Adds a session that takes over from `predecessor` at its own epoch.
    ///
    /// - Parameters:
    ///   - session: not begun, with its own epoch; its number must be new.
    ///   - upcoming: the result of its `join`.
    /// - Throws: `ScheduleError.noSession`, `.predecessorEnded`, `.hasSuccessor`, `.pastSeam`, `.full`,
    ///   `.blocks`.
    #if !DEBUG
        @_noAllocation @_noLocks
    #endif
    public mutating func succeed(
        _ predecessor: SessionID, by session: TickSession, upcoming: Span<PlacedBlock>, at now: MonotonicInstant
    ) throws(ScheduleError) -> Seam {
        advance(to: now)
        guard let place = places.slot(of: predecessor) else { throw .noSession(predecessor) }
        let before = unsafe sessions[place]
        if case .some = before.endReason { throw .predecessorEnded(before.id) }
        if let successor = before.successor { throw .hasSuccessor(before.id, successor: successor) }
        let end = Seam(before, session.id, session.epoch).predecessorEndTick
        guard before.lastDelivered < end else {
            throw .pastSeam(before.id, endTick: end, delivered: before.lastDelivered)
        }
        let slot = try self.place(session, upcoming)
        let id = unsafe sessions[slot].id
        unsafe sessions.advanced(by: slot).pointee.predecessor = before.id
        unsafe sessions.advanced(by: place).pointee.successor = id
        if unsafe sessions.advanced(by: place).pointee.setSeam(end) {
            queue.remove(before.id)
            settle(place)
        }
        giveUpWait(now)
        return Seam(before, id, session.epoch)
    }

    /// Adds a block to the end of a session's plan.
    ///
    /// - Returns: the block on the session's grid, also if it owns no tick.
    /// - Throws: `ScheduleError.noSession`; `.blocks` with `BlockPlanError.gap`, `.overlap`,
    ///   `.lengthNotPositive`, `.pastRange`, `.pastFence`, `.noRoom`, `.noPlan`, `.sessionEnded`.
    #if !DEBUG
        @_noAllocation @_noLocks
    #endif
    public mutating func append(_ block: Block, to id: SessionID) throws(ScheduleError) -> PlacedBlock {
        guard let slot = places.slot(of: id) else { throw .noSession(id) }
        let session = unsafe sessions[slot]
        guard session.track.hasPlan else { throw .blocks(.noPlan) }
        if case .some = session.endReason { throw .blocks(.sessionEnded) }
        let end: UTCInstant
        do { end = try block.end(after: session.track.end) } catch { throw .blocks(error) }
        let first = session.track.endFence
        guard session.lastDelivered < first else {
            throw .blocks(.pastFence(block.id, fence: first, delivered: session.lastDelivered))
        }
        let placed = PlacedBlock(
            index: session.track.count, id: block.id, start: session.track.end, end: end, firstTick: first,
            fence: session.plan.rate.fence(of: end, epoch: session.epoch.utc))
        guard unsafe blocks.append(placed, to: &sessions.advanced(by: slot).pointee.track) else {
            throw .blocks(.noRoom(capacity: blocks.capacity))
        }
        unsafe sessions.advanced(by: slot).pointee.planChanged()
        return placed
    }

    /// Removes a session, between ticks: no tick of it follows. If two sessions are joined by a seam, the successor
    /// begins when its predecessor is removed. If the successor is removed before the seam, the predecessor continues
    /// as if there had been none.
    ///
    /// - Returns: why it had ended, `.removed` if it had not; `nil` if no session has this id.
    /// - Precondition: its handler does not run.
    /// - Complexity: O(`count`); no allocation.
    #if !DEBUG
        @_noAllocation @_noLocks
    #endif
    public mutating func remove(_ id: SessionID, at now: MonotonicInstant) -> TickSession.EndReason? {
        advance(to: now)
        guard let slot = places.slot(of: id) else { return nil }
        let session = unsafe sessions[slot]
        precondition(!isDelivering(session.id), "a session is removed between its ticks")
        if session.isWaiting { queue.remove(session.id) }
        if let predecessor = session.predecessor, let place = places.slot(of: predecessor) {
            unsafe sessions.advanced(by: place).pointee.successor = nil
            _ = unsafe sessions.advanced(by: place).pointee.setSeam(nil)
        }
        beginSuccessor(of: session)
        unsafe blocks.releaseAll(&sessions.advanced(by: slot).pointee.track)
        places.giveBack(slot)
        giveUpWait(now)
        return session.endReason ?? .removed
    }

    /// What comes after a tick or a change: the session waits for its next tick, or has ended, and its successor
    /// begins.
    mutating func settle(_ slot: Int) {
        unsafe blocks.release(&sessions.advanced(by: slot).pointee.track)
        if unsafe sessions[slot].isWaiting {
            let due = unsafe sessions[slot].due
            // First, because a prepared pass looks into the future.
            if let asked = waitingFor, due <= asked { giveUpWait(latest) }
            unsafe queue.insert(sessions[slot].id, due: due, deadline: sessions[slot].deadline)
        } else {
            beginSuccessor(of: unsafe sessions[slot])
        }
    }

    private mutating func beginSuccessor(of session: TickSession) {
        guard let successor = session.successor, let slot = places.slot(of: successor) else { return }
        // If its predecessor ended before its removal, this session has already begun.
        if unsafe sessions[slot].hasBegun { return }
        unsafe sessions.advanced(by: slot).pointee.begin(after: session)
        settle(slot)
    }

    /// Gives a session its place in memory, and its blocks theirs.
    mutating func place(_ session: TickSession, _ upcoming: Span<PlacedBlock>) throws(ScheduleError) -> Int {
        precondition(!session.hasBegun, "a session is added before it begins")
        let hasJoined = upcoming.count == 0 || session.track.hasPlan
        precondition(hasJoined, "upcoming blocks are those that the session joined")
        guard upcoming.count <= blocks.freeCount else { throw .blocks(.noRoom(capacity: blocks.capacity)) }
        if session.isOverBefore(upcoming.count) {
            throw .blocks(.planIsOver(end: session.track.end, begin: session.beginUTC))
        }
        guard let id = places.take(for: session.id.index) else { throw .full(capacity: capacity) }
        addedCount = max(addedCount, id.index + 1)
        let slot = Int(id.slot)
        unsafe sessions.advanced(by: slot).initialize(to: session)
        unsafe sessions.advanced(by: slot).pointee.id = id
        unsafe sessions.advanced(by: slot).pointee.track.attach(blocks.nodes)
        for index in upcoming.indices {
            _ = unsafe blocks.append(upcoming[index], to: &sessions.advanced(by: slot).pointee.track)
        }
        unsafe sessions.advanced(by: slot).pointee.planChanged()
        return slot
    }
}

extension TickSession {
    /// Gives the session a plan before it is added: blocks that ended before the session's first tick are passed, and
    /// the session will join the block in progress.
    ///
    /// - Returns: the blocks that have not ended, placed on the session's grid, for the schedule to keep.
    public mutating func join(_ blocks: BlockPlan) -> [PlacedBlock] {
        let placed = blocks.placements(rate: plan.rate, epoch: epoch.utc)
        // A block whose fence is the first tick ended before that.
        let upcoming = Array(placed.drop { $0.fence <= plan.beginTick })
        if let first = upcoming.first {
            track = BlockTrack(count: first.index, end: first.start, endFence: first.firstTick)
        } else {
            track = BlockTrack(
                count: Int64(placed.count), end: blocks.end, endFence: plan.rate.fence(of: blocks.end, epoch: epoch.utc)
            )
        }
        return upcoming
    }

    /// Whether its plan (with `upcoming` blocks to come) ended before its first tick, and the session ends with its
    /// plan.
    fileprivate func isOverBefore(_ upcoming: Int) -> Bool {
        track.hasPlan && upcoming == 0 && plan.atPlanEnd == .end && track.endFence <= plan.beginTick
    }
}
