public import TickTime

// How fast CLOCK_MONOTONIC runs against the oscillator.
//
// The kernel slews CLOCK_MONOTONIC together with UTC: ntpd by up to 500 ppm, chrony by up to 83 333 ppm
// (maxslewrate). The divergence of the two does not show this, because both change together. Yet every tick then
// drifts by that rate against any other clock: at 83 333 ppm, by 83 ms a second. CLOCK_MONOTONIC_RAW is the same
// oscillator without the slew, so
//
//     rate = (Δmonotonic − Δraw) / Δraw.
//
// Both clocks stand still in suspend. Each reading of RAW is bracketed by two of MONOTONIC, so Δmonotonic between the
// instants at which RAW was read is known to the sum of the two half-brackets, and the rate to that sum divided by
// Δraw. RAW itself is as wrong as the oscillator (tens of ppm). This code cannot find that, and does not need to.
//
// The grid does not change: the rate is only reported, and a rate certainly above the limit is an incident.

/// Watches the rate of CLOCK_MONOTONIC against CLOCK_MONOTONIC_RAW, once a second.
public struct MonotonicRate: Sendable {
    /// The rate between two readings.
    public struct Interval: Hashable, Sendable, BitwiseCopyable {
        /// (Δmonotonic − Δraw) / Δraw in parts per billion, to nearest, halves away from 0;
        /// positive when CLOCK_MONOTONIC is fast. 1000 is 1 ppm.
        public let partsPerBillion: Int64
        /// The true rate differs from it by no more than this.
        public let bound: Int64
        /// How long the interval was, on CLOCK_MONOTONIC_RAW.
        public let length: Nanoseconds
        /// The interval's end.
        public let end: MonotonicInstant

        public init(partsPerBillion: Int64, bound: Int64, length: Nanoseconds, end: MonotonicInstant) {
            self.partsPerBillion = partsPerBillion
            self.bound = bound
            self.length = length
            self.end = end
        }

        /// The least magnitude of the rate that is certain, in parts per billion; 0 or below if the rate may be
        /// exact.
        public var certainMagnitude: Int64 {
            Int64(clamping: Int128(partsPerBillion.magnitude) - Int128(bound))
        }
    }

    /// The rate above which an interval is an incident: 500 ppm, the most that ntpd and the
    /// kernel's own discipline slew.
    public static let defaultLimit: Int64 = 500_000

    /// The limit in parts per billion.
    public let limit: Int64
    /// How many intervals were measured.
    public private(set) var count = 0
    /// How many intervals certainly exceeded the limit.
    public private(set) var incidents = 0
    /// The last interval that certainly exceeded the limit.
    public private(set) var lastIncident: Interval?
    /// The interval of the greatest *certain* magnitude, the earliest of equals: a long bracket makes a rate
    /// uncertain, not bad.
    public private(set) var worst: Interval?
    /// The last interval.
    public private(set) var last: Interval?

    private struct Reading {
        let monotonic: MonotonicInstant
        let raw: RawInstant
        let uncertainty: Nanoseconds
    }
    private var previous: Reading?

    /// - Parameter limit: in parts per billion; not negative.
    public init(limit: Int64 = MonotonicRate.defaultLimit) {
        precondition(limit >= 0, "the limit of the monotonic rate is negative: \(limit) ppb")
        self.limit = limit
    }

    /// Takes one reading. Returns the rate since the one before; `nil` for the first, and while CLOCK_MONOTONIC_RAW
    /// has not moved.
    ///
    /// - Parameters:
    ///   - monotonic: the middle of two readings of CLOCK_MONOTONIC around `raw`.
    ///   - raw: CLOCK_MONOTONIC_RAW.
    ///   - uncertainty: half the distance of those two readings, rounded up; not negative.
    /// - Precondition: readings come in the order in which they were made.
    public mutating func observe(
        monotonic: MonotonicInstant, raw: RawInstant, uncertainty: Nanoseconds
    ) -> Interval? {
        precondition(uncertainty >= .zero, "the uncertainty of a clock reading is negative: \(uncertainty.count) ns")
        let reading = Reading(monotonic: monotonic, raw: raw, uncertainty: uncertainty)
        guard let previous else {
            self.previous = reading
            return nil
        }
        precondition(
            previous.monotonic <= monotonic && previous.raw <= raw,
            "CLOCK_MONOTONIC or its RAW fell between two readings, or they were observed out of order"
        )
        guard previous.raw < raw else { return nil }
        self.previous = reading

        let elapsed = Int128(raw.nanoseconds) - Int128(previous.raw.nanoseconds)
        let bent = Int128(monotonic.nanoseconds) - Int128(previous.monotonic.nanoseconds) - elapsed
        // 2 ns for reading in whole nanoseconds, and 1 ppb for the rounding of the rate itself.
        let unknown = Int128(uncertainty.count) + Int128(previous.uncertainty.count) + 2
        let interval = Interval(
            partsPerBillion: Int64(clamping: Self.nearest(bent * 1_000_000_000, over: elapsed)),
            bound: Int64(clamping: (unknown * 1_000_000_000 + elapsed - 1) / elapsed + 1),
            length: Nanoseconds(Int64(clamping: elapsed)),
            end: monotonic
        )
        tally(interval)
        return interval
    }

    private mutating func tally(_ interval: Interval) {
        count += 1
        last = interval
        if worst.map({ interval.certainMagnitude > $0.certainMagnitude }) ?? true { worst = interval }
        if interval.certainMagnitude > limit {
            incidents += 1
            lastIncident = interval
        }
    }

    /// `dividend / divisor` to nearest, halves away from 0; `divisor` > 0.
    private static func nearest(_ dividend: Int128, over divisor: Int128) -> Int128 {
        let half = divisor / 2
        return dividend < 0 ? -((-dividend + half) / divisor) : (dividend + half) / divisor
    }
}
