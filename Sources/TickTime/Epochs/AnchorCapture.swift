// The monotonic clock and UTC, read at "one instant".
//
// No call reads two clocks at once, so UTC is read between two readings of the monotonic clock. It
// belongs to some instant of that bracket: the middle is taken, and half the width is the most that
// can be wrong. Of many readings the narrowest is kept: nothing else happened in it.
//
//     before ──── utc ──── after        utc − monotonic ∈ [utc − after, utc − before]
//
// What can go wrong: the wall clock is set in the meantime. Then the readings from before and after
// the step cannot all be true of one difference: their intervals share no point. The kept reading
// might then be of the old time, so the capture is to be repeated. (A step smaller than the brackets
// are wide stays hidden, within the stated uncertainty.)

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

    /// How long it took.
    var width: Nanoseconds { after - before }
}

/// One instant, named on the monotonic clock and on the host's UTC.
public struct AnchorReading: Hashable, Sendable, BitwiseCopyable {
    /// The middle of the bracket.
    public let monotonic: MonotonicInstant
    /// CLOCK_REALTIME, read somewhere within the bracket.
    public let utc: UTCInstant
    /// How far apart the two may be: half the bracket's width, rounded up.
    public let uncertainty: Nanoseconds

    public init(monotonic: MonotonicInstant, utc: UTCInstant, uncertainty: Nanoseconds) {
        self.monotonic = monotonic
        self.utc = utc
        self.uncertainty = uncertainty
    }
}

/// What a series of bracketed readings says.
public enum AnchorCapture: Hashable, Sendable, BitwiseCopyable {
    /// The narrowest bracket's reading.
    case captured(AnchorReading)
    /// The wall clock was set during the readings, forwards (positive) or backwards, by at least so
    /// much. Left to be repeated by the caller, who bounds how often.
    case wallClockStepped(atLeast: Nanoseconds)

    /// Fewer readings do not make an anchor.
    public static let minimumReadings = 16

    /// Rounding of the clocks' readings to whole nanoseconds, which may part two intervals that touch.
    private static let roundingAllowance = Nanoseconds(2)

    /// The reading of the narrowest bracket (the first of equals), unless the wall clock was set in
    /// the meantime.
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
    /// The ends of what UTC − monotonic may be: lengths between origins, so that readings of
    /// different moments can be compared.
    fileprivate var lowestDifference: Nanoseconds { Nanoseconds(utc.nanoseconds - after.nanoseconds) }
    fileprivate var highestDifference: Nanoseconds { Nanoseconds(utc.nanoseconds - before.nanoseconds) }
}
