// On what a majority of a cluster's clocks agree.
//
// Clocks a few milliseconds apart over a fast network have intervals that do not touch. So every interval,
// our own [0, 0] among them, is widened by an *allowance* ε on both sides: the least whole nanosecond, from
// 0 to half the tolerance, at which a strict majority of the cluster shares a point. The cluster counts in
// full, members that were silent against.
//
//     peer a             ├──┤                    0 ns
//     ours           |                           ε too small: one inside each
//     peer b    ├─┤
//     ε         ◀├─┤▶◀|▶ ├──┤                    ε is half the gap between the two nearest: they touch
//
// k intervals share a point, once widened, exactly if their greatest lower end L and their least upper end U
// have L − U ≤ 2ε. So of all pairs (L of one, U of another) for which a majority has its lower end at or
// below L and its upper end at or above U, the least L − U is looked for; nothing is searched by steps.
//
// At that ε the smallest interval inside the most sources is the *estimate*, and estimate ± ε the *agreed
// interval*. A wide sample agrees with anything, so what the agreement is worth is told apart: the *skew
// interval* is the hull of the agreed interval and of the unwidened intervals of the majority-many
// narrowest sources that hold the estimate. Where the clock that two nodes' majorities share is honest and
// has not stepped, their cluster times differ by at most their skew intervals together.

public import TickTime

/// What a majority agreed on, as offsets from our own time.
public struct Agreement: Hashable, Sendable, BitwiseCopyable {
    /// ε.
    public let allowance: Nanoseconds
    /// The narrowest interval inside the most sources, all widened by the allowance.
    public let estimate: OffsetInterval
    /// How many sources hold the estimate, widened; our own may be among them.
    public let agreeing: Int
    /// `estimate ± allowance`.
    public let agreedInterval: OffsetInterval
    /// What the agreement is worth.
    public let skewInterval: OffsetInterval
    /// The sources whose unwidened intervals are in the skew interval, a majority: bit k is source k.
    public let skewSources: UInt64

    /// - Parameters:
    ///   - sources: our own interval, then those of the peers that were heard, by id.
    ///   - clusterSize: how many members there are, heard or not.
    ///   - tolerance: the widest that the agreed interval and the skew interval may be, but for 1 ns.
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

    /// The agreement, however wide.
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

    /// - Returns: `nil` where there are fewer sources than a majority.
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

    /// The narrowest first; of equally wide ones the first.
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

/// What a peer's sample is, seen from an agreement.
public enum PeerVerdict: UInt8, Hashable, Sendable, CaseIterable, BitwiseCopyable {
    /// Nothing was heard of it in this window.
    case silent
    /// Widened by the allowance, it holds the estimate.
    case agreeing
    /// Widened by half the tolerance, it does.
    case wide
    /// Not even then.
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
