// A planned move, as the owner and as the target see it. The states are drawn in `ChannelPart.swift`.

import TickScheduling
package import TickTime

/// The lengths of time of a channel's hand-over.
package struct ChannelTiming: Hashable, Sendable {
    /// How long before its first tick a host takes a channel over. Default: 200 ms.
    package var prepare: Nanoseconds
    /// How far ahead the seam of a move lies at least. Default: 2 s.
    package var leastSeamLead: Nanoseconds
    /// How far ahead it lies at most: a move at a more distant fence waits. Default: 10 s.
    package var greatestSeamLead: Nanoseconds
    /// How long before the seam the owner must have sent the swap. Default: 300 ms.
    package var decideBefore: Nanoseconds
    /// How far the claim of a move's target may be off the phase of the seam. Default: 20 ms.
    package var phaseTolerance: Nanoseconds

    package init(
        prepare: Nanoseconds = .milliseconds(200), leastSeamLead: Nanoseconds = .seconds(2),
        greatestSeamLead: Nanoseconds = .seconds(10), decideBefore: Nanoseconds = .milliseconds(300),
        phaseTolerance: Nanoseconds = .milliseconds(20)
    ) {
        self.prepare = prepare
        self.leastSeamLead = leastSeamLead
        self.greatestSeamLead = greatestSeamLead
        self.decideBefore = decideBefore
        self.phaseTolerance = phaseTolerance
    }
}

extension ChannelPart {
    mutating func moveAsOwner(_ context: Context, _ all: StationRecords) -> Kind? {
        guard air != nil, let grid = grid(context, all) else { return nil }
        guard let relay = records?.relay?.record, !relay.isSettled || openSwap != nil else {
            return moveAway(grid, context, all)
        }
        // The earlier owner began the move, and then this host took the channel over.
        if !relay.isOver, relay.target == host, openSwap == nil { return cancel(relay, "\(host) has the channel") }
        switch relay.state {
        case .done(let tick):
            // This host begins at the seam, or took the channel over later. In both cases the earlier owner is off air
            // by now.
            guard let own = air?.record, let due = grid.due(own.firstTick), openSwap == nil,
                context.moment.boot -| due >= settings.prepare
            else { return nil }
            return .relay(relay.with(.settled(tick: tick)))
        case .settled, .cancelled: return nil
        case .requested: return chooseSeam(relay, grid, context, all)
        case .seam(let tick, _):
            return isLate(tick, grid, context) ? cancel(relay, "\(relay.target) was not ready in time") : nil
        case .ready(let tick, let phase, let generation):
            if openSwap != nil { return cancel(relay, "the outcome of the hand-over was unknown") }
            if isLate(tick, grid, context) { return cancel(relay, "\(relay.target) was ready too late") }
            guard !all.isOver(relay.target, generation), all.tenures[relay.target]?.record.generation == generation
            else { return cancel(relay, "\(relay.target) lost its tenure") }
            guard let number = nextFencingNumber, context.moment.tai != nil,
                holdsNoEarlierClaim(relay.target, near: phase, tick, grid.rate, context, all)
            else { return nil }
            guard let end = end(tick, phase, grid, context) else {
                return cancel(relay, "the channel's ticks have moved since the seam was chosen")
            }
            // From here on this host ends at the seam, whatever the answer.
            endTick = tick
            endInstant = end
            return .swap(
                AirRecord(
                    host: relay.target, generation: generation, firstTick: tick,
                    fencingNumber: number, phase: phase),
                relay: records?.relay?.revision ?? 0)
        }
    }

    /// An owner whose channel has no consumer on this host moves it to the first other host that is fit, as an operator
    /// would, so that nothing is on air twice. Without such a host it keeps the channel, and a consumer that returns
    /// continues it.
    private func moveAway(_ grid: ChannelGrid, _ context: Context, _ all: StationRecords) -> Kind? {
        guard context.fitness.refusedChannels?[channel] != nil, let spec = records?.spec?.record else {
            return nil
        }
        let orders = ChannelOrders(channel, all)
        guard let target = spec.hosts.first(where: { $0 != host && orders.unfitness(of: $0, spec) == nil }) else {
            return nil
        }
        // An id that this host derives from the id of the last move distinguishes the two.
        let relay = RelayRecord(id: (records?.relay?.record.id ?? 0) &+ 1, target: target)
        guard case .relay(let record)? = chooseSeam(relay, grid, context, all), !record.isOver else { return nil }
        return .relay(record)
    }

    /// The earliest instant at which the other host may deliver the seam: both hosts' bounds before the deadline on the
    /// phase that it stated, and before the tick's lead. If the bounds are longer than half a period, only the fencing
    /// number and the index distinguish the ticks of the two hosts in the remaining time.
    ///
    /// - Returns: `nil` if this host's own deadline now differs from that one by more than half a period: its monotonic
    ///   clock stands still while the host is suspended.
    private func end(
        _ seam: Int64, _ phase: PhaseRecord, _ grid: ChannelGrid, _ context: Context
    ) -> BootInstant? {
        guard let due = grid.due(seam),
            let others = ChannelGrid(rate: grid.rate, phase: phase, at: context.moment)?.due(seam),
            (others -| due).magnitude <= grid.halfPeriod
        else { return nil }
        return min(due, others) -| margin(phase, grid, context) -| (context.session?.lead ?? .zero)
    }

    /// How far the other host's instants may be off, as this host reads them: both hosts' bounds, and no more than half a
    /// period.
    private func margin(_ phase: PhaseRecord, _ grid: ChannelGrid, _ context: Context) -> Nanoseconds {
        let bounds = Nanoseconds(phase.boundNanoseconds) +| Nanoseconds(context.fitness.clockBoundNanoseconds ?? 0)
        return min(max(.zero, bounds), grid.halfPeriod)
    }

    /// Whether the record of a move's target contains no claim from an earlier time on air. Such a claim may be on
    /// another phase, and a host that takes over from the target would tick there while this host still delivers.
    private func holdsNoEarlierClaim(
        _ target: String, near phase: PhaseRecord, _ seam: Int64, _ rate: FrameRate, _ context: Context,
        _ all: StationRecords
    ) -> Bool {
        guard let claimed = all.hosts[target]?.record.payload.claims[channel]?.phase,
            let due = ChannelGrid(rate: rate, phase: phase, at: context.moment)?.due(seam),
            let others = ChannelGrid(rate: rate, phase: claimed, at: context.moment)?.due(seam)
        else { return true }
        return (others -| due).magnitude <= settings.phaseTolerance
    }

    /// The first tick for a host that takes a channel over during a move: until the air's first tick is due, the owner
    /// before the move may still deliver. 0 after that.
    func firstTickAfterMove(
        to air: AirRecord, _ grid: ChannelGrid, _ phase: PhaseRecord, _ context: Context
    ) -> Int64 {
        guard let due = ChannelGrid(rate: grid.rate, phase: phase, at: context.moment)?.due(air.firstTick),
            due > context.moment.boot
        else { return 0 }
        return grid.firstTick(from: due -| margin(phase, grid, context))
    }

    private func chooseSeam(
        _ relay: RelayRecord, _ grid: ChannelGrid, _ context: Context, _ all: StationRecords
    ) -> Kind? {
        guard let spec = records?.spec?.record, let gridRecord = records?.grid?.record, let own = air
        else { return nil }
        guard spec.hosts.contains(relay.target) else {
            return cancel(relay, "the channel's spec does not name \(relay.target)")
        }
        guard let target = all.hosts[relay.target]?.record, target.state == .active else {
            return cancel(relay, "\(relay.target) is not active")
        }
        if let refusal = target.payload.fitness.refusal(of: channel, accepting: spec.acceptedBoundNanoseconds) {
            return cancel(relay, "\(relay.target) is not fit: \(refusal)")
        }
        let now = context.moment.boot
        let earliest = max(grid.firstTick(from: now +| settings.leastSeamLead), own.record.firstTick)
        let seam: Int64
        switch relay.place {
        case .soonest: seam = earliest
        case .fence:
            guard let fence = records?.plan?.record.fence(from: earliest, on: gridRecord) else {
                return cancel(relay, "no fence lies ahead")
            }
            seam = fence
        case .tick(let tick):
            guard tick >= earliest else { return cancel(relay, "tick \(tick) lies less than 2 s ahead") }
            seam = tick
        }
        guard let due = grid.due(seam) else { return cancel(relay, "tick \(seam) is outside the clock's range") }
        // A distant seam waits: until then the phase may change.
        guard due -| now <= settings.greatestSeamLead else { return nil }
        guard let phase = context.session?.phase ?? phase(all) else { return nil }
        return .relay(relay.with(.seam(tick: seam, phase: phase)))
    }

    func moveAsTarget(_ context: Context, _ all: StationRecords) -> Kind? {
        guard let relay = records?.relay?.record, let spec = records?.spec?.record else { return nil }
        guard case .seam(let tick, let phase) = relay.state else { return nil }
        if let refusal = context.fitness.refusal(of: channel, accepting: spec.acceptedBoundNanoseconds) {
            return cancel(relay, "\(host) is not fit: \(refusal)")
        }
        // A session that is off the phase of the seam begins again on it. The owner's end follows the phase on which
        // that session ticks.
        guard let session = context.session, session.firstTick <= tick, let own = session.phase,
            let due = session.grid.due(tick),
            let others = ChannelGrid(rate: session.grid.rate, phase: phase, at: context.moment)?.due(tick),
            (others -| due).magnitude <= session.grid.halfPeriod
        else { return nil }
        return .relay(relay.with(.ready(tick: tick, phase: own, generation: context.tenure.generation)))
    }

    private func isLate(_ seam: Int64, _ grid: ChannelGrid, _ context: Context) -> Bool {
        guard let due = grid.due(seam) else { return true }
        return due -| context.moment.boot < settings.decideBefore
    }

    private func cancel(_ relay: RelayRecord, _ reason: String) -> Kind {
        .relay(relay.with(.cancelled(reason: reason)))
    }
}
