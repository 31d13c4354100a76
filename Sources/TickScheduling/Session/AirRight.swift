// Whether a tick is on air.
//
// Several hosts may tick one channel, and at most one of them delivers it. That host has a *right*, which the holder of
// its tenure renews. The right names the ticks that are this host's, and the instant at which the right ends:
//
//     firstTick ..< endTick      the host's ticks. Another host has those before and after, now or later
//     ... tickCeiling            the ticks that the host may deliver under its present tenure. The next owner begins
//                                beyond this tick. So the limit also covers a handler that is called before its
//                                deadline, at an instant at which the tenure is still valid
//     validUntil                 the end of the tenure, on BOOTTIME, which goes on while the host is suspended
//     endInstant                 when another host may begin with endTick. A tick before it that is still to be
//                                delivered then, because the process was stopped, comes too late
//
// A tick is judged by one reading of BOOTTIME that is made for it. So a process that was stopped, or a host that was
// suspended, delivers nothing late. Only a sink can cover the time from that reading to the effect of the handler: it
// must refuse a fencing number below one that it has seen.

public import TickTime

/// Whether a tick is on air, as its host's right said at its start.
public enum AirState: Hashable, Sendable, BitwiseCopyable {
    /// Another host delivers this tick, or nobody does: keep the pipeline warm, and send nothing out.
    case offAir
    /// This host delivers this tick, and no other host does.
    case onAir(fencingNumber: Int64)
    /// On air although this host may have lost its right, because its channel prefers two pictures to none. Another
    /// host may deliver this tick too.
    case unfenced(fencingNumber: Int64)

    /// Whether this host delivers this tick: fenced or unfenced.
    @inlinable public var isOnAir: Bool { if case .offAir = self { false } else { true } }

    @inlinable public var isUnfenced: Bool { if case .unfenced = self { true } else { false } }

    /// The number of the right under which the tick is on air, from 1. A sink must refuse a number below one that it
    /// has seen. `nil` off air, so that a standby's number does not make a sink refuse the host that is on air.
    @inlinable public var fencingNumber: Int64? {
        switch self {
        case .offAir: nil
        case .onAir(let number), .unfenced(let number): number
        }
    }
}

/// The right of this host to deliver a channel's ticks.
public struct AirRight: Hashable, Sendable, BitwiseCopyable {
    /// What happens on air once this host can no longer renew its right.
    public enum Isolation: UInt8, Hashable, Sendable, CaseIterable, BitwiseCopyable {
        /// Its ticks are off air.
        case stop
        /// Its ticks stay on air, unfenced.
        case `continue`
    }

    /// The numbers that a right may have: up to 2⁵³, so that every reader of JSON keeps them exactly.
    @inlinable public static var fencingNumbers: ClosedRange<Int64> { 1...(1 << 53) }

    /// The first tick that is this host's.
    public let firstTick: Int64
    /// The last one; no end is `Int64.max`.
    @usableFromInline let lastTick: Int64
    /// The last tick that this host may deliver under its present tenure.
    public let tickCeiling: Int64
    /// At and after this instant the right no longer holds.
    public let validUntil: BootInstant
    /// After this instant no tick is on air, under any `isolation`; no end is the last instant.
    @usableFromInline let lastInstant: BootInstant
    /// The number of this right, in `fencingNumbers`: above that of every earlier right to the channel, on any host.
    public let fencingNumber: Int64
    public let isolation: Isolation

    /// - Parameters:
    ///   - endTick: the first tick that is no longer this host's, such as the seam of a planned move. No tick from it
    ///     on is on air, under any `isolation`. `nil`: no end.
    ///   - endInstant: when the host after this one may begin with `endTick`: from then on no tick is on air, under any
    ///     `isolation`. `nil`: no such instant.
    ///   - tickCeiling: below `firstTick` for a right under which no tick may be delivered yet.
    /// - Precondition: `firstTick` and `endTick` are not negative; `fencingNumber` lies in `fencingNumbers`.
    @inlinable public init(
        firstTick: Int64, endTick: Int64? = nil, endInstant: BootInstant? = nil, tickCeiling: Int64,
        validUntil: BootInstant, fencingNumber: Int64, isolation: Isolation = .stop
    ) {
        precondition(firstTick >= 0 && endTick ?? 0 >= 0, "ticks are counted from 0")
        precondition(Self.fencingNumbers.contains(fencingNumber), "a fencing number lies in 1 ... 2^53")
        self.firstTick = firstTick
        lastTick = endTick.map { $0 - 1 } ?? .max
        lastInstant = endInstant.map { $0 -| Nanoseconds(1) } ?? BootInstant(nanoseconds: .max)
        self.tickCeiling = tickCeiling
        self.validUntil = validUntil
        self.fencingNumber = fencingNumber
        self.isolation = isolation
    }

    /// A right that another process wrote, from the words of its fields. Any words are safe. There is no check, because
    /// a right to no tick does no harm, but a trap on the tick path would.
    ///
    /// - Returns: `nil` for a fencing number that no right may have.
    #if !DEBUG
        @_noAllocation @_noLocks
    #endif
    @inlinable @inline(__always) package init?(
        firstTick: Int64, lastTick: Int64, tickCeiling: Int64, validUntil: Int64, lastInstant: Int64,
        fencingNumber: Int64, isolation: Isolation
    ) {
        guard fencingNumber > 0, fencingNumber <= 1 << 53 else { return nil }
        self.firstTick = firstTick
        self.lastTick = lastTick
        self.tickCeiling = tickCeiling
        self.validUntil = BootInstant(nanoseconds: validUntil)
        self.lastInstant = BootInstant(nanoseconds: lastInstant)
        self.fencingNumber = fencingNumber
        self.isolation = isolation
    }

    /// The same right, but to no tick below this one.
    ///
    /// - Precondition: as for every right; `endTick` may then lie before the first tick.
    package func beginning(atOrAfter tick: Int64) -> AirRight {
        AirRight(
            firstTick: max(firstTick, tick), endTick: endTick, endInstant: endInstant, tickCeiling: tickCeiling,
            validUntil: validUntil, fencingNumber: fencingNumber, isolation: isolation)
    }

    /// The first tick that is no longer this host's; `nil`: no end.
    @inlinable public var endTick: Int64? { lastTick == .max ? nil : lastTick + 1 }

    /// When the host after this one may begin; `nil`: no such instant.
    @inlinable public var endInstant: BootInstant? {
        lastInstant.nanoseconds == .max ? nil : lastInstant +| Nanoseconds(1)
    }

    /// Whether a tick is on air.
    ///
    /// - Parameter boot: a reading of this host's BOOTTIME that was made for this tick, after the wake.
    #if !DEBUG
        @_noAllocation @_noLocks
    #endif
    @inlinable @inline(__always) public func state(ofTick tick: Int64, at boot: BootInstant) -> AirState {
        guard tick >= firstTick, tick <= lastTick, boot <= lastInstant else { return .offAir }
        if tick <= tickCeiling, boot < validUntil { return .onAir(fencingNumber: fencingNumber) }
        return isolation == .stop ? .offAir : .unfenced(fencingNumber: fencingNumber)
    }
}
