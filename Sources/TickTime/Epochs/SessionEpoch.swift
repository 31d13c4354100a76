/// Where a UTC value came from, best first (the order of the best available time).
public enum UTCSource: String, Sendable, Hashable, CaseIterable, BitwiseCopyable {
    /// The synchronized cluster clock.
    case cluster
    /// System time, corrected by the exchanges with a PTP clock that follows UTC.
    case ptp
    /// System time that the kernel or an NTP server reports as synchronized.
    case ntp
    /// The coarse consensus of the peers.
    case consensus
    /// System time with an unknown error.
    case system
}

/// Where the offset between UTC and TAI came from, best first.
public enum TAIOffsetSource: String, Sendable, Hashable, CaseIterable, BitwiseCopyable {
    /// The kernel's offset, as a time daemon set it.
    case kernel
    /// An unexpired `leap-seconds.list` of the system.
    case leapSecondsList = "leap_seconds_list"
    /// An expired list that contains a later leap second than the built-in table. Its rows stay true, but it may lack
    /// a leap second that was announced since.
    case expiredLeapSecondsList = "leap_seconds_list_expired"
    /// The table that is built in.
    case builtIn = "built_in"
}

/// TAI − UTC, in whole seconds, and where it came from.
public struct TAIOffset: Hashable, Sendable, BitwiseCopyable {
    public let seconds: Int64
    public let source: TAIOffsetSource

    public init(seconds: Int64, source: TAIOffsetSource) {
        self.seconds = seconds
        self.source = source
    }
}

/// Which instants a session's epoch may lie on.
public enum Alignment: String, Sendable, Hashable, CaseIterable, BitwiseCopyable {
    /// Any whole UTC millisecond. Of a session on a given grid: nothing is aligned.
    case none
    /// A whole UTC second: hosts with agreeing clocks tick in phase at whole-number rates.
    case second
    /// An alignment point of SMPTE ST 2059-1: hosts with agreeing clocks tick in phase, and share
    /// frame numbers, at every rate.
    case st2059
}

/// The dual anchor of a session: one instant, named on UTC and on the monotonic clock.
///
/// The instant is tick 0 of the session's grid. A session on a given grid may begin at a later tick, and tick 0 may lie
/// far in the past, also before the host was booted: the anchors then state what the clocks would have shown.
///
/// It is captured once and never changes: nothing can re-anchor a running session. After a step or a suspend, a
/// successor session starts with its own anchor (INV-TICK-MONOTONIC-UTC-ANCHOR-001).
public struct SessionEpoch: Hashable, Sendable, BitwiseCopyable {
    /// The schedule's UTC at tick 0. Fences are counted from it.
    public let utc: UTCInstant
    /// Where `utc` came from.
    public let utcSource: UTCSource
    /// CLOCK_REALTIME at tick 0; the same as `utc` unless `utc` came from a better source than the host.
    public let hostUTC: UTCInstant
    /// CLOCK_MONOTONIC at tick 0. Deadlines are counted from it. Negative if tick 0 of a given grid lies before the
    /// host's boot.
    public let monotonic: MonotonicInstant
    /// How far `hostUTC` and `monotonic` may be from one instant: half the width of the narrowest bracketed read.
    public let uncertainty: Nanoseconds
    /// TAI − UTC at the epoch, and its source.
    public let taiOffset: TAIOffset?
    /// The alignment of the epoch.
    public let alignment: Alignment
    /// The ST 2059-1 index of tick 0, under that alignment.
    public let alignmentIndex: Int64?

    public init(
        utc: UTCInstant, utcSource: UTCSource, hostUTC: UTCInstant, monotonic: MonotonicInstant,
        uncertainty: Nanoseconds, taiOffset: TAIOffset? = nil, alignment: Alignment = .none,
        alignmentIndex: Int64? = nil
    ) {
        self.utc = utc
        self.utcSource = utcSource
        self.hostUTC = hostUTC
        self.monotonic = monotonic
        self.uncertainty = uncertainty
        self.taiOffset = taiOffset
        self.alignment = alignment
        self.alignmentIndex = alignmentIndex
    }

    /// The epoch in whole UTC milliseconds, rounded down.
    public var utcMilliseconds: Int64 {
        let (quotient, remainder) = utc.nanoseconds.quotientAndRemainder(dividingBy: 1_000_000)
        return remainder < 0 ? quotient - 1 : quotient
    }

    /// Whether `utcMilliseconds` is exactly the epoch. That is so under the alignments `none` and
    /// `second`; points of ST 2059-1 and given grids mostly fall between milliseconds.
    public var isExactInMilliseconds: Bool { utc.nanoseconds % 1_000_000 == 0 }
}
