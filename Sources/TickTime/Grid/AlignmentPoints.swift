// Alignment points of SMPTE ST 2059-1: point i of a rate lies at i / rate after the SMPTE epoch,
// 1970-01-01T00:00:00 TAI, on every host. In whole nanoseconds, with P = 10⁹ · den and h = ⌊num/2⌋,
//
//     point(i) = ⌊(i·P + h) / num⌋              to nearest, halves up
//     index(t) = ⌊((t + 1)·num − h − 1) / P⌋    the largest i with point(i) ≤ t
//
// The inverse follows in the same way as for deadlines: point(i) ≤ t ⟺ i·P + h < (t + 1)·num. So index(point(i)) = i
// for every point. ⌊t·num / P⌋, the frame of the exact instant, does not have this property: where a point was
// rounded *down*, its own nanosecond lies before the exact instant, and the formula would name the previous frame.
//
// The first point not before t is found in the same way: point(i) ≥ t ⟺ i·P + h ≥ t·num, so i = ⌈(t·num − h) / P⌉.
//
// Times before 1970 are negative, and all divisions round towards −∞. i·P needs 126 bits.

extension FrameRate {
    /// The alignment of a TAI instant (SMPTE ST 2059-1): the largest index whose point is not after the
    /// instant, and the next point, that of `index + 1`. Points are whole nanoseconds
    /// (`alignmentPoint(_:)`), so each point has its own index. Before 1970 the index is negative.
    ///
    /// - Throws: `TickTimeError.alignmentPointOutOfRange` where the next point exceeds the range of
    ///   `TAIInstant` (year 2262).
    /// - Complexity: O(1), two 128-bit divisions.
    public func alignment(at tai: TAIInstant) throws(TickTimeError) -> (index: Int64, nextPoint: TAIInstant) {
        let numerator = Int128(numerator)
        let index = Self.quotientRoundedDown(
            (Int128(tai.nanoseconds) + 1) * numerator - numerator / 2 - 1, Int128(nanosecondsTimesDenominator))
        return (Int64(index), try alignmentPoint(Int64(index) + 1))
    }

    /// The instant of alignment point `index`: `index / rate`, to nearest ns, halves up.
    ///
    /// - Throws: `TickTimeError.alignmentPointOutOfRange` outside the range of `TAIInstant` (the
    ///   years 1677 to 2262).
    public func alignmentPoint(_ index: Int64) throws(TickTimeError) -> TAIInstant {
        let numerator = Int128(numerator)
        let point = Self.quotientRoundedDown(
            Int128(index) * Int128(nanosecondsTimesDenominator) + numerator / 2, numerator)
        guard let nanoseconds = Int64(exactly: point) else {
            throw .alignmentPointOutOfRange(index: index, rate: self)
        }
        return TAIInstant(nanoseconds: nanoseconds)
    }

    /// The first alignment point, in whole nanoseconds, that is not before `tai`, and its index.
    ///
    /// A point counts as the first that is not before its own instant, even if rounding put that instant before the
    /// exact one.
    ///
    /// - Throws: `TickTimeError.alignmentPointOutOfRange` where it exceeds the range of
    ///   `TAIInstant` (year 2262).
    public func firstAlignmentPoint(
        notBefore tai: TAIInstant
    ) throws(TickTimeError) -> (index: Int64, point: TAIInstant) {
        let period = Int128(nanosecondsTimesDenominator)
        let numerator = Int128(numerator)
        let index = Self.quotientRoundedDown(
            Int128(tai.nanoseconds) * numerator - numerator / 2 + period - 1, period)
        return (Int64(index), try alignmentPoint(Int64(index)))
    }

    /// The quotient rounded towards −∞, also for a negative dividend.
    static func quotientRoundedDown(_ dividend: Int128, _ divisor: Int128) -> Int128 {
        let (quotient, remainder) = dividend.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
