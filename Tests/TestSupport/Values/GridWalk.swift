public import TickTime

/// The deadlines of a rate walked tick by tick, as whole nanoseconds and an exact rest: an answer
/// that shares no formula with `FrameRate.offset(ofTick:)`. Each step adds 10⁹·den/num as a quotient
/// and a remainder; half a nanosecond of rest rounds up.
public struct GridWalk: Sequence, IteratorProtocol, Sendable {
    private let step: (quotient: UInt64, remainder: UInt64)
    private let numerator: UInt64
    private var whole: UInt64 = 0
    private var rest: UInt64 = 0

    public init(_ rate: FrameRate) {
        numerator = UInt64(rate.numerator)
        step = (UInt64(rate.denominator) * 1_000_000_000).quotientAndRemainder(dividingBy: numerator)
    }

    /// The next tick's time after tick 0.
    public mutating func next() -> Nanoseconds? {
        defer {
            whole += step.quotient
            rest += step.remainder
            if rest >= numerator {
                whole += 1
                rest -= numerator
            }
        }
        return Nanoseconds(Int64(whole + (2 * rest >= numerator ? 1 : 0)))
    }

    /// The deadlines of ticks 0 ..< `count` from an epoch.
    public static func deadlines(_ rate: FrameRate, from epoch: MonotonicInstant, count: Int) -> [MonotonicInstant] {
        GridWalk(rate).prefix(count).map { epoch + $0 }
    }
}
