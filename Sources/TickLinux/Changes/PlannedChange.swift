internal import TickScheduling
internal import TickTime

/// A change that is ready to be made, with all that it needs.
enum PlannedChange: Sendable {
    case add(ReadySession)
    case succeed(ReadySession, Seam)
    case remove(SessionID)
    case append(Block, SessionID)

    /// The change as a command; its blocks live as long as this value does.
    var command: LoopCommand {
        switch self {
        case .add(let ready): Self.command(.add, ready)
        case .succeed(let ready, let seam): Self.command(.succeed(seam.predecessor), ready)
        case .remove(let session): unsafe LoopCommand(change: .remove(session))
        case .append(let block, let session): unsafe LoopCommand(change: .append(block, to: session))
        }
    }

    private static func command(_ change: LoopCommand.Change, _ ready: ReadySession) -> LoopCommand {
        unsafe LoopCommand(
            change: change, session: ready.session, upcoming: ready.upcoming.blocks,
            callback: Callback(ready.request.handler))
    }
}

/// What came of a change that was made.
struct ChangeResult {
    var session = SessionID(index: -1)
    var seam: Seam?
    var endReason: TickSession.EndReason?
    var block: PlacedBlock?
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
