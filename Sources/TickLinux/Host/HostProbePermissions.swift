internal import CLinuxShims
import Glibc

// What the host allows this process: real-time priority, locked memory, CPUs kept awake.

extension HostProbe {
    /// A soft resource limit; `nil` is unlimited.
    private static func limit(_ resource: Int32, _ name: String) throws(HostProbeError) -> UInt64? {
        var limit = rlimit()
        guard unsafe getrlimit(resource, &limit) == 0 else {
            throw .system(SystemError(call: "getrlimit", subject: name, errno: errno))
        }
        return limit.rlim_cur == rlim_t.max ? nil : UInt64(limit.rlim_cur)
    }

    /// The highest real-time priority for a process without CAP_SYS_NICE (0: none); `nil` is unlimited.
    ///
    /// The corresponding C function is `getrlimit(RLIMIT_RTPRIO)`.
    package static func realtimePriorityLimit() throws(HostProbeError) -> UInt64? {
        try limit(Int32(__RLIMIT_RTPRIO.rawValue), "RLIMIT_RTPRIO")
    }

    /// The bytes that a process without CAP_IPC_LOCK may lock; `nil` is unlimited.
    ///
    /// The corresponding C function is `getrlimit(RLIMIT_MEMLOCK)`.
    package static func memoryLockLimitBytes() throws(HostProbeError) -> UInt64? {
        try limit(Int32(__RLIMIT_MEMLOCK.rawValue), "RLIMIT_MEMLOCK")
    }

    /// Whether this process holds CAP_IPC_LOCK (capabilities(7), bit 14).
    package static func mayLockAllMemory() throws(HostProbeError) -> Bool {
        try status("CapEff:") { UInt64($0, radix: 16) } >> 14 & 1 == 1
    }

    /// How much of this process's memory is locked, in KiB.
    package static func lockedMemoryKiB() throws(HostProbeError) -> UInt64 {
        try status("VmLck:") { UInt64($0) }
    }

    /// The number in a line of /proc/self/status.
    private static func status(
        _ name: String, _ number: (Substring) -> UInt64?
    ) throws(HostProbeError) -> UInt64 {
        let path = "/proc/self/status"
        let text = try HostFile.text(path)
        guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix(name) }),
            let word = line.dropFirst(name.count).split(whereSeparator: { $0 == "\t" || $0 == " " }).first,
            let value = number(word)
        else { throw .unexpected(path: path, text: String(text.prefix(60))) }
        return value
    }

    /// Asks for a SCHED_FIFO thread of priority 1 that ends at once. Returns `nil` if the host granted it, otherwise
    /// the errno (EPERM).
    ///
    /// Limits and capabilities only suggest the answer: a user namespace, a control group without real-time bandwidth
    /// or a seccomp filter can refuse what they seem to allow.
    ///
    /// The corresponding C function is `pthread_create` with an explicit policy.
    package static func refusalOfRealtimeThread() -> Int32? {
        var attributes = pthread_attr_t()
        var parameter = sched_param()
        parameter.sched_priority = 1
        unsafe pthread_attr_init(&attributes)
        defer { unsafe pthread_attr_destroy(&attributes) }
        unsafe pthread_attr_setinheritsched(&attributes, Int32(PTHREAD_EXPLICIT_SCHED))
        unsafe pthread_attr_setschedpolicy(&attributes, SCHED_FIFO)
        unsafe pthread_attr_setschedparam(&attributes, &parameter)
        var thread = pthread_t()
        let code = unsafe pthread_create(&thread, &attributes, { _ in nil }, nil)
        guard code == 0 else { return code }
        pthread_join(thread, nil)
        return nil
    }

    /// How long real-time threads may run in each period of the kernel's throttling; a runtime of
    /// −1 is unlimited. In microseconds.
    package static func realtimeThrottling() throws(HostProbeError) -> (runtime: Int64, period: Int64) {
        let runtime = try HostFile.integer("/proc/sys/kernel/sched_rt_runtime_us")
        let period = try HostFile.integer("/proc/sys/kernel/sched_rt_period_us")
        return (runtime, period)
    }

    /// Whether /dev/cpu_dma_latency can be opened for writing: `nil` means yes, otherwise the errno.
    ///
    /// Opening the file asks for the kernel's default, which changes nothing, and closing it withdraws that. A run
    /// writes 0 into the file and keeps it open, so that the CPUs stay out of deep idle states.
    package static func refusalOfWakeLatencyRequest() -> Int32? {
        let descriptor = unsafe open("/dev/cpu_dma_latency", O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return errno }
        close(descriptor)
        return nil
    }
}
