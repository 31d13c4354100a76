// The epoch of a session on a given grid: where tick 0 of that grid lies, by the clocks of this host.
//
// Nothing is aligned, and tick 0 need not lie ahead: the grid says where it lies, perhaps years ago and before this
// host was booted. CLOCK_MONOTONIC is then negative at tick 0. That is the value that the clock would have shown: both
// anchors are those of the reading, moved back by the same length. So the epoch names one instant, as every epoch does,
// to within its uncertainty at the reading, and deadlines of ticks to come are as exact as those of an epoch just
// ahead:
//
//     epoch.utc       = tai − (TAI − UTC now) − offset(tick)
//     epoch.monotonic = reading.monotonic + (epoch.utc − schedule's UTC at the reading)
//
// TAI − UTC is that of now, also for an origin before a leap second. UTC at the ticks to come is then right, and with
// it fences and labels; `epoch.utc` is where today's UTC puts tick 0, and not what a clock showed on that day.

extension SessionEpoch {
    /// The earliest and the latest UTC of tick 0 of a given grid: `AdmittedRange.utcNanoseconds`, and a day before it,
    /// because the SMPTE epoch lies 37 s before 1970-01-01 by the UTC of today.
    package static let gridUTCNanoseconds = -86_400_000_000_000...AdmittedRange.utcNanoseconds.upperBound

    /// The epoch of a session on a given grid, from a fresh reading of the host's clocks.
    ///
    /// - Parameters:
    ///   - reading: the host's clocks at one instant. Its uncertainty is that of the epoch: how far this host's ticks
    ///     may be from the grid, besides the grid's own bound and the error of UTC.
    ///   - grid: the grid's phase.
    ///   - rate: the rate of the grid.
    ///   - utcSource: where the schedule's UTC came from.
    ///   - utcCorrection: the schedule's UTC − the host's UTC, as for `plan(reading:rate:alignment:…)`.
    ///   - taiOffset: TAI − UTC now.
    /// - Throws: `TickTimeError.deadlineOutOfRange`, `.gridInstantOutOfRange`; `.instantOutOfRange` where a clock's
    ///   range ends before tick 0.
    public static func plan(
        reading: AnchorReading, grid: GridPhase, rate: FrameRate, utcSource: UTCSource,
        utcCorrection: Nanoseconds = .zero, taiOffset: TAIOffset
    ) throws(TickTimeError) -> SessionEpoch {
        let origin = try grid.origin(at: rate)
        let utc = try taiOffset.utc(of: origin).nanoseconds
        guard gridUTCNanoseconds.contains(utc) else {
            throw .gridInstantOutOfRange(tick: 0, nanoseconds: origin.nanoseconds)
        }
        let now = Int128(reading.utc.nanoseconds) + Int128(utcCorrection.count)
        let ahead = Int128(utc) - now
        guard let host = Int64(exactly: Int128(reading.utc.nanoseconds) + ahead),
            let monotonic = Int64(exactly: Int128(reading.monotonic.nanoseconds) + ahead)
        else { throw .instantOutOfRange(nanoseconds: utc) }
        return SessionEpoch(
            utc: UTCInstant(nanoseconds: utc), utcSource: utcSource, hostUTC: UTCInstant(nanoseconds: host),
            monotonic: MonotonicInstant(nanoseconds: monotonic), uncertainty: reading.uncertainty,
            taiOffset: taiOffset)
    }
}
