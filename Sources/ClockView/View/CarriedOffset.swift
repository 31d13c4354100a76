// The value of a source at one monotonic instant gives its value at another: the difference of the two samples is
// kept, and added to a later monotonic sample. There are three ways to keep it, all in exact integers. The
// uncertainty of a pair of samples is the sum of both. A view does not know how far the monotonic clock drifts
// between two samples, and adds nothing for it.

internal import ClusterClock
internal import TickTime

/// The known difference between a source's value and the monotonic clock's.
protocol CarriedOffset {
    /// Takes a sample of the source, and the last monotonic sample before it.
    mutating func learn(_ sample: ClockView.Sample, at monotonic: ClockView.Sample)
    /// The source's value at a monotonic sample, and its uncertainty; `nil` while nothing is known.
    func value(at monotonic: ClockView.Sample) -> (value: Int128, uncertainty: UInt128)?
    /// The monotonic samples now come from another clock (a new boot).
    mutating func forget()
}

extension ClockView.Sample {
    /// The source's value − the monotonic value, and its uncertainty, at least 1 ns.
    fileprivate func offset(from monotonic: ClockView.Sample) -> (offset: Int128, uncertainty: UInt128) {
        (
            Int128(valueNanoseconds) - Int128(monotonic.valueNanoseconds),
            max(1, UInt128(uncertaintyNanoseconds) + UInt128(monotonic.uncertaintyNanoseconds))
        )
    }
}

/// The last pair only.
struct AnchoredOffset: CarriedOffset, Hashable, Sendable, BitwiseCopyable {
    private struct Anchor: Hashable, BitwiseCopyable {
        let sample: ClockView.Sample
        let monotonic: ClockView.Sample
    }
    private var anchor: Anchor?

    mutating func learn(_ sample: ClockView.Sample, at monotonic: ClockView.Sample) {
        anchor = Anchor(sample: sample, monotonic: monotonic)
    }

    func value(at monotonic: ClockView.Sample) -> (value: Int128, uncertainty: UInt128)? {
        guard let anchor else { return nil }
        let (offset, _) = anchor.sample.offset(from: anchor.monotonic)
        let uncertainty =
            UInt128(anchor.sample.uncertaintyNanoseconds) + UInt128(anchor.monotonic.uncertaintyNanoseconds)
        // At the instant of the pair itself, the sample is used as it is.
        let carried = monotonic == anchor.monotonic ? 0 : UInt128(monotonic.uncertaintyNanoseconds)
        return (offset + Int128(monotonic.valueNanoseconds), uncertainty + carried)
    }

    mutating func forget() { anchor = nil }
}

/// The mean of all pairs, each weighted by the inverse of its variance. For independent errors this mean is the best
/// estimate, and its variance is the inverse of the sum of the weights. An error that all samples share stays in the
/// mean, and does not show in its variance.
///
/// A weight is 2⁹⁶/σ² (σ in ns, the pair's uncertainty), rounded down; above 4.3 s, where it is 2³², all
/// uncertainties have the same weight. Sums have 128 bits; before one would overflow, both are halved. So a mean is
/// off by less than a nanosecond for each 4.3 s by which its samples differ.
struct WeightedOffset: CarriedOffset, Hashable, Sendable, BitwiseCopyable {
    /// The first pair's offset; the others are counted from it.
    private var reference: Int128 = 0
    private var weights: UInt128 = 0
    private var weighted: Int128 = 0
    /// How many times the sums were halved.
    private var halvings: Int = 0
    /// The mean and its uncertainty.
    private var mean: Int128 = 0
    private var deviation: UInt128 = 0

    mutating func learn(_ sample: ClockView.Sample, at monotonic: ClockView.Sample) {
        let (offset, uncertainty) = sample.offset(from: monotonic)
        if weights == 0 { reference = offset }
        let sigma = min(uncertainty, 1 << 32)
        let full: UInt128 = (1 << 96) / (sigma * sigma)
        adding: while true {
            let weight = max(1, full >> UInt128(halvings))
            let (product, first) = Int128(weight).multipliedReportingOverflow(by: offset - reference)
            let (sum, second) = weighted.addingReportingOverflow(product)
            let (total, third) = weights.addingReportingOverflow(weight)
            if !first, !second, !third {
                (weighted, weights) = (sum, total)
                break adding
            }
            halvings += 1
            weighted /= 2
            weights = max(1, weights / 2)
        }
        mean = reference + Self.nearest(weighted, over: Int128(clamping: weights))
        let variance = halvings < 96 ? Self.roundedUp(1 << (96 - halvings), over: weights) : 1
        deviation = UInt128(Self.rootRoundedUp(UInt64(clamping: variance)))
    }

    func value(at monotonic: ClockView.Sample) -> (value: Int128, uncertainty: UInt128)? {
        guard weights > 0 else { return nil }
        return (mean + Int128(monotonic.valueNanoseconds), deviation + UInt128(monotonic.uncertaintyNanoseconds))
    }

    mutating func forget() { self = WeightedOffset() }

    /// To nearest, halves up; `divisor` > 0.
    private static func nearest(_ dividend: Int128, over divisor: Int128) -> Int128 {
        var (quotient, remainder) = dividend.quotientAndRemainder(dividingBy: divisor)
        if remainder < 0 {
            quotient -= 1
            remainder += divisor
        }
        return remainder >= divisor - remainder ? quotient + 1 : quotient
    }

    private static func roundedUp(_ dividend: UInt128, over divisor: UInt128) -> UInt128 {
        let (quotient, remainder) = dividend.quotientAndRemainder(dividingBy: divisor)
        return remainder == 0 ? quotient : quotient + 1
    }

    /// The least whole number whose square is not below `value`, by Newton's iteration from above.
    private static func rootRoundedUp(_ value: UInt64) -> UInt64 {
        guard value > 1 else { return value }
        var root: UInt64 = 1 << UInt64((65 - value.leadingZeroBitCount) / 2)
        while true {
            let next = (root + value / root) / 2
            if next >= root { break }
            root = next
        }
        // Rounded down up to here.
        return root.multipliedReportingOverflow(by: root).partialValue == value ? root : root + 1
    }
}

/// The interval that more than half of the last claims share (`Marzullo.smallest`): its middle, ± half its width.
struct ClaimedOffset: CarriedOffset, Hashable, Sendable {
    static let limit = 15
    /// The distance that ends of intervals keep from the edge of an interval's range.
    private static let reach: Int128 = 1 << 60

    private struct Claim: Hashable, BitwiseCopyable {
        let offset: Int128
        let uncertainty: UInt128
    }
    private var claims: [Claim] = []
    private var next = 0
    private var common: Claim?

    mutating func learn(_ sample: ClockView.Sample, at monotonic: ClockView.Sample) {
        let (offset, uncertainty) = sample.offset(from: monotonic)
        let claim = Claim(offset: offset, uncertainty: uncertainty)
        if claims.count < Self.limit { claims.append(claim) } else { claims[next] = claim }
        next = (next + 1) % Self.limit
        // The last agreement is the most likely place of the next one.
        if let origin = common?.offset, let found = agree(around: origin) {
            common = found
        } else {
            common = agree(around: middle)
        }
    }

    /// Claims are compared by their distance from an origin, by default the middle claim. A claim 36 years or more
    /// from the origin cannot agree with a majority, so it counts as disagreement.
    private func agree(around origin: Int128) -> Claim? {
        var intervals = InlineArray<15, OffsetInterval>(repeating: .ours)
        var count = 0
        for claim in claims {
            let (distance, uncertainty) = (claim.offset - origin, Int128(claim.uncertainty))
            let (lower, upper) = (max(distance - uncertainty, -Self.reach), min(distance + uncertainty, Self.reach))
            guard lower <= upper else { continue }
            intervals[count] = OffsetInterval(Nanoseconds(Int64(lower)), Nanoseconds(Int64(upper)))
            count += 1
        }
        let smallest = Marzullo.smallest(of: intervals.span.extracting(0..<count))
        guard 2 * smallest.sources > claims.count else { return nil }
        let (lower, width) = (Int128(smallest.interval.lower.count), Int128(smallest.interval.width.count))
        return Claim(offset: origin + lower + width / 2, uncertainty: UInt128((width + 1) / 2))
    }

    /// The median offset; for an even number of claims, the higher of the two in the middle.
    private var middle: Int128 {
        var sorted = InlineArray<15, Int128>(repeating: 0)
        for (count, claim) in claims.enumerated() {
            var place = count
            while place > 0, sorted[place - 1] > claim.offset {
                sorted[place] = sorted[place - 1]
                place -= 1
            }
            sorted[place] = claim.offset
        }
        return sorted[claims.count / 2]
    }

    func value(at monotonic: ClockView.Sample) -> (value: Int128, uncertainty: UInt128)? {
        guard let common else { return nil }
        return (
            common.offset + Int128(monotonic.valueNanoseconds),
            common.uncertainty + UInt128(monotonic.uncertaintyNanoseconds)
        )
    }

    mutating func forget() { self = ClaimedOffset() }
}
