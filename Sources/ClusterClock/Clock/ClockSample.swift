// What one exchange with a peer tells of its clock.
//
//     ours    m0 ────request───▶             ┌──▶ m2            BOOTTIME, this host's
//     peer              r ═══ hold ═══ t ────┘                   hold on its own monotonic clock, t in UTC
//
// The peer read t at some instant between m0 and m2, and not within `hold` of m0: so its clock was ahead of
// ours by something in
//
//     [ t − ours(m2),  t − ours(m2) + (m2 − m0) − hold ]
//
// whatever the two directions took. Asymmetry moves the middle, never the ends; nothing else enters, the
// tolerance least of all. `ours` is the window's: UTC as it was read when the window began, carried on by
// BOOTTIME, so that a step of our own UTC falsifies no sample. Used at u, each end moves outward by
// 2 ns + grow(2, u − m0): two roundings, and what two clocks part by.
//
// The peer's hold is a difference of two of its own readings; no reading of one host's monotonic clock is
// ever set against another host's.

public import TickTime

/// Our time during one window: the UTC read at its beginning, carried by BOOTTIME.
public struct WindowTime: Hashable, Sendable, BitwiseCopyable {
    public let realtime: UTCInstant
    public let boot: BootInstant

    @inlinable public init(realtime: UTCInstant, boot: BootInstant) {
        self.realtime = realtime
        self.boot = boot
    }

    /// `realtime + (m − boot)`.
    @inlinable public func ours(at instant: BootInstant) -> UTCInstant { realtime +| (instant -| boot) }
}

/// A finished exchange of a request and its reply.
public struct ClockExchange: Hashable, Sendable, BitwiseCopyable {
    public let peer: NodeID
    /// m0 and m2: this host's BOOTTIME.
    public let sent: BootInstant
    public let received: BootInstant
    /// How long the peer held the request, on its monotonic clock.
    public let hold: Nanoseconds
    /// The peer's UTC as it replied.
    public let peerUTC: UTCInstant
    /// What the peer says its UTC may be off true UTC by; `nil` if it knows no bound.
    public let statedError: Nanoseconds?

    /// Three timestamps: the peer replied at once, or does not say how long it took.
    public init(
        peer: NodeID, sent: BootInstant, received: BootInstant, peerUTC: UTCInstant, statedError: Nanoseconds?
    ) {
        self.init(
            peer: peer, sent: sent, received: received, hold: .zero, peerUTC: peerUTC, statedError: statedError)
    }

    /// Four timestamps: the peer's monotonic clock when the request came and when the reply went, too.
    public init(
        peer: NodeID, sent: BootInstant, received: BootInstant, peerReceived: MonotonicInstant,
        peerSent: MonotonicInstant, peerUTC: UTCInstant, statedError: Nanoseconds?
    ) {
        let (hold, overflow) = peerSent.nanoseconds.subtractingReportingOverflow(peerReceived.nanoseconds)
        self.init(
            peer: peer, sent: sent, received: received, hold: Nanoseconds(overflow ? -1 : hold), peerUTC: peerUTC,
            statedError: statedError)
    }

    public init(
        peer: NodeID, sent: BootInstant, received: BootInstant, hold: Nanoseconds, peerUTC: UTCInstant,
        statedError: Nanoseconds?
    ) {
        self.peer = peer
        self.sent = sent
        self.received = received
        self.hold = hold
        self.peerUTC = peerUTC
        self.statedError = statedError
    }

    public var roundTrip: Nanoseconds { received -| sent }
}

/// What is kept of an exchange: 48 bytes.
public struct ClockSample: Hashable, Sendable, BitwiseCopyable {
    /// m0, from which the sample ages.
    public let sent: BootInstant
    /// How far the peer was ahead of the window's time, as it was received.
    public let interval: OffsetInterval
    /// The error that the peer states; `nil` if it states none, or an impossible one.
    public let statedError: Nanoseconds?

    /// Offsets further out than this, 146 years, are taken to lie there.
    private static var limit: Int128 { 1 << 62 }

    /// - Throws: `ClusterClockError.stalePing` for a request older than the window, `.nonMonotonicPing` for
    ///   a reply before its request, or a hold that is negative or longer than the round trip.
    public init(_ exchange: ClockExchange, in window: WindowTime) throws(ClusterClockError) {
        guard exchange.received >= exchange.sent else { throw .nonMonotonicPing }
        guard exchange.hold >= .zero, exchange.hold <= exchange.roundTrip else { throw .nonMonotonicPing }
        guard exchange.sent >= window.boot else { throw .stalePing }
        sent = exchange.sent
        let ours = window.ours(at: exchange.received).nanoseconds
        let lower = Int128(exchange.peerUTC.nanoseconds) - Int128(ours)
        let upper = lower + Int128((exchange.roundTrip -| exchange.hold).count)
        func end(_ value: Int128) -> Nanoseconds { Nanoseconds(Int64(min(max(value, -Self.limit), Self.limit))) }
        interval = OffsetInterval(end(lower), end(upper))
        // An error below 0 or beyond the admitted range states nothing.
        statedError = exchange.statedError.flatMap {
            AdmittedRange.statedErrorNanoseconds.contains($0.count) ? $0 : nil
        }
    }

    /// How far the peer may be ahead of the window's time at `instant`, which is not before `sent`.
    public func interval(at instant: BootInstant, growing growth: DriftGrowth) -> OffsetInterval {
        interval.widened(by: Nanoseconds(2) +| growth(instant -| sent))
    }
}
