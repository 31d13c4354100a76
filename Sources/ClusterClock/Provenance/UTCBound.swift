// Bounds true UTC, independently of the time that the clocks agree on.
//
// Agreement is not truth: three clocks that follow one wrong server agree. So every member also states by how much
// its UTC may be off true UTC (the kernel's maximum error, an NTP client's root distance), or that it knows no bound.
// Each interval is widened by its stated error. Then true UTC lies inside every source that told the truth. If at
// least a majority of the cluster told the truth, true UTC lies inside that many sources, and so within the hull of
// all points that do. With s sources that state an error, s − majority of them may lie.

internal import TickTime

/// Where true UTC is, as an offset from our own time.
public struct UTCBound: Hashable, Sendable, BitwiseCopyable {
    public let interval: OffsetInterval
    /// How many of the stated errors may be false while the bound is still correct.
    public let liesTolerated: Int

    /// The result of the stated errors.
    public enum Outcome: Hashable, Sendable, BitwiseCopyable {
        case bounded(UTCBound)
        /// Fewer than a majority state a bound.
        case untraceable
        /// A majority states one, but no point lies inside a majority.
        case statedErrorsContradict
    }

    /// - Parameter stated: the intervals of the members that state an error, widened by that error.
    public static func among(_ stated: Span<OffsetInterval>, majority: Int) -> Outcome {
        guard stated.count >= majority else { return .untraceable }
        guard let hull = Marzullo.hull(ofPointsInside: majority, of: stated) else { return .statedErrorsContradict }
        return .bounded(UTCBound(interval: hull, liesTolerated: stated.count - majority))
    }
}
