// Alignment points of SMPTE ST 2059-1: point i of a rate lies at i / rate after the SMPTE epoch,
// 1970-01-01T00:00:00 TAI, on every host alike. Here, in whole nanoseconds,
//
//     point(i) = ⌊(i·P + h) / num⌋,   P = 10⁹ · den,  h = ⌊num/2⌋  (to nearest, halves up)
//     index(t) = ⌊t·num / P⌋          (the last point whose exact instant is not after t).
//
// What can go wrong: a point whose exact instant is rounded *down* has a nanosecond before that
// instant, where index is i − 1 still. Starting at index(t) + 1 from there would pass the point by,
// and two hosts would number their frames differently. So the first point not before t is looked
// for among the rounded points: point(i) ≥ t ⟺ i·P + h ≥ t·num, hence i = ⌈(t·num − h) / P⌉.
//
// Times before 1970 are negative, and all divisions round towards −∞. i·P needs 126 bits.

extension FrameRate {
    /// The alignment of a TAI instant (SMPTE ST 2059-1): `index = ⌊tai · rate⌋`, the number of the
    /// frame that the instant falls in, and the point at which the next begins, `(index + 1) / rate`
    /// to nearest ns, halves up. Before 1970 the index is negative.
    ///
    /// - Throws: `TickTimeError.alignmentPointOutOfRange` where the next point exceeds the range of
    ///   `TAIInstant` (year 2262).
    /// - Complexity: O(1), two 128-bit divisions.
    public func alignment(at tai: TAIInstant) throws(TickTimeError) -> (index: Int64, nextPoint: TAIInstant) {
        let index = Self.quotientRoundedDown(
            Int128(tai.nanoseconds) * Int128(numerator), Int128(nanosecondsTimesDenominator))
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
    /// A point is the first not before its own instant, also where rounding put that instant
    /// before the exact one.
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

    /// The quotient rounded towards −∞, of a negative dividend too.
    private static func quotientRoundedDown(_ dividend: Int128, _ divisor: Int128) -> Int128 {
        let (quotient, remainder) = dividend.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
