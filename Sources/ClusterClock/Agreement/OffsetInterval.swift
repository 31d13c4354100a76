public import TickTime

/// A closed interval of how far another clock may be ahead of ours. Negative values mean behind.
public struct OffsetInterval: Hashable, Sendable, BitwiseCopyable {
    public let lower: Nanoseconds
    public let upper: Nanoseconds

    /// - Precondition: `lower ≤ upper`.
    @inlinable public init(_ lower: Nanoseconds, _ upper: Nanoseconds) {
        precondition(lower <= upper, "an interval has its lower end first")
        self.lower = lower
        self.upper = upper
    }

    /// Our own clock, against itself.
    public static let ours = OffsetInterval(.zero, .zero)

    @inlinable public var width: Nanoseconds { upper -| lower }

    /// Both ends moved outward.
    ///
    /// - Precondition: `length` is not negative, or the interval is wide enough for it.
    @inlinable public func widened(by length: Nanoseconds) -> OffsetInterval {
        OffsetInterval(lower -| length, upper +| length)
    }

    @inlinable public func contains(_ other: OffsetInterval) -> Bool { lower <= other.lower && other.upper <= upper }

    /// The smallest interval that contains both.
    @inlinable public func hull(with other: OffsetInterval) -> OffsetInterval {
        OffsetInterval(min(lower, other.lower), max(upper, other.upper))
    }

    /// Whether the two intervals share a point.
    @inlinable public func touches(_ other: OffsetInterval) -> Bool { lower <= other.upper && other.lower <= upper }

    /// The part that both contain; `nil` if there is none.
    @inlinable public func intersection(with other: OffsetInterval) -> OffsetInterval? {
        let (lower, upper) = (max(lower, other.lower), min(upper, other.upper))
        return lower <= upper ? OffsetInterval(lower, upper) : nil
    }

    /// The distance between the nearest points of both; 0 if they touch.
    public func distance(to other: OffsetInterval) -> Nanoseconds {
        max(.zero, max(other.lower -| upper, lower -| other.upper))
    }
}
