internal import TickScheduling
internal import TickTime

/// A prepared change with everything that it needs.
enum PlannedChange: Sendable {
    case add(ReadySession)
    case succeed(ReadySession, Seam)
    case remove(SessionID)
    case append(Block, SessionID)

    /// The change as a command. Its blocks live as long as this value.
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

/// The result of a change.
struct ChangeResult {
    var session = SessionID(index: -1)
    var seam: Seam?
    var endReason: TickSession.EndReason?
    var block: PlacedBlock?
}

/// Blocks on a session's grid, in separate memory from which the tick thread copies them.
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
