public import TickScheduling
public import TickTime

/// What the hybrid wait did in a run.
public struct SpinReport: Hashable, Sendable {
    /// Whether the loop waited by `hybrid` at all.
    public let isUsed: Bool
    /// The margin at the end.
    public let margin: Nanoseconds
    /// Whether it was spinning at the end.
    public let isSpinning: Bool
    /// How often it stopped spinning, and why it last did.
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
