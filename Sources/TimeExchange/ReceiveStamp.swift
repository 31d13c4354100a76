// How long a datagram waited before it was read. The kernel stamps its arrival in CLOCK_REALTIME, which may be set at
// any moment; elapsed times are not measured on it. So the stamp only gives the waiting time, and only if
//
//     UTC and BOOTTIME went on alike since the socket was last empty     (so nobody set the clock)
//     and the datagram came since then                                   (it was not there before)
//
// Otherwise the arrival counts as now: a sample is then wider, by the delay of the host, but still true. A waiting
// time that is too long would exclude the truth, so the uncertainty of reading the clocks is subtracted.

public import ClusterClock
public import TickTime

/// When a datagram came, as far as the kernel's stamp is reliable.
public enum ReceiveStamp {
    /// The least time since a datagram came.
    ///
    /// - Parameters:
    ///   - stamp: the kernel's stamp, in CLOCK_REALTIME; `nil` without one.
    ///   - now: a reading after the datagram was taken from the socket.
    ///   - empty: a reading before the socket was last found empty.
    /// - Returns: 0 if the stamp is not reliable.
    public static func age(of stamp: UTCInstant?, at now: HostReading, sinceEmpty empty: HostReading) -> Nanoseconds {
        guard let stamp else { return .zero }
        let (open, elapsed) = (now.halfBracket +| empty.halfBracket +| Nanoseconds(2), now.boot -| empty.boot)
        let (utc, overflow) = now.realtime.nanoseconds.subtractingReportingOverflow(empty.realtime.nanoseconds)
        guard !overflow, (Nanoseconds(utc) -| elapsed).magnitude <= open else { return .zero }
        let (ago, beyond) = now.realtime.nanoseconds.subtractingReportingOverflow(stamp.nanoseconds)
        guard !beyond, ago >= 0, Nanoseconds(ago) <= elapsed else { return .zero }
        return max(.zero, Nanoseconds(ago) -| now.halfBracket)
    }
}
