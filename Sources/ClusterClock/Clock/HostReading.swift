// Finds what happened to this host's clocks between two readings of all of them.
//
//     step     realtime moved against BOOTTIME, which a slew and a suspend change equally
//     suspend  BOOTTIME moved against MONOTONIC: nothing else causes that
//     slew     MONOTONIC ran at another rate than the raw oscillator, by more than the bound on drift
//     leap     the kernel's count of TAI − UTC changed, and with it a second of UTC was repeated or left out
//
// A disturbance smaller than the brackets of the readings is not reported.

public import TickTime

/// All clocks of a host, read together.
public struct HostReading: Hashable, Sendable, BitwiseCopyable {
    public var boot: BootInstant
    public var monotonic: MonotonicInstant
    /// CLOCK_MONOTONIC_RAW, since boot.
    public var raw: Nanoseconds
    public var realtime: UTCInstant
    /// Half the distance between the first and the last of the readings, rounded up.
    public var halfBracket: Nanoseconds
    /// TAI − UTC as the kernel counts it; 0 if nobody has set it.
    public var taiOffset: Int32

    /// - Precondition: `halfBracket` is not negative.
    public init(
        boot: BootInstant, monotonic: MonotonicInstant, raw: Nanoseconds, realtime: UTCInstant,
        halfBracket: Nanoseconds = .zero, taiOffset: Int32 = 0
    ) {
        precondition(halfBracket >= .zero, "a bracket is not negative")
        self.boot = boot
        self.monotonic = monotonic
        self.raw = raw
        self.realtime = realtime
        self.halfBracket = halfBracket
        self.taiOffset = taiOffset
    }
}

extension HostReading {
    /// The clocks as they were read one after another, in the order of the arguments.
    ///
    /// Of each pair of clocks that are compared, one counts as read in the middle of the bracket. For the raw clock and
    /// BOOTTIME that is MONOTONIC. CLOCK_REALTIME is compared with BOOTTIME, which is always read after it: what it
    /// showed at that moment lies between its reading and that plus the whole bracket, so the middle is taken.
    package init(
        monotonic before: MonotonicInstant, realtime: UTCInstant, boot: BootInstant, raw: Nanoseconds,
        monotonicAgain after: MonotonicInstant, taiOffset: Int32
    ) {
        let half = max(.zero, after -| before).halfRoundedUp
        self.init(
            boot: boot, monotonic: before +| half, raw: raw, realtime: realtime +| half, halfBracket: half,
            taiOffset: taiOffset)
    }
}

/// Finds disturbances of one host's clocks.
struct HostWatch: Sendable {
    private(set) var last: HostReading
    /// The reading from which the rate against the raw oscillator is measured.
    private var rateBase: HostReading
    private let driftBound: Int64

    /// The shortest time over which a rate is judged.
    static let rateInterval = Nanoseconds.milliseconds(250)

    struct Findings: BitwiseCopyable {
        /// Forward is positive.
        var step: Nanoseconds?
        var suspend: Nanoseconds?
        /// The rate beyond the bound, in parts per billion. Positive means fast.
        var slew: Int64?
        var isLeapSecond = false
    }

    init(_ reading: HostReading, driftBound: Int64) {
        (last, rateBase, self.driftBound) = (reading, reading, driftBound)
    }

    /// - Precondition: BOOTTIME has not fallen.
    mutating func take(_ reading: HostReading) -> Findings {
        precondition(reading.boot >= last.boot, "BOOTTIME fell")
        var findings = Findings()
        let bound = reading.halfBracket +| last.halfBracket +| Nanoseconds(2)
        let boot = reading.boot -| last.boot
        let step = (reading.realtime -| last.realtime) -| boot
        if step.magnitude > bound { findings.step = step }
        let suspend = boot -| (reading.monotonic -| last.monotonic)
        if suspend > bound { findings.suspend = suspend }
        findings.isLeapSecond = reading.taiOffset != last.taiOffset
        findings.slew = slew(reading)
        last = reading
        return findings
    }

    private mutating func slew(_ reading: HostReading) -> Int64? {
        let raw = reading.raw -| rateBase.raw
        guard raw >= Self.rateInterval else { return nil }
        let excess = (reading.monotonic -| rateBase.monotonic) -| raw
        let bound = reading.halfBracket +| rateBase.halfBracket +| Nanoseconds(2)
        rateBase = reading
        let rate = Int128(max(.zero, excess.magnitude -| bound).count) * 1_000_000_000 / Int128(raw.count)
        guard rate > Int128(driftBound) else { return nil }
        return Int64(clamping: Int128(excess.count) * 1_000_000_000 / Int128(raw.count))
    }
}
