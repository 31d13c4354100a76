import ClusterClock
import Glibc
import TickLinux
import TickReports
import TickScheduling
import TickTime

// What TickLinux reads, in the form in which TickReports judges it.

extension HostFacts {
    /// The facts about this host. Takes half a second, to sample CPU time.
    static func gathered() -> HostFacts {
        let groups = Result { () throws(HostProbeError) in try CPUQuotaGroups.ofThisProcess() }
        let quotasBefore = (try? groups.get())?.quotas() ?? []
        return HostFacts(
            kernel: reading { () throws(HostProbeError) in
                let (release, build) = try HostProbe.kernel()
                return Kernel(
                    release: release, build: build, saysRealtime: HostProbe.saysRealtime(),
                    dynamicModel: try? HostProbe.dynamicPreemption()
                )
            },
            clockSource: reading { () throws(HostProbeError) in
                let (current, available) = try HostProbe.clockSource()
                return ClockSource(current: current, available: available)
            },
            realtimePermission: reading { () throws(HostProbeError) in
                RealtimePermission(
                    refusal: HostProbe.refusalOfRealtimeThread().map(text(of:)),
                    priorityLimit: try HostProbe.realtimePriorityLimit()
                )
            },
            throttling: reading { () throws(HostProbeError) in
                let (runtime, period) = try HostProbe.realtimeThrottling()
                return Throttling(runtimeMicroseconds: runtime, periodMicroseconds: period)
            },
            timerSlackNanoseconds: reading { () throws(HostProbeError) in try HostProbe.timerSlackNanoseconds() },
            wakeLatencyRefusal: HostProbe.refusalOfWakeLatencyRequest().map(text(of:)),
            deepestIdleExitMicroseconds: HostProbe.deepestIdleExitMicroseconds(),
            governors: HostProbe.frequencyGovernors(),
            isolation: reading { () throws(HostProbeError) in
                CPUIsolation(isolated: try HostProbe.isolatedCPUs(), tickFree: HostProbe.tickFreeCPUs())
            },
            memoryLock: reading { () throws(HostProbeError) in
                MemoryLock(
                    limitBytes: try HostProbe.memoryLockLimitBytes(), isPrivileged: try HostProbe.mayLockAllMemory())
            },
            kernelClock: reading { () throws(HostProbeError) in
                let state: KernelClock
                do throws(SystemError) { state = try .read() } catch { throw HostProbeError.system(error) }
                return ClockSetting(
                    taiOffsetSeconds: state.taiOffsetSeconds,
                    errorMicroseconds: state.utcError.map { ($0.count + 999) / 1_000 },
                    fault: state.utcFault ?? ""
                )
            },
            // The sample of half a second comes first, and both use it.
            steal: reading { () throws(HostProbeError) in try sampledSteal() },
            cpuQuotas: reading { () throws(HostProbeError) in quotas(try groups.get(), since: quotasBefore) }
        )
    }

    private static func reading<Value>(_ body: () throws(HostProbeError) -> Value) -> Reading<Value> {
        do {
            return .known(try body())
        } catch {
            return .unknown(reason: "\(error)")
        }
    }

    private static func sampledSteal() throws(HostProbeError) -> Steal {
        let before = try HostProbe.cpuTime()
        usleep(500_000)
        let after = try HostProbe.cpuTime()
        return Steal(
            total: after.total, stolen: after.stolen,
            sampleTotal: after.total - before.total, sampleStolen: after.stolen - before.stolen
        )
    }

    private static func quotas(_ groups: CPUQuotaGroups, since before: [TickLinux.CPUQuota]) -> [CPUQuota] {
        groups.quotas().map { quota in
            let earlier = before.first { $0.group == quota.group }?.throttling ?? quota.throttling
            return CPUQuota(
                group: quota.group, quotaMicroseconds: quota.quota.count / 1_000,
                periodMicroseconds: quota.period.count / 1_000, periods: quota.throttling.periods,
                throttledPeriods: quota.throttling.throttledPeriods,
                throttledMilliseconds: quota.throttling.time.count / 1_000_000,
                sampleThrottledPeriods: quota.throttling.since(earlier).throttledPeriods)
        }
    }

    private static func text(of code: Int32) -> String {
        unsafe String(cString: strerror(code))
    }
}
