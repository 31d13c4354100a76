/// A request of a loop to its host, and the answer. The loop runs on after a refusal, which is printed once and
/// recorded in every report.
public struct HostGrant: Hashable, Sendable {
    /// The kind of request.
    public enum Request: Hashable, Sendable {
        /// SCHED_FIFO at this priority, 1 ... 99.
        case fifo(priority: Int)
        /// To run only on this CPU.
        case cpu(Int)
        /// To keep all pages of the process in memory.
        case lockedMemory
        /// To have timers expire at their instant, not up to 50 µs later.
        case timerSlack
        /// To keep the processors out of deep idle states, from which they wake late.
        case wakeLatency
    }

    public let request: Request
    /// Why it was refused; `nil` if it was granted.
    public let refusal: SystemError?

    public init(request: Request, refusal: SystemError?) {
        self.request = request
        self.refusal = refusal
    }

    public var isGranted: Bool { refusal == nil }

    /// The request's name in reports and JSON.
    public var name: String {
        switch request {
        case .fifo: "fifo_priority"
        case .cpu: "cpu"
        case .lockedMemory: "lock_memory"
        case .timerSlack: "timer_slack"
        case .wakeLatency: "cpu_dma_latency"
        }
    }

    /// The request in words.
    public var detail: String {
        switch request {
        case .fifo(let priority): "SCHED_FIFO priority \(priority)"
        case .cpu(let cpu): "only CPU \(cpu)"
        case .lockedMemory: "locked memory"
        case .timerSlack: "timer slack 1 ns"
        case .wakeLatency: "/dev/cpu_dma_latency held at 0 µs"
        }
    }

    /// How to make the host grant it.
    public var remedy: String {
        switch request {
        case .fifo: "run as root, grant CAP_SYS_NICE, or raise RLIMIT_RTPRIO (rtprio in limits.conf)"
        case .cpu: "name a CPU that is online and in the process's cpuset (see nproc and taskset -p $$)"
        case .lockedMemory: "grant CAP_IPC_LOCK or raise RLIMIT_MEMLOCK (memlock in limits.conf)"
        case .timerSlack: "allow prctl(PR_SET_TIMERSLACK) in the sandbox"
        case .wakeLatency: "run as root, or give the user write access to /dev/cpu_dma_latency by a udev rule"
        }
    }
}
