public import TickTime

// How far the host's UTC has moved against the monotonic clock since the session's epoch:
//
//     utcDivergence = (utc − epoch.hostUTC) − (monotonic − epoch.monotonic),
//
// known to ± (this reading's uncertainty + the epoch's). It is only reported, never applied: the grid
// follows the monotonic clock, whatever UTC does.
//
// A slew does not show here. The kernel slews CLOCK_MONOTONIC and CLOCK_REALTIME together, so their difference stays
// the same to the nanosecond (`MonotonicRate` sees slews). A change of the divergence between two readings is
// therefore one of
//
//     a step:    someone set CLOCK_REALTIME, or the kernel inserted a leap second;
//     a suspend: CLOCK_MONOTONIC stood still, CLOCK_REALTIME and CLOCK_BOOTTIME went on.
//
// A suspend shows in BOOTTIME − MONOTONIC, which nothing else changes; the rest of the change is the step. With
// uncertainties q and q' of two readings, a change of the divergence, or of BOOTTIME − MONOTONIC, is known to ± (q +
// q' + 2 ns). After a suspend the step is taken from UTC − BOOTTIME instead. Each of the two is read anywhere in its
// bracket, so the step is known to ± (2q + 2q' + 2 ns).
//
// A change smaller than its bound is not reported. What can go wrong: two steps between readings can cancel each
// other, and are then not seen. And if a host takes longer to read two clocks than the suspend lasts, the suspend
// counts as a step.

/// One bracketed reading of the clocks: monotonic, then UTC and boot, then monotonic again.
public struct ClockReading: Hashable, Sendable, BitwiseCopyable {
    /// The middle of the two monotonic readings.
    public let monotonic: MonotonicInstant
    public let utc: UTCInstant
    public let boot: BootInstant
    /// Half the distance of the two monotonic readings, rounded up; not negative.
    public let uncertainty: Nanoseconds

    /// - Precondition: `uncertainty` is not negative.
    public init(monotonic: MonotonicInstant, utc: UTCInstant, boot: BootInstant, uncertainty: Nanoseconds) {
        precondition(uncertainty >= .zero, "the uncertainty of a clock reading is negative: \(uncertainty.count) ns")
        self.monotonic = monotonic
        self.utc = utc
        self.boot = boot
        self.uncertainty = uncertainty
    }
}

/// What found a step of CLOCK_REALTIME.
public enum UTCStepDetector: String, Hashable, Sendable, CaseIterable, BitwiseCopyable {
    /// A timerfd with TFD_TIMER_CANCEL_ON_SET: it reports at once, but only steps made through the kernel,
    /// and without their size.
    case timerfd
    /// The divergence, sampled: any step above its bound, with its size, at the next sample.
    case divergence
}

/// A step of one clock against another between two readings.
public struct ClockJump: Hashable, Sendable, BitwiseCopyable {
    public enum Kind: String, Hashable, Sendable, CaseIterable, BitwiseCopyable {
        /// CLOCK_REALTIME stepped; forward is positive.
        case step
        /// The host was suspended; always positive.
        case suspend
    }

    public let kind: Kind
    /// How far.
    public let size: Nanoseconds
    /// The true size differs from `size` by no more than this.
    public let bound: Nanoseconds
    /// The reading that showed it: it happened after the reading before.
    public let monotonic: MonotonicInstant
    /// UTC at that reading, after the step.
    public let utc: UTCInstant

    public init(kind: Kind, size: Nanoseconds, bound: Nanoseconds, monotonic: MonotonicInstant, utc: UTCInstant) {
        self.kind = kind
        self.size = size
        self.bound = bound
        self.monotonic = monotonic
        self.utc = utc
    }
}

/// Watches UTC against a session's epoch: how far they differ, and when one stepped.
public struct DivergenceMonitor: Sendable {
    /// The result of one reading.
    public struct Observation: Hashable, Sendable, BitwiseCopyable {
        /// `(utc − epoch.hostUTC) − (monotonic − epoch.monotonic)`: positive when UTC is ahead of
        /// where the grid puts it.
        public let utcDivergence: Nanoseconds
        /// The true divergence differs from it by no more than this.
        public let bound: Nanoseconds
        /// The step of UTC since the reading before, if one is certain.
        public let step: ClockJump?
        /// The suspend since the reading before, if one is certain. Both may occur together.
        public let suspend: ClockJump?
    }

    /// The steps or suspends so far.
    public struct Tally: Hashable, Sendable {
        /// How many.
        public private(set) var count = 0
        /// Their sum, with their signs.
        public private(set) var total = Nanoseconds.zero
        /// The one of greatest magnitude; the earliest of equals.
        public private(set) var largest: ClockJump?
        public private(set) var last: ClockJump?

        init() {}

        mutating func add(_ jump: ClockJump) {
            count += 1
            total = Nanoseconds(clamping: Int128(total.count) + Int128(jump.size.count))
            last = jump
            if let largest, largest.size.count.magnitude >= jump.size.count.magnitude { return }
            largest = jump
        }
    }

    public let epoch: SessionEpoch
    public private(set) var steps = Tally()
    public private(set) var suspends = Tally()
    /// The last observation; `nil` before the first.
    public private(set) var last: Observation?

    /// The reading that the next one is compared with; at first the epoch, where the divergence is 0.
    private var previousDivergence: Int128 = 0
    private var previousUncertainty: Int128
    private var previousMonotonic: MonotonicInstant?
    /// BOOTTIME − MONOTONIC. The epoch does not contain it, so a suspend between the epoch's capture and the first
    /// reading counts as a step.
    private var previousBootLead: Int128?

    public init(epoch: SessionEpoch) {
        self.epoch = epoch
        self.previousUncertainty = Int128(epoch.uncertainty.count)
    }

    /// Takes one reading, and returns its result.
    ///
    /// - Precondition: readings come in the order in which they were made.
    public mutating func observe(_ reading: ClockReading) -> Observation {
        precondition(
            previousMonotonic.map { $0 <= reading.monotonic } ?? true,
            "CLOCK_MONOTONIC fell between two readings, or they were observed out of order"
        )
        let uncertainty = Int128(reading.uncertainty.count)
        let monotonic = Int128(reading.monotonic.nanoseconds)
        let divergence =
            Int128(reading.utc.nanoseconds) - Int128(epoch.hostUTC.nanoseconds)
            - (monotonic - Int128(epoch.monotonic.nanoseconds))
        let bootLead = Int128(reading.boot.nanoseconds) - monotonic
        let brackets = uncertainty + previousUncertainty

        let slept = previousBootLead.map { bootLead - $0 } ?? 0
        let suspend = jump(.suspend, slept > 0 ? slept : 0, bound: brackets + 2, in: reading)
        let change = divergence - previousDivergence
        let step =
            suspend == nil
            ? jump(.step, change, bound: brackets + 2, in: reading)
            : jump(.step, change - slept, bound: 2 * brackets + 2, in: reading)

        if let step { steps.add(step) }
        if let suspend { suspends.add(suspend) }
        previousDivergence = divergence
        previousUncertainty = uncertainty
        previousMonotonic = reading.monotonic
        previousBootLead = bootLead

        let observation = Observation(
            utcDivergence: Nanoseconds(clamping: divergence),
            bound: Nanoseconds(clamping: uncertainty + Int128(epoch.uncertainty.count)),
            step: step,
            suspend: suspend
        )
        last = observation
        return observation
    }

    /// The jump, if its size is beyond its bound.
    private func jump(
        _ kind: ClockJump.Kind, _ size: Int128, bound: Int128, in reading: ClockReading
    ) -> ClockJump? {
        guard Int128(size.magnitude) > bound else { return nil }
        return ClockJump(
            kind: kind, size: Nanoseconds(clamping: size), bound: Nanoseconds(clamping: bound),
            monotonic: reading.monotonic, utc: reading.utc
        )
    }
}

extension Nanoseconds {
    /// A length computed in 128 bits. A length beyond 292 years, which needs a wall clock set to the end of its
    /// range, counts as 292 years.
    fileprivate init(clamping length: Int128) { self.init(Int64(clamping: length)) }
}
