// The kernel's report on its own clock (adjtimex(2), read only), as evidence.
//
// `maxerror` decides, where a daemon computed it: `SourcedBound` says when. STA_UNSYNC alone says nothing: chronyd
// leaves it set unless it is told 'rtcsync', and renews maxerror all the same. An offset of 0 says nothing either: it
// is what is left of ntpd's last correction, and under chronyd it is always 0. Where no daemon renews maxerror, it
// grows by 500 ppm, to 16 s at most.

public import ClusterClock
public import TickTime

/// The kernel's own account of its clock.
public struct KernelState: Hashable, Sendable {
    /// The kernel's bound on the clock's error.
    public var maximumError: Nanoseconds
    public var estimatedError: Nanoseconds
    /// What is still to be corrected.
    public var offset: Nanoseconds
    /// STA_… bits.
    public var status: Int64
    /// TIME_OK … TIME_ERROR.
    public var state: Int64

    public init(
        maximumError: Nanoseconds, estimatedError: Nanoseconds, offset: Nanoseconds, status: Int64, state: Int64
    ) {
        self.maximumError = maximumError
        self.estimatedError = estimatedError
        self.offset = offset
        self.status = status
        self.state = state
    }

    /// How far UTC may be ahead of the host's clock, and whether anybody computed that.
    public var bound: SourcedBound {
        SourcedBound(kernelMaximumError: maximumError, estimatedError: estimatedError, offset: offset)
    }

    public var raw: [String: String] {
        [
            "maxerror_ns": "\(maximumError.count)", "esterror_ns": "\(estimatedError.count)",
            "offset_ns": "\(offset.count)", "status": "\(status)", "state": "\(state)",
        ]
    }
}
