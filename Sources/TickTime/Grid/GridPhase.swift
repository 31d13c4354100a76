// Where a grid lies in time. A rate says how far ticks are apart; a phase says when one of them is due:
//
//     deadline(n) = tai + (offset(n) − offset(tick))
//
// Any tick of a grid describes all of it, so a host that stops names the last tick that it knows, and the host that
// goes on counts from that. The offsets are those of tick 0, rounded once each: the grid that a phase names does not
// depend on the tick by which it is named.
//
// Instants are TAI, because between two instants of UTC there may be a leap second, and deadlines are elapsed time.
//
// The first tick due at or after an instant follows as the last one due before it does. With P = 10⁹ · den,
// h = ⌊num/2⌋ and e the time from tick 0 to the instant,
//
//     offset(n) ≥ e  ⟺  ⌊(n·P + h) / num⌋ ≥ e  ⟺  n·P + h ≥ e·num,   so   n = ⌈(e·num − h) / P⌉.
//
// What can go wrong: a running session follows its host's monotonic clock and is never anchored again. After weeks the
// grid on air is no longer at origin + offset(n), however exact the origin was. So the phase is renewed by the host
// that has the channel, and only a grid that nobody has run yet is named by its origin.

/// The phase of a grid: one of its ticks, and the instant at which that tick is due.
public struct GridPhase: Hashable, Sendable, BitwiseCopyable {
    /// A tick of the grid; 0 names the grid by its origin.
    public let tick: Int64
    /// When it is due.
    public let tai: TAIInstant
    /// How far `tai` may be from the instant at which the tick was due on the host that named it; 0 if `tai` defines
    /// the grid.
    public let bound: Nanoseconds

    /// - Parameters:
    ///   - tick: at least 0.
    ///   - tai: 1970-01-01 to 2200-01-01.
    ///   - bound: 0 to a day.
    /// - Throws: `TickTimeError.negativeTick`, `.gridInstantOutOfRange`, `.gridBoundOutOfRange`.
    public init(tick: Int64, tai: TAIInstant, bound: Nanoseconds = .zero) throws(TickTimeError) {
        guard tick >= 0 else { throw .negativeTick(tick) }
        guard AdmittedRange.taiNanoseconds.contains(tai.nanoseconds) else {
            throw .gridInstantOutOfRange(tick: tick, nanoseconds: tai.nanoseconds)
        }
        guard AdmittedRange.statedErrorNanoseconds.contains(bound.count) else {
            throw .gridBoundOutOfRange(nanoseconds: bound.count)
        }
        self.tick = tick
        self.tai = tai
        self.bound = bound
    }

    /// When tick 0 of the grid is, or was, due.
    ///
    /// - Throws: `TickTimeError.deadlineOutOfRange`; `.gridInstantOutOfRange` outside 1970-01-01 to 2200-01-01.
    public func origin(at rate: FrameRate) throws(TickTimeError) -> TAIInstant {
        try admitted(tick: 0, -(try rate.offset(ofTick: tick)).count)
    }

    /// When tick `tick` of the grid is due.
    ///
    /// - Throws: `TickTimeError.negativeTick`, `.deadlineOutOfRange`; `.gridInstantOutOfRange` outside 1970-01-01 to
    ///   2200-01-01.
    public func deadline(of tick: Int64, at rate: FrameRate) throws(TickTimeError) -> TAIInstant {
        let (offset, own) = (try rate.offset(ofTick: tick), try rate.offset(ofTick: self.tick))
        // Both are at least 0, so the difference does not overflow.
        return try admitted(tick: tick, offset.count - own.count)
    }

    /// The first tick of the grid that is due at or after an instant; 0 if that lies before tick 0.
    ///
    /// - Throws: as `deadline(of:at:)`, for that tick.
    /// - Complexity: O(1), one 128-bit division.
    public func firstTickDue(notBefore instant: TAIInstant, at rate: FrameRate) throws(TickTimeError) -> Int64 {
        let own = try rate.offset(ofTick: tick)
        let elapsed = Int128(instant.nanoseconds) - Int128(tai.nanoseconds) + Int128(own.count)
        guard let first = rate.firstTickDue(notBefore: elapsed) else {
            throw .gridInstantOutOfRange(tick: tick, nanoseconds: instant.nanoseconds)
        }
        _ = try deadline(of: first, at: rate)
        return first
    }

    private func admitted(tick: Int64, _ distance: Int64) throws(TickTimeError) -> TAIInstant {
        let (instant, overflow) = tai.nanoseconds.addingReportingOverflow(distance)
        guard !overflow, AdmittedRange.taiNanoseconds.contains(instant) else {
            throw .gridInstantOutOfRange(tick: tick, nanoseconds: overflow ? (distance < 0 ? .min : .max) : instant)
        }
        return TAIInstant(nanoseconds: instant)
    }
}

extension FrameRate {
    /// The first tick whose offset from tick 0 is not less than `elapsed`: the least n with
    /// `offset(ofTick: n) ≥ elapsed`; 0 where that is not after tick 0.
    ///
    /// - Complexity: O(1), one 128-bit division.
    public func firstTickDue(notBefore elapsed: Nanoseconds) -> Int64 {
        // At most 10⁶ frames a second, so a tick of 292 years fits.
        firstTickDue(notBefore: Int128(elapsed.count)) ?? .max
    }

    /// - Parameter elapsed: nanoseconds, within 2⁹⁴.
    func firstTickDue(notBefore elapsed: Int128) -> Int64? {
        guard elapsed > 0 else { return 0 }
        let period = Int128(nanosecondsTimesDenominator)
        return Int64(exactly: (elapsed * Int128(numerator) - Int128(numerator / 2) + period - 1) / period)
    }
}

extension TickGrid {
    /// The first tick with `deadline(of:) ≥ instant`; 0 where that is not after the epoch.
    public func firstTickDue(notBefore instant: MonotonicInstant) -> Int64 {
        rate.firstTickDue(notBefore: Int128(instant.nanoseconds) - Int128(epoch.nanoseconds)) ?? .max
    }
}
