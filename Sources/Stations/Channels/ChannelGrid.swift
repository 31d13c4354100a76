package import TickTime

/// This host's clocks, read as one.
package struct HostMoment: Hashable, Sendable {
    package var boot: BootInstant
    /// `nil`: the host does not know it within a bound.
    package var tai: TAIInstant?
    /// How far `tai` may be off.
    package var taiBound: Nanoseconds?
    /// `nil`: the host does not know it within a bound.
    package var utc: UTCInstant?

    package init(boot: BootInstant, tai: TAIInstant?, taiBound: Nanoseconds? = nil, utc: UTCInstant?) {
        self.boot = boot
        self.tai = tai
        self.taiBound = taiBound
        self.utc = utc
    }
}

/// Where a channel's ticks fall on this host's CLOCK_BOOTTIME, as its clocks were read last.
package struct ChannelGrid: Hashable, Sendable {
    package let rate: FrameRate
    /// The deadline of tick 0, which may lie before the host's start.
    private let origin: BootInstant

    /// The grid of a session of this host: one of its ticks, and its deadline.
    ///
    /// - Returns: `nil` if the tick is outside the clock's range.
    package init?(rate: FrameRate, tick: Int64, due: BootInstant) {
        guard let offset = try? rate.offset(ofTick: tick) else { return nil }
        self.rate = rate
        origin = due -| offset
    }

    /// The grid on which another host ticks; `nil` if this host does not know TAI.
    package init?(rate: FrameRate, phase: PhaseRecord, at moment: HostMoment) {
        guard let tai = moment.tai else { return nil }
        let ahead = TAIInstant(nanoseconds: phase.taiNanoseconds) -| tai
        self.init(rate: rate, tick: phase.tick, due: moment.boot +| ahead)
    }

    /// When a tick is due; `nil` outside the clock's range.
    package func due(_ tick: Int64) -> BootInstant? {
        guard let offset = try? rate.offset(ofTick: tick) else { return nil }
        return origin +| offset
    }

    /// Two hosts whose ticks are further apart than this cannot tell whose tick is whose by time.
    var halfPeriod: Nanoseconds { Nanoseconds(((try? rate.offset(ofTick: 1)) ?? .zero).count / 2) }

    /// The last tick due before an instant; −1 if none is.
    package func lastTick(before instant: BootInstant) -> Int64 {
        firstTick(from: instant) - 1
    }

    /// The first tick due at an instant or later.
    package func firstTick(from instant: BootInstant) -> Int64 { rate.firstTickDue(notBefore: instant -| origin) }
}
