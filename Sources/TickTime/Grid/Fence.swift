// The tick at which a block of the schedule ends (INV-BLOCK-WALLCLOCK-FENCE-001).
//
// Schedules are written in UTC, so a fence is computed from two UTC instants: the block's end and the session's
// epoch. The monotonic clock plays no role, and a step of the host's clock after the epoch changes nothing.
//
// What can go wrong: with floating point, an end exactly on a tick may get a fence one tick late. With rounded
// deadlines, an end less than a nanosecond after a tick may get a fence one tick early. So exact fractions are
// compared: tick n is not before the end when
// n · 10⁹ · den ≥ (end − epoch) · num.

extension FrameRate {
    /// The fence of an instant: the first tick that is not before it,
    /// `ceil((end − epoch) · num / (10⁹ · den))`, and 0 where `end` is not after `epoch`.
    ///
    /// A block that ends at `end` owns the ticks below its fence.
    ///
    /// Two UTC instants are at most 584 years apart, so every fence fits at 10⁶ frames per second.
    @inlinable public func fence(of end: UTCInstant, epoch: UTCInstant) -> Int64 {
        guard end > epoch else { return 0 }
        let length = UInt128(Int128(end.nanoseconds) - Int128(epoch.nanoseconds))
        let period = UInt128(nanosecondsTimesDenominator)
        return Int64((length * UInt128(numerator) + period - 1) / period)
    }
}
