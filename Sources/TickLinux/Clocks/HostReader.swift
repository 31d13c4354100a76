public import ClusterClock
internal import TickTime

extension HostClock {
    /// All clocks of the host, read together for a cluster clock: the narrowest of a few reads.
    ///
    /// - Parameter taiOffset: TAI − UTC as the kernel last gave it. A request takes longer than the clock readings.
    public static func hostReading(taiOffset: Int32) -> HostReading {
        narrowest(3) {
            let reading = oneReading(taiOffset)
            return (reading, reading.halfBracket)
        }
    }

    /// `HostReading` knows this order, and takes the uncertainty of each pair of clocks from it.
    private static func oneReading(_ taiOffset: Int32) -> HostReading {
        let before = monotonic()
        let realtime = utc()
        let boot = boot()
        let raw = raw()
        return HostReading(
            monotonic: before, realtime: realtime, boot: boot, raw: Nanoseconds(raw.nanoseconds),
            monotonicAgain: monotonic(), taiOffset: taiOffset)
    }
}
