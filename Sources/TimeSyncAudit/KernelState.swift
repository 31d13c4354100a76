// What the kernel says of its own clock (adjtimex(2), read only), as evidence.
//
// `maxerror` decides. STA_UNSYNC alone says nothing: chronyd leaves it set unless it is told 'rtcsync', and
// renews maxerror all the same. Neither does an offset of 0: it is what is left of ntpd's last correction, and
// under chronyd it is always 0. Where no daemon renews maxerror it grows by 500 ppm, to 16 s at most.

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

    /// STA_UNSYNC.
    public var saysUnsynchronized: Bool { status & 0x40 != 0 }

    /// How far UTC may be ahead of the host's clock: what is still to be corrected counts as error beside
    /// maxerror, whichever way it points.
    public var interval: OffsetInterval {
        OffsetInterval(.zero, bound: max(.zero, maximumError) +| offset.magnitude)
    }

    public var raw: [String: String] {
        [
            "maxerror_ns": "\(maximumError.count)", "esterror_ns": "\(estimatedError.count)",
            "offset_ns": "\(offset.count)", "status": "\(status)", "state": "\(state)",
        ]
    }
}
