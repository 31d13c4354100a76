/// What a session does when the last block of its plan has ended (`at_plan_end`).
public enum PlanEnd: String, Hashable, Sendable, CaseIterable, BitwiseCopyable {
    /// It ends: the tick before the last fence is its last.
    case end
    /// It goes on with no block, to the end of its own ticks or until it is stopped.
    case `continue`
}
