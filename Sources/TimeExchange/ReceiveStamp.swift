// How long a datagram waited before it was read. The kernel stamps it as it comes, in CLOCK_REALTIME, which may
// be set at any moment and is not what elapsed times are measured on. So the stamp says nothing but "so long
// ago", and that only where
//
//     UTC and BOOTTIME went on alike since the socket was last empty     (nobody set the clock meanwhile)
//     and the datagram came since then                                   (for it was not there before)
//
// Else it came just now: a sample is then as wide as the host is slow, and as true as ever. To have come longer
// ago than it did would cut the truth off; so what reading the clocks leaves open is taken off.

public import ClusterClock
public import TickTime

/// When a datagram came, as far as the kernel's stamp may be believed.
public enum ReceiveStamp {
    /// How long ago a datagram came, at the least.
    ///
    /// - Parameters:
    ///   - stamp: the kernel's, in CLOCK_REALTIME; `nil` where there is none.
    ///   - now: a reading since it was taken from the socket.
    ///   - empty: a reading before the socket was last found empty.
    /// - Returns: 0 where the stamp is not believed.
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
