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

    /// BOOTTIME is read in the middle, so that the bracket's uncertainty is the same on both sides.
    private static func oneReading(_ taiOffset: Int32) -> HostReading {
        let before = monotonic()
        let realtime = utc()
        let boot = boot()
        let raw = raw()
        let after = monotonic()
        let half = (after -| before).halfRoundedUp
        return HostReading(
            boot: boot, monotonic: before +| half, raw: Nanoseconds(raw.nanoseconds), realtime: realtime,
            halfBracket: half, taiOffset: taiOffset)
    }
}
