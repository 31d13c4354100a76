// Where true UTC is, apart from what the clocks agree on.
//
// Agreement is not truth: three clocks that follow one wrong server agree. So every member also states by how
// much its UTC may be off true UTC (the kernel's maximum error, an NTP client's root distance), or that it
// knows no bound. With each interval widened by its stated error, true UTC lies inside every source that
// told the truth; if at least a majority of the cluster did, it lies inside that many, and so within the hull
// of all points that do. With s sources that stated, s − majority of them may lie.

internal import TickTime

/// Where true UTC is, as an offset from our own time.
public struct UTCBound: Hashable, Sendable, BitwiseCopyable {
    public let interval: OffsetInterval
    /// How many of those that stated may have lied without its being wrong.
    public let liesTolerated: Int

    /// What became of the stated errors.
    public enum Outcome: Hashable, Sendable, BitwiseCopyable {
        case bounded(UTCBound)
        /// Fewer than a majority state a bound.
        case untraceable
        /// A majority states one, but no point lies inside a majority.
        case statedErrorsContradict
    }

    /// - Parameter stated: the intervals of those that state an error, widened by it.
    public static func among(_ stated: Span<OffsetInterval>, majority: Int) -> Outcome {
        guard stated.count >= majority else { return .untraceable }
        guard let hull = Marzullo.hull(ofPointsInside: majority, of: stated) else { return .statedErrorsContradict }
        return .bounded(UTCBound(interval: hull, liesTolerated: stated.count - majority))
    }
}
