// A source's value at one monotonic instant says what it is at another: the difference of both, kept, is
// added to a later monotonic sample. Three ways to keep it, each in exact integers. A pair of samples is as
// uncertain as both together; how far the monotonic clock drifts between two samples, a view does not know,
// and adds nothing for it.

internal import ClusterClock
internal import TickTime

/// What is known of a source's value − the monotonic clock's.
protocol CarriedOffset {
    /// Takes a sample of the source, and the monotonic one before it.
    mutating func learn(_ sample: ClockView.Sample, at monotonic: ClockView.Sample)
    /// The source's value at a monotonic sample, and its uncertainty; `nil` while nothing is known.
    func value(at monotonic: ClockView.Sample) -> (value: Int128, uncertainty: UInt128)?
    /// The monotonic clock is another than before.
    mutating func forget()
}

extension ClockView.Sample {
    /// Its value − a monotonic one's, and how uncertain that is, at least 1 ns.
    fileprivate func offset(from monotonic: ClockView.Sample) -> (offset: Int128, uncertainty: UInt128) {
        (
            Int128(valueNanoseconds) - Int128(monotonic.valueNanoseconds),
            max(1, UInt128(uncertaintyNanoseconds) + UInt128(monotonic.uncertaintyNanoseconds))
        )
    }
}

/// The last pair alone.
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
        // At the pair's own instant nothing is carried.
        let carried = monotonic == anchor.monotonic ? 0 : UInt128(monotonic.uncertaintyNanoseconds)
        return (offset + Int128(monotonic.valueNanoseconds), uncertainty + carried)
    }

    mutating func forget() { anchor = nil }
}

/// The mean of all pairs, each weighted by the inverse of its variance: of independent errors the mean is the
/// best that can be made, and its variance is the inverse of the weights' sum. An error that all samples
/// share is in the mean as well, and not in its variance.
///
/// A weight is 2⁹⁶/σ² (σ in ns, the pair's uncertainty), rounded down; above 4.3 s, where it is 2³², all
/// uncertainties weigh alike. Sums are of 128 bits; before one would overflow, both are halved. So a mean is
/// off by less than a nanosecond for each 4.3 s by which its samples differ.
struct WeightedOffset: CarriedOffset, Hashable, Sendable, BitwiseCopyable {
    /// The first pair's offset, from which the others are counted.
    private var reference: Int128 = 0
    private var weights: UInt128 = 0
    private var weighted: Int128 = 0
    /// How often the sums were halved.
    private var halvings: Int = 0
    /// What they come to.
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
        // Rounded down so far.
        return root.multipliedReportingOverflow(by: root).partialValue == value ? root : root + 1
    }
}

/// What more than half of the last claims have in common (`Marzullo.smallest`): its middle, ± half its width.
struct ClaimedOffset: CarriedOffset, Hashable, Sendable {
    static let limit = 15
    /// Ends of intervals stay so far from the edge of what an interval can hold.
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
        // Where they agreed last is most likely where they agree now.
        if let origin = common?.offset, let found = agree(around: origin) {
            common = found
        } else {
            common = agree(around: middle)
        }
    }

    /// Claims are compared by how far they are from an origin, the one in the middle if there is no better.
    /// What is 36 years away from that is nothing that a majority could say, and counts as one that says
    /// something else.
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

    /// The offset in the middle of all; of an even number the higher of the two there.
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
