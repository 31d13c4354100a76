// Whether NTP servers hold this host's UTC, and how closely: true UTC − ours lies in [offset − bound, offset +
// bound] of each server that is right about itself, grown by what our own clock may have drifted since. With
// several servers the hull of what a majority of them shares counts (Marzullo), so that one that is wrong is
// outvoted; a server that is silent counts against the others.
//
//     error = max(|lower|, |upper|)         UTC as this host tells it is off by no more
//
// A host that is off by more than a second is not synchronized, however well that is known.

public import ClusterClock
public import TickTime

/// Whether NTP servers hold this host's UTC.
public enum NTPSynchronization {
    /// A host whose UTC is off by more is not called synchronized: 1 s.
    public static let limit = Nanoseconds.seconds(1)

    /// By how much this host's UTC may be off true UTC.
    ///
    /// - Parameters:
    ///   - measurements: the last of each server that has one.
    ///   - servers: how many servers are asked.
    ///   - driftBound: ρ, in parts per billion.
    /// - Returns: `nil` where fewer than a majority of the servers answered, where no point is shared by a
    ///   majority, and above `limit`.
    public static func error(
        of measurements: [NTPMeasurement], servers: Int, at now: BootInstant, driftBound: Int64 = 50_000
    ) -> StatedError? {
        let growth = DriftGrowth(clocks: 1, driftBound: driftBound)
        let intervals = measurements.map { measured in
            let half = measured.bound +| growth(max(.zero, now -| measured.received))
            return OffsetInterval(measured.offset -| half, measured.offset +| half)
        }
        let outcome = UTCBound.among(intervals.span, majority: servers / 2 + 1)
        guard case .bounded(let bound) = outcome else { return nil }
        let error = max(Nanoseconds.zero -| bound.interval.lower, bound.interval.upper)
        return error <= limit ? StatedError(max(.zero, error), read: now) : nil
    }
}
