internal import CLinuxShims
internal import Glibc
internal import TickScheduling
public import TickTime

/// The host's clocks. No other code reads them.
public enum HostClock {
    /// CLOCK_MONOTONIC.
    #if !DEBUG
        @_noAllocation @_noLocks
    #endif
    @inline(__always)
    public static func monotonic() -> MonotonicInstant { MonotonicInstant(nanoseconds: shim_monotonic_ns()) }

    /// CLOCK_REALTIME.
    #if !DEBUG
        @_noAllocation @_noLocks
    #endif
    @inline(__always)
    public static func utc() -> UTCInstant { UTCInstant(nanoseconds: shim_clock_ns(CLOCK_REALTIME)) }

    /// CLOCK_BOOTTIME.
    #if !DEBUG
        @_noAllocation @_noLocks
    #endif
    @inline(__always)
    public static func boot() -> BootInstant { BootInstant(nanoseconds: shim_clock_ns(CLOCK_BOOTTIME)) }

    /// CLOCK_MONOTONIC_RAW.
    public static func raw() -> RawInstant { RawInstant(nanoseconds: shim_clock_ns(CLOCK_MONOTONIC_RAW)) }

    /// The CPU time of the calling thread.
    public static func threadCPU() -> Nanoseconds { Nanoseconds(shim_clock_ns(CLOCK_THREAD_CPUTIME_ID)) }

    /// The CPU time of the whole process.
    public static func processCPU() -> Nanoseconds { Nanoseconds(shim_clock_ns(CLOCK_PROCESS_CPUTIME_ID)) }

    /// Keeps the CPU busy for at least `length`, in place of a handler's work.
    public static func spin(for length: Nanoseconds) {
        let end = monotonic() + length
        while monotonic() < end { shim_pause() }
    }
}

extension HostClock {
    /// Sleeps until an instant of CLOCK_MONOTONIC, for other threads than the tick thread. Signals do not end the
    /// sleep. The corresponding C function is `clock_nanosleep`.
    public static func sleep(until instant: MonotonicInstant) {
        var request = timespec(
            tv_sec: Int(instant.nanoseconds / 1_000_000_000), tv_nsec: Int(instant.nanoseconds % 1_000_000_000))
        while unsafe clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &request, nil) == EINTR {}
    }
}

extension BootMoment {
    /// Reads all clocks now.
    ///
    /// - Throws: `SystemError`, if the kernel does not give the id of its boot.
    public static func now() throws(SystemError) -> BootMoment {
        let id = try SystemFile.line("/proc/sys/kernel/random/boot_id")
        let reading = HostClock.reading()
        return BootMoment(bootID: id, boot: reading.boot, utc: reading.utc)
    }
}
