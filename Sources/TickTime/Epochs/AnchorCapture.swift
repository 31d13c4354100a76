// The monotonic clock and UTC, read at "one instant".
//
// No call reads two clocks at once, so UTC is read between two readings of the monotonic clock. The UTC reading
// belongs to some instant of that bracket. The code takes the middle; the error is then at most half the width. Of
// many readings the narrowest is kept, because nothing else happened during it.
//
//     before ──── utc ──── after        utc − monotonic ∈ [utc − after, utc − before]
//
// What can go wrong: something sets the wall clock between two readings. Then the readings before and after the step
// cannot share one difference: their intervals have no common point. The kept reading might show the old time, so the
// caller repeats the capture. (A step smaller than the width of the brackets stays hidden, within the stated
// uncertainty.)

/// UTC read between two readings of the monotonic clock.
public struct BracketedReading: Hashable, Sendable, BitwiseCopyable {
    public let before: MonotonicInstant
    public let utc: UTCInstant
    public let after: MonotonicInstant

    /// - Precondition: `before ≤ after`, as a monotonic clock has it.
    public init(before: MonotonicInstant, utc: UTCInstant, after: MonotonicInstant) {
        precondition(before <= after, "the monotonic clock fell between two readings")
        self.before = before
        self.utc = utc
        self.after = after
    }

    /// How long the reading took.
    var width: Nanoseconds { after - before }
}

/// One instant, named on the monotonic clock and on the host's UTC.
public struct AnchorReading: Hashable, Sendable, BitwiseCopyable {
    /// The middle of the bracket.
    public let monotonic: MonotonicInstant
    /// CLOCK_REALTIME, read somewhere within the bracket.
    public let utc: UTCInstant
    /// How far `utc` and `monotonic` may be from one instant: half the bracket's width, rounded up.
    public let uncertainty: Nanoseconds

    public init(monotonic: MonotonicInstant, utc: UTCInstant, uncertainty: Nanoseconds) {
        self.monotonic = monotonic
        self.utc = utc
        self.uncertainty = uncertainty
    }
}

/// The result of a series of bracketed readings.
public enum AnchorCapture: Hashable, Sendable, BitwiseCopyable {
    /// The narrowest bracket's reading.
    case captured(AnchorReading)
    /// Something set the wall clock during the readings, forwards (positive) or backwards, by at least this much. The
    /// caller repeats the capture, and limits how often.
    case wallClockStepped(atLeast: Nanoseconds)

    /// The fewest readings that make an anchor.
    public static let minimumReadings = 16

    /// Readings are rounded to whole nanoseconds, which can separate two intervals that touch.
    private static let roundingAllowance = Nanoseconds(2)

    /// The reading of the narrowest bracket (the first, if several are equal), unless something set the wall clock
    /// during the readings.
    ///
    /// - Parameter readings: in the order in which they were taken.
    /// - Precondition: at least 16 readings.
    public static func narrowest(of readings: Span<BracketedReading>) -> AnchorCapture {
        precondition(readings.count >= minimumReadings, "an anchor takes at least \(minimumReadings) readings")
        var (narrowest, highestLower, lowestUpper) = (0, 0, 0)
        for index in readings.indices {
            if readings[index].width < readings[narrowest].width { narrowest = index }
            if readings[index].lowestDifference > readings[highestLower].lowestDifference { highestLower = index }
            if readings[index].highestDifference < readings[lowestUpper].highestDifference { lowestUpper = index }
        }
        let gap = readings[highestLower].lowestDifference - readings[lowestUpper].highestDifference
        guard gap <= roundingAllowance else {
            return .wallClockStepped(atLeast: highestLower > lowestUpper ? gap : -gap)
        }
        let kept = readings[narrowest]
        return .captured(
            AnchorReading(
                monotonic: kept.before + Nanoseconds(kept.width.count / 2),
                utc: kept.utc,
                uncertainty: Nanoseconds(kept.width.count / 2 + kept.width.count % 2)))
    }
}

extension BracketedReading {
    /// The ends of the interval that contains UTC − monotonic: lengths between the clocks' origins, so that readings
    /// from different moments can be compared.
    fileprivate var lowestDifference: Nanoseconds { Nanoseconds(utc.nanoseconds - after.nanoseconds) }
    fileprivate var highestDifference: Nanoseconds { Nanoseconds(utc.nanoseconds - before.nanoseconds) }
}
