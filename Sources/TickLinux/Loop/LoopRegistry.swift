// What other threads know about a loop's sessions, under a lock that the tick thread never takes.

internal import TickScheduling
internal import TickTime

struct LoopRegistry: Sendable {
    struct Entry: Sendable {
        let id: SessionID
        /// Keeps the handler's box alive for as long as the loop may call it.
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
    private var awaited: [(reply: CommandReply, change: PlannedChange)] = []

    mutating func nextIndex() -> Int32 {
        defer { next += 1 }
        return next
    }

    /// Records a session with which the loop began.
    mutating func begin(_ id: SessionID, _ ready: ReadySession) { enter(id, ready) }

    mutating func announce(_ change: PlannedChange) {
        sweep()
        switch change {
        case .add(let ready): changes.append(.added(ready.addition()))
        case .succeed(let ready, let seam): changes.append(.added(ready.addition(seam: seam)))
        case .remove, .append: break
        }
    }

    mutating func withdraw(_ change: PlannedChange) {
        switch change {
        case .add(let ready), .succeed(let ready, _): changes.append(.withdrawn(ready.session.id))
        case .remove, .append: break
        }
    }

    mutating func conclude(_ change: PlannedChange, _ outcome: CommandOutcome) throws(LoopError) -> ChangeResult {
        switch (change, outcome) {
        case (_, .refused(let error)):
            withdraw(change)
            throw .schedule(error)
        case (.add(let ready), .added(let id)):
            enter(id, ready)
            return ChangeResult(session: id)
        case (.succeed(let ready, _), .succeeded(let seam)):
            enter(seam.successor, ready)
            return ChangeResult(session: seam.successor, seam: seam)
        case (.remove(let session), .removed(let reason)):
            entries[session.index] = nil
            removed[session.index] = reason
            changes.append(.removed(session, reason))
            return ChangeResult(session: session, endReason: reason)
        case (.append(let block, let session), .appended(let placed)):
            // The loop has taken the change, so it fits here too.
            try? entries[session.index]?.blocks?.append(block)
            changes.append(.appended(session, placed))
            return ChangeResult(session: session, block: placed)
        default:
            preconditionFailure("each change has its own kind of answer")
        }
    }

    mutating func await(_ reply: CommandReply, of change: PlannedChange) { awaited.append((reply, change)) }

    mutating func takeChanges() -> [LoopChange] {
        sweep()
        defer { changes = [] }
        return changes
    }

    mutating func freeReplies() {
        for (reply, _) in awaited { reply.deallocate() }
        awaited = []
    }

    private mutating func enter(_ id: SessionID, _ ready: ReadySession) {
        entries[id.index] = Entry(id: id, request: ready.request, epoch: ready.session.epoch, blocks: ready.blocks)
    }

    /// Completes the removals for which no thread waits.
    private mutating func sweep() {
        guard !awaited.isEmpty else { return }
        let all = awaited
        awaited = []
        for (reply, change) in all {
            guard let outcome = reply.outcome else {
                awaited.append((reply, change))
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
    /// The epoch of a session that is added to a running loop.
    func epoch(for request: SessionRequest, notBefore: UTCInstant? = nil) throws(LoopError) -> SessionEpoch {
        let soonest = utc + SessionEpoch.leastLead + request.plan.lead
        do {
            return try SessionEpoch.plan(
                reading: reading, rate: request.plan.rate, alignment: request.alignment, utcSource: utcSource,
                utcCorrection: utcCorrection, taiOffset: taiOffset,
                notBefore: notBefore.map { max($0, soonest) } ?? soonest)
        } catch {
            throw .epoch(error)
        }
    }
}
