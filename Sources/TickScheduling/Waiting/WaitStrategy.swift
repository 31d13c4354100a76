/// How the loop waits for a deadline.
public enum WaitStrategy: String, Hashable, Sendable, CaseIterable, BitwiseCopyable {
    /// Sleep until the deadline. Least CPU; ticks start late by the host's wake-up latency.
    case sleep
    /// Sleep until shortly before the deadline, then spin. The margin follows the wake-up latency
    /// that the loop measures (`SpinMargin`).
    case hybrid
    /// Spin for the whole wait. One whole CPU; under SCHED_FIFO the kernel stops it for 50 ms of every second.
    case spin
}
