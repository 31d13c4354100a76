// What a session showed of its plan, computed from its delivered ticks only.

/// The blocks of a session's delivered ticks.
public struct BlockStatistics: Hashable, Sendable, BitwiseCopyable {
    /// The block of the first delivered tick, and the position in it: where the session joined.
    public private(set) var joined: TickBlock?
    /// The block of the last delivered tick; `nil` after the plan's end.
    public private(set) var last: TickBlock?
    /// Blocks with a delivered tick.
    public private(set) var begun: Int64 = 0
    /// Fences that were passed, including those of blocks without a delivered tick.
    public private(set) var fencesPassed: Int64 = 0
    /// Blocks between two delivered ticks that got no tick: they own none, or their ticks were skipped.
    public private(set) var unseen: Int64 = 0
    /// Priming notices.
    public private(set) var primingNotices: Int64 = 0
    private var hasTick = false

    public init() {}

    public mutating func record(_ tick: Tick) {
        if !hasTick { joined = tick.block }
        hasTick = true
        last = tick.block
        if tick.isPriming { primingNotices += 1 }
        fencesPassed = Int64(clamping: Int128(fencesPassed) + Int128(tick.blocksPassed))
        guard tick.blockChanged else { return }
        if case .some = tick.block { begun += 1 }
        unseen = Int64(clamping: Int128(unseen) + max(0, Int128(tick.blocksPassed) - 1))
    }
}
