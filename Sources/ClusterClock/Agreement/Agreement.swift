// Finds the time that a majority of a cluster's clocks agree on.
//
// Clocks that differ by a few milliseconds over a fast network have intervals that do not touch. So every interval
// is widened by an *allowance* ε on both sides, our own interval [0, 0] too. The allowance is the smallest whole
// number of nanoseconds, from 0 to half the tolerance, at which a strict majority of the cluster shares a point. The
// majority is counted among all members, so a silent member counts against an agreement.
//
//     peer a             ├──┤                    0 ns
//     ours           |                           ε too small: one inside each
//     peer b    ├─┤
//     ε         ◀├─┤▶◀|▶ ├──┤                    ε is half the gap between the two nearest: they touch
//
// Once widened, k intervals share a point exactly if their greatest lower end L and their smallest upper end U
// satisfy L − U ≤ 2ε. So the search looks at all pairs (L of one interval, U of another) for which a majority has its
// lower end at or below L and its upper end at or above U. It takes the smallest L − U, and never tries values of ε
// in steps.
//
// At that ε, the smallest interval inside the most sources is the *estimate*, and estimate ± ε is the *agreed
// interval*. A wide sample agrees with anything, so the quality of the agreement is stated separately. The *skew
// interval* is the hull of the agreed interval and of the unwidened intervals of the narrowest sources that hold the
// estimate, as many as make a majority. If a clock that the majorities of two nodes share is honest and has not
// stepped, the cluster times of the two nodes differ by at most the sum of their skew intervals.

public import TickTime

/// What a majority agreed on, as offsets from our own time.
public struct Agreement: Hashable, Sendable, BitwiseCopyable {
    /// ε.
    public let allowance: Nanoseconds
    /// The narrowest interval inside the most sources, all widened by the allowance.
    public let estimate: OffsetInterval
    /// How many widened sources hold the estimate. Our own can be one of them.
    public let agreeing: Int
    /// `estimate ± allowance`.
    public let agreedInterval: OffsetInterval
    /// Shows how well the members agree: see the top of this file.
    public let skewInterval: OffsetInterval
    /// The majority whose unwidened intervals are in the skew interval: bit k is source k.
    public let skewSources: UInt64

    /// - Parameters:
    ///   - sources: our own interval, then the intervals of the peers that answered, in order of id.
    ///   - clusterSize: how many members the cluster has, silent members included.
    ///   - tolerance: the greatest width of the agreed interval and of the skew interval; 1 ns more is accepted.
    /// - Throws: `ClusterClockError.noQuorumAgreement`, `.toleranceExceeded`.
    /// - Complexity: O(n³) for n sources, of which there are at most 15; no allocation.
    public init(
        among sources: Span<OffsetInterval>, clusterSize: Int, tolerance: Nanoseconds
    ) throws(ClusterClockError) {
        let agreement = try Self.unjudged(sources, majority: clusterSize / 2 + 1, tolerance: tolerance)
        let width = max(agreement.agreedInterval.width, agreement.skewInterval.width)
        guard width <= tolerance +| Nanoseconds(1) else { throw .toleranceExceeded(width: width, tolerance: tolerance) }
        self = agreement
    }

    /// The agreement, of any width.
    static func unjudged(
        _ sources: Span<OffsetInterval>, majority: Int, tolerance: Nanoseconds
    ) throws(ClusterClockError) -> Agreement {
        let most = Nanoseconds(tolerance.count / 2)
        guard let allowance = leastAllowance(sources, majority), allowance <= most else {
            let agreeing = smallest(sources, widenedBy: most).sources
            throw .noQuorumAgreement(agreeing: agreeing, needed: majority)
        }
        let found = smallest(sources, widenedBy: allowance)
        precondition(found.sources >= majority, "the allowance is the one at which a majority shares a point")
        let agreed = found.interval.widened(by: allowance)
        let (skew, skewSources) = skew(sources, found.interval, allowance, majority, agreed)
        return Agreement(
            allowance: allowance, estimate: found.interval, agreeing: found.sources, agreedInterval: agreed,
            skewInterval: skew, skewSources: skewSources)
    }

    private init(
        allowance: Nanoseconds, estimate: OffsetInterval, agreeing: Int, agreedInterval: OffsetInterval,
        skewInterval: OffsetInterval, skewSources: UInt64
    ) {
        self.allowance = allowance
        self.estimate = estimate
        self.agreeing = agreeing
        self.agreedInterval = agreedInterval
        self.skewInterval = skewInterval
        self.skewSources = skewSources
    }

    /// - Returns: `nil` if there are fewer sources than a majority needs.
    private static func leastAllowance(_ sources: Span<OffsetInterval>, _ majority: Int) -> Nanoseconds? {
        guard sources.count >= majority else { return nil }
        var least: Int64?
        for first in sources.indices {
            let lower = sources[first].lower
            for second in sources.indices {
                let upper = sources[second].upper
                let gap = max(0, (lower -| upper).count)
                guard gap < least ?? .max else { continue }
                var count = 0
                for index in sources.indices where sources[index].lower <= lower && sources[index].upper >= upper {
                    count += 1
                }
                if count >= majority { least = gap }
            }
        }
        return least.map { Nanoseconds($0).halfRoundedUp }
    }

    private static func smallest(
        _ sources: Span<OffsetInterval>, widenedBy allowance: Nanoseconds
    ) -> Marzullo.Smallest {
        unsafe withUnsafeTemporaryAllocation(of: OffsetInterval.self, capacity: sources.count) { widened in
            for index in sources.indices { unsafe widened[index] = sources[index].widened(by: allowance) }
            return Marzullo.smallest(of: unsafe Span(_unsafeElements: widened))
        }
    }

    /// The narrowest interval comes first. Equally wide intervals keep their order.
    private static func skew(
        _ sources: Span<OffsetInterval>, _ estimate: OffsetInterval, _ allowance: Nanoseconds, _ majority: Int,
        _ agreed: OffsetInterval
    ) -> (OffsetInterval, UInt64) {
        var hull = agreed
        var taken: UInt64 = 0
        for _ in 0..<majority {
            var narrowest: Int?
            for index in sources.indices where taken & (1 << UInt64(index)) == 0 {
                guard sources[index].widened(by: allowance).contains(estimate) else { continue }
                if let before = narrowest, sources[before].width <= sources[index].width { continue }
                narrowest = index
            }
            guard let narrowest else { preconditionFailure("a majority holds the estimate") }
            taken |= 1 << UInt64(narrowest)
            hull = hull.hull(with: sources[narrowest])
        }
        return (hull, taken)
    }
}

/// How an agreement judges a peer's sample.
public enum PeerVerdict: UInt8, Hashable, Sendable, CaseIterable, BitwiseCopyable {
    /// The peer did not answer in this window.
    case silent
    /// The sample holds the estimate if widened by the allowance.
    case agreeing
    /// The sample holds the estimate only if widened by half the tolerance.
    case wide
    /// The sample does not hold the estimate, even if widened by half the tolerance.
    case falseticker

    /// The verdict's name in JSON and C.
    public var name: String {
        switch self {
        case .silent: "silent"
        case .agreeing: "agreeing"
        case .wide: "wide"
        case .falseticker: "false"
        }
    }

    /// Judges one interval.
    init(of interval: OffsetInterval, by agreement: Agreement, tolerance: Nanoseconds) {
        if interval.widened(by: agreement.allowance).contains(agreement.estimate) {
            self = .agreeing
        } else if interval.widened(by: Nanoseconds(tolerance.count / 2)).contains(agreement.estimate) {
            self = .wide
        } else {
            self = .falseticker
        }
    }
}
