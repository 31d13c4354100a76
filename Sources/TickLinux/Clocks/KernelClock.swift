internal import CLinuxShims
public import ClusterClock
internal import Glibc
internal import TickJournal
internal import TickTime

extension KernelClock {
    /// Reads the kernel's report on its clock, without privilege and without writing anything. The corresponding C
    /// function is `adjtimex` with `modes` 0.
    public static func read() throws(SystemError) -> KernelClock {
        var state = timex()
        let result = unsafe shim_read_adjtimex(&state)
        guard result >= 0 else { throw SystemError(call: "adjtimex", errno: -result) }
        return KernelClock(
            maximumError: Self.error(microseconds: state.maxerror),
            estimatedError: Self.error(microseconds: state.esterror),
            offset: Nanoseconds(
                state.status & STA_NANO != 0
                    ? Int64(state.offset) : Nanoseconds(1_000).saturatingTimes(Int64(state.offset)).count),
            status: Int64(state.status), state: Int64(result), taiOffsetSeconds: Int64(state.tai),
            // The kernel counts in parts per million scaled by 2^16.
            frequencyPartsPerBillion: Int64(state.freq).multipliedReportingOverflow(by: 1_000).partialValue / 65_536)
    }

    /// Older kernels store any value that a daemon sets. A negative error counts as none.
    private static func error(microseconds: Int) -> Nanoseconds {
        max(.zero, Nanoseconds(1_000).saturatingTimes(Int64(microseconds)))
    }
}

extension KernelClockRecord {
    /// The report as a journal keeps it.
    init(_ clock: KernelClock, at monotonic: MonotonicInstant) {
        self.init()
        self.monotonic = monotonic
        isSynchronized = clock.isSynchronized
        maximumError = clock.maximumError
        estimatedError = clock.estimatedError
        taiOffsetSeconds = clock.taiOffsetSeconds
        pendingLeapSecond = Int64(clock.pendingLeapSecond)
        frequencyPartsPerBillion = clock.frequencyPartsPerBillion
    }
}
