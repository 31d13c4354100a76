/// What a session does when the last block of its plan has ended (`at_plan_end`).
public enum PlanEnd: String, Hashable, Sendable, CaseIterable, BitwiseCopyable {
    /// It ends: the tick before the last fence is its last.
    case end
    /// It continues without a block, until its ticks end or something stops it.
    case `continue`
}
