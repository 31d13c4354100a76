public import TickScheduling
public import TickTime

/// The blocks of a session that is not yet anchored.
public struct SessionBlocks: Hashable, Sendable {
    /// Where the first block starts.
    public enum Start: Hashable, Sendable {
        /// At the session's epoch: tick 0, also of a given grid.
        case epoch
        /// At an instant of UTC. If it is in the past, the session joins in progress. If it is in the future, the
        /// first ticks belong to no block.
        case utc(UTCInstant)
    }

    public var start: Start
    public var blocks: [Block]

    public init(start: Start = .epoch, blocks: [Block] = []) {
        self.start = start
        self.blocks = blocks
    }

    /// - Throws: `BlockPlanError`, for the first block that does not fit.
    func plan(epoch: UTCInstant) throws(BlockPlanError) -> BlockPlan {
        switch start {
        case .epoch: try BlockPlan(start: epoch, blocks: blocks)
        case .utc(let utc): try BlockPlan(start: utc, blocks: blocks)
        }
    }
}

/// A session to be added to a loop.
public struct SessionRequest: Sendable {
    public var plan: SessionPlan
    /// The instants on which its epoch may lie; `none` for a plan on a given grid, which says where they lie.
    public var alignment: Alignment
    /// Its plan of blocks; `nil` for a session without a plan.
    public var blocks: SessionBlocks?
    /// The handler that `run` calls at each tick. `next` does not use it.
    public var handler: TickHandler?
    /// Says of each tick whether it is on air; `nil` for a session whose ticks carry nothing about it. A successor that
    /// is like its predecessor has the same gate, whose rights then count the successor's ticks.
    public var gate: OnAirGate?
    /// When the tick that the plan's grid names is due, as another process of this host says. It then replaces what
    /// this process knows about TAI. `nil`: the grid's own instant counts.
    package var gridDue: BootInstant?

    public init(
        _ plan: SessionPlan, alignment: Alignment = .none, blocks: SessionBlocks? = nil, handler: TickHandler? = nil,
        gate: OnAirGate? = nil
    ) {
        self.plan = plan
        self.alignment = alignment
        self.blocks = blocks
        self.handler = handler
        self.gate = gate
    }
}

/// A session as it was added, with what is known before its first tick.
public struct SessionAddition: Sendable {
    public let id: SessionID
    /// What it does. On a given grid, `firstTick` is the tick that it begins with, also if the loop chose it.
    public let plan: SessionPlan
    public let epoch: SessionEpoch
    /// Its plan, including the blocks that ended before its first tick.
    public let blocks: BlockPlan?
    /// The seam at which it takes over from another session; `nil` if it does not.
    public let seam: Seam?
}

/// A change to the sessions of a running loop.
public enum LoopChange: Sendable {
    /// A session was added; reported before its first tick.
    case added(SessionAddition)
    /// The session that was last reported as added was refused. It has no tick.
    case withdrawn(SessionID)
    /// A session was removed, or had ended before its removal.
    case removed(SessionID, TickSession.EndReason)
    /// A block was appended to a session's plan.
    case appended(SessionID, PlacedBlock)
}

/// A session that is anchored and has its blocks on its grid, ready for the loop.
struct ReadySession: Sendable {
    var session: TickSession
    let request: SessionRequest
    let blocks: BlockPlan?
    let upcoming: PlacedBlocks

    init(_ request: SessionRequest, epoch: SessionEpoch, index: Int32) throws(LoopError) {
        var session = TickSession(id: SessionID(index: index), plan: request.plan, epoch: epoch)
        do {
            blocks = try request.blocks?.plan(epoch: epoch.utc)
        } catch {
            throw .schedule(.blocks(error))
        }
        upcoming = PlacedBlocks(blocks.map { session.join($0) } ?? [])
        self.session = session
        self.request = request
    }

    func addition(seam: Seam? = nil) -> SessionAddition {
        SessionAddition(id: session.id, plan: request.plan, epoch: session.epoch, blocks: blocks, seam: seam)
    }
}

/// Blocks on a session's grid, in memory of their own: the tick thread copies them from there.
@safe final class PlacedBlocks: @unchecked Sendable {
    let blocks: UnsafeBufferPointer<PlacedBlock>

    init(_ placed: [PlacedBlock]) {
        let memory = UnsafeMutableBufferPointer<PlacedBlock>.allocate(capacity: placed.count)
        _ = unsafe memory.initialize(from: placed)
        unsafe blocks = UnsafeBufferPointer(memory)
    }

    deinit { unsafe blocks.deallocate() }

    var count: Int { unsafe blocks.count }
}
