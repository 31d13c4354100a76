// One channel that a program ticks: the session that it must have, the session that it has, and the next order for it.

import StationClient
import Stations
import TickLinux
import TickScheduling
import TickTime

/// A channel of `ProgramSessions`.
struct ProgramChannel {
    /// A program that has joined a channel.
    struct Link {
        let id: Int
        let gate: OnAirGate
        var published: AirRight?
        var running: JoinedSession?
        /// The order that has no answer so far, and when it was given.
        var open: (order: Int64, since: MonotonicInstant)?
        /// Why the program does not have the session that it must have, and when to order it again.
        var failure: String?
        var retryAt: MonotonicInstant?
    }

    var wanted: StationMember.Decision?
    var link: Link?
    /// Ticks below this one may have been on air in an earlier program; with the grid that counts them.
    var floor: (tick: Int64, grid: Int64)?

    enum Kind { case session, append, end }

    /// What a program must do now; `nil`: nothing, or nothing until it has answered.
    func due(_ moment: HostMoment?) -> Kind? {
        guard let link, link.open == nil else { return nil }
        if let retryAt = link.retryAt, link.failure != nil, HostClock.monotonic() < retryAt { return nil }
        guard let session = wanted?.session else { return link.running == nil ? nil : .end }
        guard let running = link.running, running.rate == wanted?.records?.grid?.record.rate else {
            return .session
        }
        // A session on air is never moved. A standby's session begins again if the owner's ticks are due at other
        // instants.
        if link.published == nil, wanted?.role == .standby, let moment,
            let jump = running.grid.jump(to: session.phase, moment)
        {
            let bound = Nanoseconds(session.phase.boundNanoseconds) +| (moment.taiBound ?? .zero)
            if jump.magnitude > bound +| .milliseconds(1) { return .session }
        }
        return newBlocks.isEmpty ? nil : .append
    }

    func message(_ kind: Kind, _ order: Int64, _ moment: HostMoment?) -> AgentMessage? {
        switch kind {
        case .end: return .end(order: order)
        case .append: return .append(order: order, Array(newBlocks.prefix(JoinFormat.blockLimit)))
        case .session: return ordered(moment).map { .session(order: order, $0) }
        }
    }

    /// The session that a program must have; `nil` while this host does not know TAI, or for damaged records.
    private func ordered(_ moment: HostMoment?) -> OrderedSession? {
        guard let session = wanted?.session, let records = wanted?.records,
            let rate = records.grid?.record.rate, let moment, let tai = moment.tai,
            let grid = try? GridPhase(
                tick: session.phase.tick, tai: TAIInstant(nanoseconds: session.phase.taiNanoseconds),
                bound: Nanoseconds(session.phase.boundNanoseconds))
        else { return nil }
        // If the first tick is already due, it belongs to another host, and the session begins at the next one.
        var first = session.firstTick
        if let tick = first, let due = try? grid.deadline(of: tick, at: rate), due < tai { first = nil }
        let plan = plan
        return OrderedSession(
            rate: rate, grid: grid, due: moment.boot +| (grid.tai -| tai), firstTick: first,
            planStart: plan?.start, blocks: plan?.blocks ?? [])
    }

    /// The channel's plan; `nil` without one, and for one that a program could not read.
    private var plan: (start: UTCInstant, blocks: [Block])? {
        guard let record = wanted?.records?.plan?.record, record.blocks.count <= JoinFormat.blockLimit,
            let start = UTCInstant(admitting: record.startUTCNanoseconds)
        else { return nil }
        var blocks: [Block] = []
        for block in record.blocks {
            guard block.lengthNanoseconds > 0, let length = Nanoseconds(admitting: block.lengthNanoseconds) else {
                return nil
            }
            blocks.append(Block(id: BlockID(rawValue: block.id), length: length))
        }
        return (start, blocks)
    }

    /// The blocks that were appended to the channel's plan since the program's session began.
    private var newBlocks: [Block] {
        guard let last = link?.running?.lastBlock, let blocks = plan?.blocks,
            let place = blocks.lastIndex(where: { $0.id.rawValue == last })
        else { return [] }
        return Array(blocks[(place + 1)...])
    }
}
