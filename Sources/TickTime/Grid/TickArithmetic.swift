// Tick n of a rate num/den falls at
//
//     offset(n) = round(n · 10⁹ · den / num)  nanoseconds after tick 0,
//
// to nearest, halves up. It is computed from n each time and never accumulated, so the error of a deadline is at most
// half a nanosecond, after a frame and after a century.
//
// With P = 10⁹ · den and h = ⌊num/2⌋, rounding to nearest with halves up is
//
//     offset(n) = ⌊(n·P + h) / num⌋,
//
// also for odd num, where no exact half occurs. n·P needs up to 125 bits; one 128-bit product
// and one 128-bit division give it exactly at every n. (In 64 bits, n·P overflows at tick
// 9 214 158 of 29.97, three and a half days in.)
//
// The inverse is the largest n with offset(n) ≤ e. From offset(n) ≤ e ⟺ n·P + h < (e+1)·num,
//
//     lastTick(e) = ⌊((e+1)·num − h − 1) / P⌋.
//
// Both are exact, so lastTick(offset(n)) = n: at most 10⁶ frames a second, offsets are distinct.

extension FrameRate {
    @inlinable var nanosecondsTimesDenominator: UInt64 { UInt64(denominator) &* 1_000_000_000 }

    /// The time from tick 0 to tick `tick`: `tick · 10⁹ · den / num`, to nearest, halves up.
    ///
    /// This is the only function that computes where a tick falls; all other code calls it.
    ///
    /// - Throws: `TickTimeError.negativeTick`; `.deadlineOutOfRange` where the result exceeds
    ///   `Int64.max` nanoseconds (292 years).
    /// - Complexity: O(1), one 128-bit division.
    #if !DEBUG
        @_noAllocation @_noLocks
    #endif
    @inlinable public func offset(ofTick tick: Int64) throws(TickTimeError) -> Nanoseconds {
        guard tick >= 0 else { throw .negativeTick(tick) }
        let (high, low) = UInt64(bitPattern: tick).multipliedFullWidth(by: nanosecondsTimesDenominator)
        let product = UInt128(high) << 64 | UInt128(low)
        let offset = (product &+ UInt128(numerator / 2)) / UInt128(numerator)
        guard offset <= UInt128(UInt64(Int64.max)) else {
            throw .deadlineOutOfRange(tick: tick, rate: self)
        }
        return Nanoseconds(Int64(truncatingIfNeeded: offset))
    }

    /// The last tick due when `elapsed` has passed since tick 0: the largest n with
    /// `offset(ofTick: n) ≤ elapsed`; `nil` before tick 0.
    ///
    /// - Complexity: O(1), one 128-bit division.
    #if !DEBUG
        @_noAllocation @_noLocks
    #endif
    @inlinable public func lastTickDue(after elapsed: Nanoseconds) -> Int64? {
        guard elapsed.count >= 0 else { return nil }
        let product = UInt128(UInt64(elapsed.count) &+ 1) &* UInt128(numerator)
        let last = (product &- UInt128(numerator / 2 + 1)) / UInt128(nanosecondsTimesDenominator)
        return Int64(truncatingIfNeeded: last)
    }
}

/// The deadlines of one session: a rate, and the monotonic instant of tick 0.
public struct TickGrid: Hashable, Sendable, BitwiseCopyable {
    public let rate: FrameRate
    /// The instant of tick 0.
    public let epoch: MonotonicInstant

    @inlinable public init(rate: FrameRate, epoch: MonotonicInstant) {
        self.rate = rate
        self.epoch = epoch
    }

    /// The monotonic instant at which tick `tick` is due: `epoch + rate.offset(ofTick: tick)`.
    ///
    /// - Throws: `TickTimeError.negativeTick`; `.deadlineOutOfRange` past the range of the clock.
    #if !DEBUG
        @_noAllocation @_noLocks
    #endif
    @inlinable public func deadline(of tick: Int64) throws(TickTimeError) -> MonotonicInstant {
        let offset = try rate.offset(ofTick: tick)
        let (instant, overflow) = epoch.nanoseconds.addingReportingOverflow(offset.count)
        guard !overflow else { throw .deadlineOutOfRange(tick: tick, rate: rate) }
        return MonotonicInstant(nanoseconds: instant)
    }

    /// The largest tick with `deadline(of:) ≤ now`, `nil` before the epoch; the exact inverse of
    /// `deadline(of:)`.
    ///
    /// An epoch and a `now` more than 292 years apart count as 292 years apart.
    #if !DEBUG
        @_noAllocation @_noLocks
    #endif
    @inlinable public func lastTickDue(at now: MonotonicInstant) -> Int64? {
        guard now >= epoch else { return nil }
        let (elapsed, overflow) = now.nanoseconds.subtractingReportingOverflow(epoch.nanoseconds)
        return rate.lastTickDue(after: Nanoseconds(overflow ? .max : elapsed))
    }
}
