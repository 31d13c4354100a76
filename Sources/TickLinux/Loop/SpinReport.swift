public import TickScheduling
public import TickTime

/// How the hybrid wait behaved in a run.
public struct SpinReport: Hashable, Sendable {
    /// Whether the loop used the wait `hybrid`.
    public let isUsed: Bool
    /// The margin at the end.
    public let margin: Nanoseconds
    /// Whether it was spinning at the end.
    public let isSpinning: Bool
    /// How often it stopped spinning, and the last reason.
    public let stops: Int
    public let lastStop: SpinMargin.Stop?
    /// The time spent spinning.
    public let spunTime: Nanoseconds

    init(_ margin: borrowing SpinMargin, isUsed: Bool) {
        self.isUsed = isUsed
        self.margin = margin.margin
        isSpinning = margin.isSpinning
        stops = margin.stops
        lastStop = margin.lastStop
        spunTime = margin.spunTime
    }
}
