public import TickScheduling

/// What a loop is made with.
public struct TickLoopOptions: Sendable {
    /// How it waits.
    public var wait: WaitStrategy
    /// The share of elapsed time that `hybrid` may spend spinning, in percent, 1 ... 100.
    public var spinBudgetPercent: Int
    /// How many records the ring to the drain holds; 0 for a loop without a drain.
    public var ringCapacity: Int
    /// How many sessions fit beside those that are there when the loop begins.
    public var spareSessions: Int
    /// How many blocks fit beside those that are ahead when the loop begins. A block that has been
    /// passed makes room for another.
    public var spareBlocks: Int
    /// Whether the loop ends when its last session has; else it waits for others to be added.
    public var endsWhenIdle: Bool
    /// The time of a cluster's member: sessions are anchored to it, and ticks stamped from it. `nil`: the
    /// host's UTC is the sessions', and ticks bear no stamp.
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
