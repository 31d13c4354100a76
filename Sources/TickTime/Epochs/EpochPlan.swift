// Chooses where tick 0 will lie: on the first instant of the alignment that is far enough ahead.
//
// The epoch is a *future* instant, so that the loop already waits when it comes and tick 0 is not late from the
// beginning. The plan moves all anchors of one reading by the same length, so they still name one instant: the kernel
// slews CLOCK_REALTIME and CLOCK_MONOTONIC together, so a second has the same length on both, and only a step
// separates them.
//
// What can go wrong: most alignment points of ST 2059-1 fall between two nanoseconds. The epoch is the rounded
// instant, at most half a nanosecond off. `FrameRate.alignment(at:)` gives the index of the point for that instant;
// the epoch records it.

extension SessionEpoch {
    /// The least time from the capture to the epoch: 20 ms.
    public static let leastLead = Nanoseconds.milliseconds(20)

    /// The epoch of a session whose clocks read `reading`: the first whole millisecond or second of
    /// UTC, or alignment point, that is at least 20 ms after the reading. All anchors name that
    /// instant.
    ///
    /// - Parameters:
    ///   - reading: the host's clocks at one instant.
    ///   - rate: the rate whose alignment points `st2059` uses.
    ///   - alignment: which instants are allowed.
    ///   - utcSource: where the schedule's UTC came from.
    ///   - utcCorrection: the schedule's UTC − the host's UTC; zero unless a better source than the host
    ///     gave the time. `utc` is aligned, `hostUTC` differs from it by the correction.
    ///   - taiOffset: TAI − UTC, recorded in the epoch; `st2059` needs it.
    ///   - notBefore: the earliest allowed epoch in the schedule's UTC, such as the
    ///     fence at which a successor takes over; `nil` for the first instant that is 20 ms ahead.
    /// - Throws: `TickTimeError.alignmentNeedsTAIOffset`; `.instantOutOfRange` and
    ///   `.alignmentPointOutOfRange` near the ends of the clocks' ranges.
    public static func plan(
        reading: AnchorReading, rate: FrameRate, alignment: Alignment, utcSource: UTCSource,
        utcCorrection: Nanoseconds = .zero, taiOffset: TAIOffset?, notBefore: UTCInstant? = nil
    ) throws(TickTimeError) -> SessionEpoch {
        let now = UTCInstant(nanoseconds: try sum(reading.utc.nanoseconds, utcCorrection.count))
        let soonest = UTCInstant(nanoseconds: try sum(now.nanoseconds, leastLead.count))
        let earliest = notBefore.map { max($0, soonest) } ?? soonest
        let utc: UTCInstant
        var index: Int64?
        switch alignment {
        case .none: utc = try firstMultiple(of: .milliseconds(1), notBefore: earliest)
        case .second: utc = try firstMultiple(of: .seconds(1), notBefore: earliest)
        case .st2059:
            guard let taiOffset else { throw .alignmentNeedsTAIOffset }
            let tai = TAIInstant(nanoseconds: try earliest.nanoseconds.adding(seconds: taiOffset.seconds))
            let first = try rate.firstAlignmentPoint(notBefore: tai)
            utc = UTCInstant(nanoseconds: try first.point.nanoseconds.adding(seconds: -taiOffset.seconds))
            index = first.index
        }
        let (lead, overflow) = utc.nanoseconds.subtractingReportingOverflow(now.nanoseconds)
        guard !overflow else { throw .instantOutOfRange(nanoseconds: utc.nanoseconds) }
        return SessionEpoch(
            utc: utc,
            utcSource: utcSource,
            hostUTC: UTCInstant(nanoseconds: try sum(reading.utc.nanoseconds, lead)),
            monotonic: MonotonicInstant(nanoseconds: try sum(reading.monotonic.nanoseconds, lead)),
            uncertainty: reading.uncertainty,
            taiOffset: taiOffset,
            alignment: alignment,
            alignmentIndex: index)
    }

    /// The first whole multiple of `unit` that is not before `instant`.
    private static func firstMultiple(
        of unit: Nanoseconds, notBefore instant: UTCInstant
    ) throws(TickTimeError) -> UTCInstant {
        let remainder = instant.nanoseconds % unit.count
        if remainder == 0 { return instant }
        let toNext = remainder > 0 ? unit.count - remainder : -remainder
        return UTCInstant(nanoseconds: try sum(instant.nanoseconds, toNext))
    }

    private static func sum(_ instant: Int64, _ length: Int64) throws(TickTimeError) -> Int64 {
        let (sum, overflow) = instant.addingReportingOverflow(length)
        guard !overflow else { throw .instantOutOfRange(nanoseconds: instant) }
        return sum
    }
}
