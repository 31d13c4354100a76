package import TickTime

/// The right of a host to deliver a channel on air, as the tick path looks at it.
package struct AirRight: Hashable, Sendable {
    package let firstTick: Int64
    /// The first tick that is another host's; `Int64.max`: none is.
    package let endTick: Int64
    /// From this instant on the other host may deliver, so a late tick before the seam is off air as well.
    package let endInstant: BootInstant
    /// The last tick whose deadline lies in the tenure. The next owner begins beyond it.
    package let tickCeiling: Int64
    package let validUntil: BootInstant
    package let fencingNumber: Int64
    package let continuesUnfenced: Bool

    package init(
        firstTick: Int64, endTick: Int64, endInstant: BootInstant, tickCeiling: Int64, validUntil: BootInstant,
        fencingNumber: Int64, continuesUnfenced: Bool
    ) {
        self.firstTick = firstTick
        self.endTick = endTick
        self.endInstant = endInstant
        self.tickCeiling = tickCeiling
        self.validUntil = validUntil
        self.fencingNumber = fencingNumber
        self.continuesUnfenced = continuesUnfenced
    }

    package enum State: Hashable, Sendable {
        case offAir
        case onAir
        case unfenced
    }

    package func state(ofTick tick: Int64, at boot: BootInstant) -> State {
        guard tick >= firstTick, tick < endTick, boot < endInstant else { return .offAir }
        if tick <= tickCeiling, boot < validUntil { return .onAir }
        return continuesUnfenced ? .unfenced : .offAir
    }
}
