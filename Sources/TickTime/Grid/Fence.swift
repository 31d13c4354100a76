// The tick at which a block of the schedule ends (INV-BLOCK-WALLCLOCK-FENCE-001).
//
// Schedules are written in UTC, so a fence is counted between two UTC instants: the block's end and
// the session's epoch. No monotonic clock takes part, and a step of the host's clock after the epoch
// changes nothing.
//
// What can go wrong: in floating point, an end that falls exactly on a tick may get its fence a tick
// late; from rounded deadlines, an end less than a nanosecond after a tick may get it a tick early.
// The comparison is of exact fractions: tick n is not before the end when
// n · 10⁹ · den ≥ (end − epoch) · num.

extension FrameRate {
    /// The fence of an instant: the first tick that is not before it,
    /// `ceil((end − epoch) · num / (10⁹ · den))`, and 0 where `end` is not after `epoch`.
    ///
    /// A block that ends at `end` owns the ticks below its fence.
    ///
    /// Any two UTC instants are 584 years apart at most, so at 10⁶ frames a second every fence fits.
    @inlinable public func fence(of end: UTCInstant, epoch: UTCInstant) -> Int64 {
        guard end > epoch else { return 0 }
        let length = UInt128(Int128(end.nanoseconds) - Int128(epoch.nanoseconds))
        let period = UInt128(nanosecondsTimesDenominator)
        return Int64((length * UInt128(numerator) + period - 1) / period)
    }
}
