public import ClusterClock
public import TickScheduling
public import TickTime

/// The readings of the host's clocks at one moment.
public struct ClockObservation: Hashable, Sendable {
    /// UTC and the monotonic clock in one bracket.
    public let reading: ClockReading
    /// What the kernel states about its UTC; `nil` if the host refused the call.
    public let kernel: KernelClock?
    /// The CPU time that the hypervisor has taken from all CPUs since the boot, in whole ticks of the kernel (10 ms);
    /// `nil` if the kernel does not report it.
    public let stolen: Nanoseconds?
    /// What CPU quotas have done to this process so far; `nil` if none of its control groups has a quota.
    public let throttling: CPUThrottling?

    /// How far UTC may be off as the kernel reports it; `nil` if no program computed that.
    var utcError: Nanoseconds? { kernel?.utcError }

    static func now(_ quotas: CPUQuotaGroups?) -> ClockObservation {
        ClockObservation(
            reading: HostClock.reading(), kernel: try? KernelClock.read(),
            stolen: (try? HostProbe.cpuTime()).map { Nanoseconds(10_000_000).saturatingTimes($0.stolen) },
            throttling: quotas?.throttling())
    }
}
