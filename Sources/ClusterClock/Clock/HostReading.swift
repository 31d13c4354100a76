// What happened to this host's clocks between two readings of them all.
//
//     step     realtime moved against BOOTTIME, which a slew bends alike and a suspend moves alike
//     suspend  BOOTTIME moved against MONOTONIC: nothing else does that
//     slew     MONOTONIC ran at another rate than the raw oscillator, by more than the bound on drift
//     leap     the kernel's count of TAI − UTC changed, and with it a second of UTC was repeated or left out
//
// Nothing smaller than the readings' brackets is claimed.

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

/// Finds disturbances of one host's clocks.
struct HostWatch: Sendable {
    private(set) var last: HostReading
    /// Where the rate against the raw oscillator is measured from.
    private var rateBase: HostReading
    private let driftBound: Int64

    /// Rates are judged over at least so much.
    static let rateInterval = Nanoseconds.milliseconds(250)

    struct Findings: BitwiseCopyable {
        /// Forward is positive.
        var step: Nanoseconds?
        var suspend: Nanoseconds?
        /// Beyond the bound; in parts per billion, fast is positive.
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
