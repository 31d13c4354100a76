/// Facts about a host, from a caller that can read them; judged in `HostVerdicts`.
///
/// Every fact is independent: if one could not be read, its field holds the reason.
public struct HostFacts: Sendable {
    /// A fact, or why it is not known.
    public enum Reading<Value: Sendable>: Sendable {
        case known(Value)
        case unknown(reason: String)
    }

    public struct Kernel: Sendable {
        /// `6.1.0-18-rt-amd64`.
        public var release: String
        /// `#1 SMP PREEMPT_DYNAMIC Debian …`, as `uname -v` prints it.
        public var build: String
        /// Whether /sys/kernel/realtime says so.
        public var saysRealtime: Bool
        /// The model chosen on a PREEMPT_DYNAMIC kernel, where it can be seen.
        public var dynamicModel: String?

        public init(release: String, build: String, saysRealtime: Bool, dynamicModel: String?) {
            self.release = release
            self.build = build
            self.saysRealtime = saysRealtime
            self.dynamicModel = dynamicModel
        }
    }

    public struct ClockSource: Sendable {
        public var current: String
        public var available: [String]

        public init(current: String, available: [String]) {
            self.current = current
            self.available = available
        }
    }

    /// Whether a thread of SCHED_FIFO was granted, and the limit without CAP_SYS_NICE.
    public struct RealtimePermission: Sendable {
        /// Why it was refused; `nil` if it was granted.
        public var refusal: String?
        /// RLIMIT_RTPRIO; `nil` is unlimited.
        public var priorityLimit: UInt64?

        public init(refusal: String?, priorityLimit: UInt64?) {
            self.refusal = refusal
            self.priorityLimit = priorityLimit
        }
    }

    /// How long real-time threads may run in each period, in microseconds; −1 is unlimited.
    public struct Throttling: Sendable {
        public var runtimeMicroseconds: Int64
        public var periodMicroseconds: Int64

        public init(runtimeMicroseconds: Int64, periodMicroseconds: Int64) {
            self.runtimeMicroseconds = runtimeMicroseconds
            self.periodMicroseconds = periodMicroseconds
        }
    }

    public struct MemoryLock: Sendable {
        /// RLIMIT_MEMLOCK in bytes; `nil` is unlimited.
        public var limitBytes: UInt64?
        /// CAP_IPC_LOCK, for which the limit does not count.
        public var isPrivileged: Bool

        public init(limitBytes: UInt64?, isPrivileged: Bool) {
            self.limitBytes = limitBytes
            self.isPrivileged = isPrivileged
        }
    }

    /// What the kernel states about its clock.
    public struct ClockSetting: Sendable {
        /// TAI − UTC; 0 if no program has set it.
        public var taiOffsetSeconds: Int64
        /// How far the UTC of this clock may be off, rounded up; `nil` if no program computed it.
        public var errorMicroseconds: Int64?
        /// Why there is no error, with the remedy; empty where there is one.
        public var fault: String

        public init(taiOffsetSeconds: Int64, errorMicroseconds: Int64?, fault: String = "") {
            self.taiOffsetSeconds = taiOffsetSeconds
            self.errorMicroseconds = errorMicroseconds
            self.fault = fault
        }
    }

    /// The CPU quota of a control group that holds for this process.
    public struct CPUQuota: Sendable {
        /// The group's folder.
        public var group: String
        /// How long its threads may run in each period, all CPUs together, in microseconds.
        public var quotaMicroseconds: Int64
        public var periodMicroseconds: Int64
        /// Periods since the group was made, the periods in which it was stopped, and for how long.
        public var periods: Int64
        public var throttledPeriods: Int64
        public var throttledMilliseconds: Int64
        /// Periods in which it was stopped within a sample of half a second.
        public var sampleThrottledPeriods: Int64

        public init(
            group: String, quotaMicroseconds: Int64, periodMicroseconds: Int64, periods: Int64,
            throttledPeriods: Int64, throttledMilliseconds: Int64, sampleThrottledPeriods: Int64
        ) {
            self.group = group
            self.quotaMicroseconds = quotaMicroseconds
            self.periodMicroseconds = periodMicroseconds
            self.periods = periods
            self.throttledPeriods = throttledPeriods
            self.throttledMilliseconds = throttledMilliseconds
            self.sampleThrottledPeriods = sampleThrottledPeriods
        }
    }

    public struct CPUIsolation: Sendable {
        /// CPU lists as the kernel writes them, empty for none.
        public var isolated: String
        public var tickFree: String

        public init(isolated: String, tickFree: String) {
            self.isolated = isolated
            self.tickFree = tickFree
        }
    }

    /// CPU time in kernel ticks of 10 ms, all CPUs together: since the boot, and within a sample.
    public struct Steal: Sendable {
        public var total: Int64
        public var stolen: Int64
        public var sampleTotal: Int64
        public var sampleStolen: Int64

        public init(total: Int64, stolen: Int64, sampleTotal: Int64, sampleStolen: Int64) {
            self.total = total
            self.stolen = stolen
            self.sampleTotal = sampleTotal
            self.sampleStolen = sampleStolen
        }
    }

    public var kernel: Reading<Kernel>
    public var clockSource: Reading<ClockSource>
    public var realtimePermission: Reading<RealtimePermission>
    public var throttling: Reading<Throttling>
    public var timerSlackNanoseconds: Reading<Int64>
    /// Why /dev/cpu_dma_latency cannot be opened for writing; `nil` if it can.
    public var wakeLatencyRefusal: String?
    /// The longest exit latency of an enabled idle state, in microseconds; `nil` if the kernel shows none.
    public var deepestIdleExitMicroseconds: Int64?
    /// Frequency governors in use; empty if the kernel shows none.
    public var governors: [String]
    public var isolation: Reading<CPUIsolation>
    public var memoryLock: Reading<MemoryLock>
    public var kernelClock: Reading<ClockSetting>
    public var steal: Reading<Steal>
    /// Every quota that holds, the innermost group's first; empty without one.
    public var cpuQuotas: Reading<[CPUQuota]>

    public init(
        kernel: Reading<Kernel>, clockSource: Reading<ClockSource>, realtimePermission: Reading<RealtimePermission>,
        throttling: Reading<Throttling>, timerSlackNanoseconds: Reading<Int64>, wakeLatencyRefusal: String?,
        deepestIdleExitMicroseconds: Int64?, governors: [String], isolation: Reading<CPUIsolation>,
        memoryLock: Reading<MemoryLock>, kernelClock: Reading<ClockSetting>, steal: Reading<Steal>,
        cpuQuotas: Reading<[CPUQuota]>
    ) {
        self.kernel = kernel
        self.clockSource = clockSource
        self.realtimePermission = realtimePermission
        self.throttling = throttling
        self.timerSlackNanoseconds = timerSlackNanoseconds
        self.wakeLatencyRefusal = wakeLatencyRefusal
        self.deepestIdleExitMicroseconds = deepestIdleExitMicroseconds
        self.governors = governors
        self.isolation = isolation
        self.memoryLock = memoryLock
        self.kernelClock = kernelClock
        self.steal = steal
        self.cpuQuotas = cpuQuotas
    }
}
