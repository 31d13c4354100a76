// An interval as middle ± bound, and its distance from 0.

public import TickTime

extension OffsetInterval {
    /// The greatest possible difference of the clocks.
    public var most: Nanoseconds { max(lower.magnitude, upper.magnitude) }

    /// The smallest possible difference of the clocks.
    public var least: Nanoseconds { distance(to: .ours) }

    /// The middle, rounded down.
    public var middle: Nanoseconds { Nanoseconds(Int64((Int128(lower.count) + Int128(upper.count)) >> 1)) }

    /// How far the ends are from the middle, rounded up.
    public var bound: Nanoseconds { max(upper -| middle, middle -| lower) }

    /// `middle ± bound`, its ends within ±2⁶² ns.
    public init(_ middle: Nanoseconds, bound: Nanoseconds) {
        func end(_ sign: Int128) -> Nanoseconds {
            let limit = Int128(1) << 62
            return Nanoseconds(Int64(min(limit, max(-limit, Int128(middle.count) + sign * Int128(bound.count)))))
        }
        self.init(end(-1), end(1))
    }
}
