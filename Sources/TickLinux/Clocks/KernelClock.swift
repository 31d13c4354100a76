internal import CLinuxShims
public import ClusterClock
internal import Glibc
public import TickTime

/// What the kernel states about its clock, read without privilege and without writing anything.
public struct KernelClock: Hashable, Sendable {
    /// A time daemon reports that it controls the clock (STA_UNSYNC is off and the clock state is not TIME_ERROR).
    /// This is no bound on the error: see `bound`.
    public let isSynchronized: Bool
    /// The kernel's bound on the clock's error. It grows by 500 ppm while no daemon updates it, and is 16 s if no
    /// daemon ever did.
    public let maximumError: Nanoseconds
    /// The daemon's own estimate of the error.
    public let estimatedError: Nanoseconds
    /// TAI − UTC in seconds; 0 if no daemon set it.
    public let taiOffsetSeconds: Int64
    /// The kernel announces a leap second at the end of the UTC day: +1 inserted, −1 deleted.
    public let pendingLeapSecond: Int
    /// The part of a daemon's last offset that is still to be corrected. chronyd gives no offset.
    public let offset: Nanoseconds
    /// STA_… bits, and TIME_OK … TIME_ERROR, as adjtimex(2) returns them.
    public let status: Int64
    public let state: Int64
    /// The rate correction that is applied now, in parts per billion.
    public let frequencyPartsPerBillion: Int64

    /// How far UTC may be ahead of this clock, and whether a program computed that.
    public var bound: SourcedBound {
        SourcedBound(kernelMaximumError: maximumError, estimatedError: estimatedError, offset: offset)
    }

    /// By how much this clock's UTC may be off; `nil` if no program computed that.
    public var utcError: Nanoseconds? { bound.error }

    /// Why there is no `utcError`, with the remedy; `nil` if there is one.
    public var utcFault: String? { bound.provenance.fault }

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

    /// Older kernels store any value that a daemon sets. A negative error counts as none.
    private static func error(microseconds: Int) -> Nanoseconds {
        max(.zero, Nanoseconds(1_000).saturatingTimes(Int64(microseconds)))
    }
}
