// What follows from a host's part in a channel: its right, its claim, and its session.

package import TickScheduling
package import TickTime

extension ChannelPart {
    /// The right to deliver on air, for the tick path; `nil`: off air.
    package func right(_ tenure: Tenure) -> AirRight? {
        guard let air, holds(air.record, tenure), let validUntil = tenure.validUntil,
            let claim = tenure.accepted.claims[channel], air.record.firstTick >= 0, endTick ?? 0 >= 0,
            // A store may hold any number.
            AirRight.fencingNumbers.contains(air.record.fencingNumber)
        else { return nil }
        return AirRight(
            firstTick: air.record.firstTick, endTick: endTick, endInstant: endTick == nil ? nil : endInstant,
            tickCeiling: claim.tickCeiling, validUntil: validUntil, fencingNumber: air.record.fencingNumber,
            isolation: records?.spec?.record.isolation == .continue ? .continue : .stop)
    }

    /// Whether the next rewrite of the host's record must claim ticks of the channel.
    package var isClaiming: Bool {
        switch role {
        case .arming, .taking, .owner: true
        case .standby: isTarget
        case .bystander: false
        }
    }

    /// Whether something is under way that this host and others take part in. A move may wait for hours for a distant
    /// fence; the hosts that have no part in it must not read more often meanwhile.
    package var isBusy: Bool {
        switch role {
        case .arming, .taking: true
        case .owner: records?.relay.map { !$0.record.isOver } ?? false
        case .standby, .bystander: isTarget
        }
    }

    /// The claim to write, if the rewrite gives a tenure until this instant.
    package func claim(_ validUntil: BootInstant, _ context: Context, _ all: StationRecords) -> AirClaim? {
        guard isClaiming, let grid = grid(context, all) else { return nil }
        let phase = context.session?.phase ?? phase(all)
        guard let phase else { return nil }
        return AirClaim(phase: phase, tickCeiling: grid.lastTick(before: validUntil))
    }

    /// The session that this host is to have; `nil`: none.
    package func session(_ all: StationRecords) -> Session? {
        guard let spec = records?.spec?.record, let phase = phase(all) else { return nil }
        let isHot = spec.standby == .hot
        if let air { return Session(firstTick: air.record.firstTick, phase: phase, endTick: isHot ? nil : endTick) }
        if isTarget, case .seam(let tick, let seamPhase)? = records?.relay?.record.state {
            return Session(firstTick: isHot ? nil : tick, phase: seamPhase, endTick: nil)
        }
        if isTarget, case .ready(let tick, let seamPhase, _)? = records?.relay?.record.state {
            return Session(firstTick: isHot ? nil : tick, phase: seamPhase, endTick: nil)
        }
        return isHot && role != .bystander ? Session(firstTick: nil, phase: phase, endTick: nil) : nil
    }

    /// Whether a move to this host is under way.
    var isTarget: Bool { records?.relay.map { !$0.record.isOver && $0.record.target == host } ?? false }

    func holds(_ air: AirRecord, _ tenure: Tenure) -> Bool {
        air.host == host && tenure.state == .held && tenure.generation == air.generation
    }

    /// Where the channel's ticks fall, as its owner said last.
    func phase(_ all: StationRecords) -> PhaseRecord? {
        if let air = records?.air?.record {
            return all.hosts[air.host]?.record.payload.claims[channel]?.phase ?? air.phase
        }
        return records?.grid?.record.phase
    }

    func grid(_ context: Context, _ all: StationRecords) -> ChannelGrid? {
        if let session = context.session { return session.grid }
        guard let rate = records?.grid?.record.rate, let phase = phase(all) else { return nil }
        return ChannelGrid(rate: rate, phase: phase, at: context.moment)
    }
}
