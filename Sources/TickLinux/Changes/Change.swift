// The changes that can be made to a running loop: one type for each verb.
//
// Each says in one place what the tick thread carries out (`command`), what observers learn (`announcement`,
// `withdrawal`), what the caller gets (`Answer`), and what the loop's registry notes. A new verb is a new type here,
// and a case each of `LoopCommand.Change` and `CommandOutcome`, which the tick thread copies byte by byte.

internal import TickScheduling
internal import TickTime

/// A change that is ready to be made, with all that it needs.
protocol Change<Answer>: Sendable {
    /// What the caller gets once the loop has made the change.
    associatedtype Answer

    /// The change as the tick thread carries it out. The memory that it points to lives as long as this value.
    var command: LoopCommand { get }
    /// What observers learn before the loop can make the change; `nil` if they learn of the result only.
    var announcement: LoopChange? { get }
    /// What observers learn after an announcement if the loop did not make the change.
    var withdrawal: LoopChange? { get }

    /// The answer that the loop gave; `nil` for the outcome of another verb.
    func answer(in outcome: CommandOutcome) -> Answer?
    /// Notes that the loop made the change.
    func note(_ answer: Answer, in registry: inout LoopRegistry)
}

extension Change {
    var announcement: LoopChange? { nil }
    var withdrawal: LoopChange? { nil }
}

/// Adds a session.
struct AddSession: Change {
    let ready: ReadySession

    var command: LoopCommand { LoopCommand(.add, ready) }
    var announcement: LoopChange? { .added(ready.addition()) }
    var withdrawal: LoopChange? { .withdrawn(ready.session.id) }

    func answer(in outcome: CommandOutcome) -> SessionID? { if case .added(let id) = outcome { id } else { nil } }

    func note(_ id: SessionID, in registry: inout LoopRegistry) { registry.enter(id, ready) }
}

/// Adds a session that takes over from another at a seam.
struct SucceedSession: Change {
    let ready: ReadySession
    let seam: Seam

    var command: LoopCommand { LoopCommand(.succeed(seam.predecessor), ready) }
    var announcement: LoopChange? { .added(ready.addition(seam: seam)) }
    var withdrawal: LoopChange? { .withdrawn(ready.session.id) }

    func answer(in outcome: CommandOutcome) -> Seam? { if case .succeeded(let seam) = outcome { seam } else { nil } }

    func note(_ seam: Seam, in registry: inout LoopRegistry) { registry.enter(seam.successor, ready) }
}

/// Removes a session.
struct RemoveSession: Change {
    let session: SessionID

    var command: LoopCommand { unsafe LoopCommand(change: .remove(session)) }

    func answer(in outcome: CommandOutcome) -> TickSession.EndReason? {
        if case .removed(let reason) = outcome { reason } else { nil }
    }

    func note(_ reason: TickSession.EndReason, in registry: inout LoopRegistry) { registry.remove(session, reason) }
}

/// Appends a block to a session's plan.
struct AppendBlock: Change {
    let block: Block
    let session: SessionID

    var command: LoopCommand { unsafe LoopCommand(change: .append(block, to: session)) }

    func answer(in outcome: CommandOutcome) -> PlacedBlock? {
        if case .appended(let placed) = outcome { placed } else { nil }
    }

    func note(_ placed: PlacedBlock, in registry: inout LoopRegistry) { registry.append(block, placed, session) }
}

extension LoopCommand {
    /// A command that brings a session.
    fileprivate init(_ change: Change, _ ready: ReadySession) {
        unsafe self.init(
            change: change, session: ready.session, upcoming: ready.upcoming.blocks,
            callback: Callback(ready.request.handler), gate: ready.request.gate?.storage)
    }
}
