/// How the loop waits for a deadline.
public enum WaitStrategy: String, Hashable, Sendable, CaseIterable, BitwiseCopyable {
    /// Sleep until the deadline. The least CPU; starts late by the host's wake-up latency.
    case sleep
    /// Sleep until shortly before the deadline, then spin. The margin follows the wake-up latency
    /// that the loop measures (`SpinMargin`).
    case hybrid
    /// Spin all the way. One whole CPU; under SCHED_FIFO the kernel stops it 50 ms of every second.
    case spin
}
