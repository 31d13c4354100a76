public import ClusterClock
internal import TickTime

extension HostClock {
    /// All clocks of the host, read together, as a cluster clock is given them: the narrowest of a few reads.
    ///
    /// - Parameter taiOffset: TAI − UTC as the kernel last told it; asking takes longer than reading clocks.
    public static func hostReading(taiOffset: Int32) -> HostReading {
        narrowest(3) {
            let reading = oneReading(taiOffset)
            return (reading, reading.halfBracket)
        }
    }

    /// BOOTTIME stands in the middle, between the others and their reads: what the bracket leaves open is shared.
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
