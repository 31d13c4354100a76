// What other threads know about a loop's sessions, under a lock that the tick thread never takes.

internal import TickScheduling
internal import TickTime

struct LoopRegistry: Sendable {
    struct Entry: Sendable {
        let id: SessionID
        /// Keeps the handler's box and the gate alive for as long as the loop may use them: an entry is removed only
        /// after the loop has removed the session.
        let request: SessionRequest
        let epoch: SessionEpoch
        var blocks: BlockPlan?
    }

    /// The sessions that are in the loop, by number.
    private(set) var entries: [Int32: Entry] = [:]
    /// How the removed sessions had ended.
    private(set) var removed: [Int32: TickSession.EndReason] = [:]
    private var changes: [LoopChange] = []
    private var next: Int32 = 0
    /// Removals for which no thread waits.
    private var unawaited: [(reply: CommandReply, change: RemoveSession)] = []

    mutating func nextIndex() -> Int32 {
        defer { next += 1 }
        return next
    }

    /// Records a session with which the loop began.
    mutating func begin(_ id: SessionID, _ ready: ReadySession) { enter(id, ready) }

    /// Tells observers of a change that the loop may make from now on.
    mutating func announce(_ change: some Change) {
        sweep()
        if let announcement = change.announcement { changes.append(announcement) }
    }

    /// Tells observers that the loop did not make an announced change.
    mutating func withdraw(_ change: some Change) {
        if let withdrawal = change.withdrawal { changes.append(withdrawal) }
    }

    /// Notes the result of a change.
    ///
    /// - Returns: the loop's answer.
    /// - Throws: `LoopError.schedule` if the loop refused the change.
    mutating func conclude<C: Change>(_ change: C, _ outcome: CommandOutcome) throws(LoopError) -> C.Answer {
        if case .refused(let error) = outcome {
            withdraw(change)
            throw .schedule(error)
        }
        guard let answer = change.answer(in: outcome) else {
            preconditionFailure("the loop answered another change: \(outcome)")
        }
        change.note(answer, in: &self)
        return answer
    }

    /// Keeps the reply to a removal that nobody waits for, until the loop has answered.
    mutating func keep(_ reply: CommandReply, of change: RemoveSession) { unawaited.append((reply, change)) }

    mutating func takeChanges() -> [LoopChange] {
        sweep()
        defer { changes = [] }
        return changes
    }

    mutating func freeReplies() {
        for (reply, _) in unawaited { reply.deallocate() }
        unawaited = []
    }

    // MARK: - What a change notes

    /// The loop has this session.
    mutating func enter(_ id: SessionID, _ ready: ReadySession) {
        entries[id.index] = Entry(id: id, request: ready.request, epoch: ready.session.epoch, blocks: ready.blocks)
    }

    /// The loop removed this session.
    mutating func remove(_ session: SessionID, _ reason: TickSession.EndReason) {
        entries[session.index] = nil
        removed[session.index] = reason
        changes.append(.removed(session, reason))
    }

    /// The loop took this block into a session's plan.
    mutating func append(_ block: Block, _ placed: PlacedBlock, _ session: SessionID) {
        // The loop has taken it, so it fits here too.
        try? entries[session.index]?.blocks?.append(block)
        changes.append(.appended(session, placed))
    }

    /// Concludes the removals that nobody waits for.
    private mutating func sweep() {
        guard !unawaited.isEmpty else { return }
        let all = unawaited
        unawaited = []
        for (reply, change) in all {
            guard let outcome = reply.outcome else {
                unawaited.append((reply, change))
                continue
            }
            // A refusal means that the session had already been removed.
            _ = try? conclude(change, outcome)
            reply.deallocate()
        }
    }
}

extension BlockPlan {
    /// The first start or end of a block that is not before an instant; `nil` past the plan's end.
    func firstEdge(notBefore instant: UTCInstant) -> UTCInstant? {
        if start >= instant { return start }
        guard end >= instant else { return nil }
        var edge = start
        for block in blocks {
            edge = edge + block.length
            if edge >= instant { return edge }
        }
        return nil
    }
}

extension HostAnchor {
    /// The epoch of a session that is added to a running loop. On a given grid, nothing is placed: the grid says where
    /// its tick 0 lies.
    func epoch(for request: SessionRequest, notBefore: UTCInstant? = nil) throws(LoopError) -> SessionEpoch {
        let soonest = utc + SessionEpoch.leastLead + request.plan.lead
        do {
            if let grid = request.plan.grid {
                guard request.alignment == .none else { throw LoopError.alignedGrid(request.alignment) }
                return try SessionEpoch.plan(
                    reading: reading, grid: grid, rate: request.plan.rate, utcSource: utcSource,
                    utcCorrection: utcCorrection, taiOffset: taiOffset)
            }
            return try SessionEpoch.plan(
                reading: reading, rate: request.plan.rate, alignment: request.alignment, utcSource: utcSource,
                utcCorrection: utcCorrection, taiOffset: taiOffset,
                notBefore: notBefore.map { max($0, soonest) } ?? soonest)
        } catch let error as LoopError {
            throw error
        } catch let error as TickTimeError {
            throw .epoch(error)
        } catch {
            preconditionFailure("an epoch is refused for its time alone: \(error)")
        }
    }

    /// The request, with the tick that its session begins with. A session on a given grid for which none is stated
    /// begins with the first tick that is due when a new session's epoch could lie.
    func placed(
        _ request: SessionRequest, on epoch: SessionEpoch, notBefore: UTCInstant? = nil
    ) throws(LoopError) -> SessionRequest {
        guard let grid = request.plan.grid, request.plan.firstTick == nil else { return request }
        let soonest = utc + SessionEpoch.leastLead + request.plan.lead
        let earliest = max(notBefore ?? soonest, soonest)
        let first = TickGrid(rate: request.plan.rate, epoch: epoch.monotonic)
            .firstTickDue(notBefore: reading.monotonic + (earliest - utc))
        var placed = request
        do { placed.plan = try request.plan.withGrid(grid, firstTick: first) } catch { throw .plan(error) }
        return placed
    }
}
