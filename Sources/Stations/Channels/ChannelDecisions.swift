// What follows from a host's part in a channel: its right, its claim, and its session.

package import TickScheduling
package import TickTime

extension ChannelPart {
    /// What this host must deliver.
    package struct Session: Hashable, Sendable {
        /// The first tick; `nil`: the next one that is due.
        package let firstTick: Int64?
        /// Where its ticks must fall.
        package let phase: PhaseRecord
        /// The session ends before this tick; `nil`: it goes on.
        package let endTick: Int64?

        package init(firstTick: Int64?, phase: PhaseRecord, endTick: Int64?) {
            self.firstTick = firstTick
            self.phase = phase
            self.endTick = endTick
        }
    }

    /// The running session of the channel on this host.
    package struct SessionState: Hashable, Sendable {
        /// Where its ticks fall: on this host's BOOTTIME, and on TAI.
        package var grid: ChannelGrid
        /// `nil` while the host does not know TAI.
        package var phase: PhaseRecord?
        /// It delivers from this tick on.
        package var firstTick: Int64
        /// How long before a deadline the handler is called.
        package var lead: Nanoseconds

        package init(grid: ChannelGrid, phase: PhaseRecord?, firstTick: Int64, lead: Nanoseconds = .zero) {
            self.grid = grid
            self.phase = phase
            self.firstTick = firstTick
            self.lead = lead
        }
    }

    /// The right to deliver on air, for the tick path; `nil`: off air.
    package func right(_ tenure: Tenure) -> AirRight? {
        guard let air, let spec = records?.spec?.record, holds(air.record, tenure), let validUntil = tenure.validUntil,
            let claim = tenure.accepted.claims[channel], air.record.firstTick >= 0, endTick ?? 0 >= 0,
            // A store may contain any number.
            AirRight.fencingNumbers.contains(air.record.fencingNumber)
        else { return nil }
        return AirRight(
            firstTick: air.record.firstTick, endTick: endTick, endInstant: endTick == nil ? nil : endInstant,
            tickCeiling: claim.tickCeiling, validUntil: validUntil, fencingNumber: air.record.fencingNumber,
            isolation: spec.isolation == .continue ? .continue : .stop)
    }

    /// Whether the next rewrite of the host's record must claim ticks of the channel.
    package var isClaiming: Bool {
        switch role {
        case .arming, .taking, .owner: true
        case .standby: isTarget
        case .bystander: false
        }
    }

    /// Whether something is under way that this host takes part in with others. A move may wait for hours for a distant
    /// fence. Meanwhile the hosts that take no part in it must not read more often.
    package var isBusy: Bool {
        switch role {
        case .arming, .taking: true
        case .owner: records?.relay.map { !$0.record.isSettled } ?? false
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

    /// The last claim of an owner that stopped delivering at an instant. So the next owner does not have to wait for
    /// the end of the tenure that is given up.
    ///
    /// - Returns: `nil` if this host did not have the channel, or does not know what it delivered: its earlier claim
    ///   then remains valid.
    package func lastClaim(stoppedAt stop: BootInstant, _ context: Context) -> AirClaim? {
        guard air != nil, let session = context.session, let phase = session.phase,
            let claimed = context.tenure.accepted.claims[channel]?.tickCeiling
        else { return nil }
        // A handler is called up to the lead before its tick is due.
        let last = session.grid.lastTick(before: stop +| session.lead +| Nanoseconds(1))
        return AirClaim(phase: phase, tickCeiling: min(claimed, last))
    }

    /// The session that this host must have; `nil`: none.
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

    /// Where the channel's ticks fall, as its owner last stated.
    func phase(_ all: StationRecords) -> PhaseRecord? {
        guard let air = records?.air else { return records?.grid?.record.phase }
        // Records from before the air was given may hold the owner's claim from an earlier time on air.
        guard all.revision >= air.revision else { return air.record.phase }
        return all.hosts[air.record.host]?.record.payload.claims[channel]?.phase ?? air.record.phase
    }

    func grid(_ context: Context, _ all: StationRecords) -> ChannelGrid? {
        if let session = context.session { return session.grid }
        guard let rate = records?.grid?.record.rate, let phase = phase(all) else { return nil }
        return ChannelGrid(rate: rate, phase: phase, at: context.moment)
    }
}
