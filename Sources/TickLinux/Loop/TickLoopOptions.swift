public import TickScheduling

/// The options of a loop.
public struct TickLoopOptions: Sendable {
    /// How it waits.
    public var wait: WaitStrategy
    /// The share of elapsed time that `hybrid` may spend spinning, in percent, 1 ... 100.
    public var spinBudgetPercent: Int
    /// How many records the ring to the drain holds; 0 for a loop without a drain.
    public var ringCapacity: Int
    /// How many sessions fit in addition to those at the loop's beginning.
    public var spareSessions: Int
    /// How many blocks fit in addition to the coming blocks at the loop's beginning. A past block makes room for
    /// another.
    public var spareBlocks: Int
    /// Whether the loop ends with its last session. Otherwise it waits for new sessions.
    public var endsWhenIdle: Bool
    /// The time of a cluster's member, which anchors the sessions and stamps the ticks. With `nil`, the sessions use
    /// the host's UTC, and ticks have no stamp.
    public var time: ClusterTime?

    public init(
        wait: WaitStrategy = .hybrid, spinBudgetPercent: Int = 2, ringCapacity: Int = 0, spareSessions: Int = 16,
        spareBlocks: Int = 1_024, endsWhenIdle: Bool = true, time: ClusterTime? = nil
    ) {
        precondition((1...100).contains(spinBudgetPercent), "spin_budget_percent lies in 1 ... 100")
        precondition(spareSessions >= 0 && spareBlocks >= 0, "room is not negative")
        self.wait = wait
        self.spinBudgetPercent = spinBudgetPercent
        self.ringCapacity = ringCapacity
        self.spareSessions = spareSessions
        self.spareBlocks = spareBlocks
        self.endsWhenIdle = endsWhenIdle
        self.time = time
    }
}
