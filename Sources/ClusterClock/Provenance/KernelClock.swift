// The kernel's report on its own clock (adjtimex(2)), as numbers. TickLinux reads it.
//
// `maxerror` decides if a daemon computed it: `SourcedBound` says when. STA_UNSYNC shows nothing by itself: without
// 'rtcsync' chronyd leaves it set, but still renews maxerror. An offset of 0 shows nothing either: it is the rest of
// ntpd's last correction, and under chronyd it is always 0. If no daemon renews maxerror, it grows by 500 ppm, to 16 s
// at most.

public import TickTime

/// The kernel's report on its own clock.
public struct KernelClock: Hashable, Sendable {
    /// The kernel's bound on the clock's error. While no daemon renews it, it grows by 500 ppm. If no daemon ever set
    /// it, it is 16 s.
    public let maximumError: Nanoseconds
    /// The daemon's own estimate of the error.
    public let estimatedError: Nanoseconds
    /// The rest of the correction that a daemon asked for last; chronyd asks for none.
    public let offset: Nanoseconds
    /// STA_… bits.
    public let status: Int64
    /// TIME_OK … TIME_ERROR, 0 ... 5.
    public let state: Int64
    /// TAI − UTC in seconds; 0 if no daemon set it.
    public let taiOffsetSeconds: Int64
    /// The rate correction in use, in parts per billion.
    public let frequencyPartsPerBillion: Int64

    public init(
        maximumError: Nanoseconds, estimatedError: Nanoseconds, offset: Nanoseconds, status: Int64, state: Int64,
        taiOffsetSeconds: Int64 = 0, frequencyPartsPerBillion: Int64 = 0
    ) {
        self.maximumError = maximumError
        self.estimatedError = estimatedError
        self.offset = offset
        self.status = status
        self.state = state
        self.taiOffsetSeconds = taiOffsetSeconds
        self.frequencyPartsPerBillion = frequencyPartsPerBillion
    }

    /// Whether a time daemon says that it keeps the clock: STA_UNSYNC (0x40) is off, and the state is not TIME_ERROR
    /// (5). That is no bound on the error: see `bound`.
    public var isSynchronized: Bool { state != 5 && status & 0x40 == 0 }

    /// A leap second at the end of the UTC day: +1 inserted (TIME_INS, 1), −1 deleted (TIME_DEL, 2), or else 0.
    public var pendingLeapSecond: Int64 { state == 1 ? 1 : state == 2 ? -1 : 0 }

    /// How far UTC may be ahead of this clock, and whether anybody computed that.
    public var bound: SourcedBound {
        SourcedBound(kernelMaximumError: maximumError, estimatedError: estimatedError, offset: offset)
    }

    /// How far this clock may be off UTC; `nil` if nobody computed that.
    public var utcError: Nanoseconds? { bound.error }

    /// Why there is no `utcError`, with the remedy; `nil` if there is one.
    public var utcFault: String? { bound.provenance.fault }
}
