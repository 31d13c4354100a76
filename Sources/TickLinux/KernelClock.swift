internal import CLinuxShims
internal import Glibc
public import TickTime

/// What the kernel says of its own clock, read without privilege and without writing anything.
public struct KernelClock: Hashable, Sendable {
    /// A time daemon keeps the clock, and said so within the kernel's patience (STA_UNSYNC is off
    /// and the clock state is not TIME_ERROR).
    public let isSynchronized: Bool
    /// The kernel's bound on the clock's error. It grows by 500 ppm while no daemon renews it and
    /// reads 16 s when none ever did.
    public let maximumError: Nanoseconds
    /// The daemon's own estimate of the error.
    public let estimatedError: Nanoseconds
    /// TAI − UTC in seconds; 0 where no daemon set it.
    public let taiOffsetSeconds: Int64
    /// The kernel announces a leap second at the end of the UTC day: +1 inserted, −1 deleted.
    public let pendingLeapSecond: Int
    /// What is still to be corrected of the last offset that a daemon told; chronyd tells none.
    public let offset: Nanoseconds
    /// STA_… bits, and TIME_OK … TIME_ERROR, as adjtimex(2) gives them.
    public let status: Int64
    public let state: Int64
    /// The rate correction that is applied now, in parts per billion.
    public let frequencyPartsPerBillion: Int64

    /// Reads the kernel's clock state. The corresponding C function is `adjtimex` with `modes` 0.
    public static func read() throws(SystemError) -> KernelClock {
        var state = timex()
        let result = unsafe shim_read_adjtimex(&state)
        guard result >= 0 else { throw SystemError(call: "adjtimex", errno: -result) }
        return KernelClock(
            isSynchronized: result != TIME_ERROR && state.status & STA_UNSYNC == 0,
            maximumError: Self.error(microseconds: state.maxerror),
            estimatedError: Self.error(microseconds: state.esterror),
            taiOffsetSeconds: Int64(state.tai), pendingLeapSecond: result == TIME_INS ? 1 : result == TIME_DEL ? -1 : 0,
            offset: Nanoseconds(
                state.status & STA_NANO != 0
                    ? Int64(state.offset) : Nanoseconds(1_000).saturatingTimes(Int64(state.offset)).count),
            status: Int64(state.status), state: Int64(result),
            // The kernel counts in parts per million scaled by 2^16.
            frequencyPartsPerBillion: Int64(state.freq).multipliedReportingOverflow(by: 1_000).partialValue / 65_536)
    }

    /// Older kernels store whatever a daemon sets; a negative error is none.
    private static func error(microseconds: Int) -> Nanoseconds {
        max(.zero, Nanoseconds(1_000).saturatingTimes(Int64(microseconds)))
    }
}
