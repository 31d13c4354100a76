import Glibc
import TickLinux
import TickReports
import TickScheduling
import TickTime

// What TickLinux reads, in the form in which TickReports judges it.

extension HostFacts {
    /// The facts about this host. Takes half a second, in which CPU time is sampled.
    static func gathered() -> HostFacts {
        let groups = Result { try CPUQuotaGroups.ofThisProcess() }
        let quotasBefore = (try? groups.get())?.quotas() ?? []
        return HostFacts(
            kernel: reading {
                let (release, build) = try HostProbe.kernel()
                return Kernel(
                    release: release, build: build, saysRealtime: HostProbe.saysRealtime(),
                    dynamicModel: try? HostProbe.dynamicPreemption()
                )
            },
            clockSource: reading {
                let (current, available) = try HostProbe.clockSource()
                return ClockSource(current: current, available: available)
            },
            realtimePermission: reading {
                RealtimePermission(
                    refusal: HostProbe.refusalOfRealtimeThread().map(text(of:)),
                    priorityLimit: try HostProbe.realtimePriorityLimit()
                )
            },
            throttling: reading {
                let (runtime, period) = try HostProbe.realtimeThrottling()
                return Throttling(runtimeMicroseconds: runtime, periodMicroseconds: period)
            },
            timerSlackNanoseconds: reading { try HostProbe.timerSlackNanoseconds() },
            wakeLatencyRefusal: HostProbe.refusalOfWakeLatencyRequest().map(text(of:)),
            deepestIdleExitMicroseconds: HostProbe.deepestIdleExitMicroseconds(),
            governors: HostProbe.frequencyGovernors(),
            isolation: reading {
                CPUIsolation(isolated: try HostProbe.isolatedCPUs(), tickFree: HostProbe.tickFreeCPUs())
            },
            memoryLock: reading {
                MemoryLock(
                    limitBytes: try HostProbe.memoryLockLimitBytes(), isPrivileged: try HostProbe.mayLockAllMemory())
            },
            kernelClock: reading {
                let state = try TickLinux.KernelClock.read()
                return KernelClock(
                    taiOffsetSeconds: state.taiOffsetSeconds,
                    errorMicroseconds: state.utcError.map { ($0.count + 999) / 1_000 },
                    fault: state.utcFault ?? ""
                )
            },
            // The sample of half a second comes first, and is one for both.
            steal: reading { try sampledSteal() },
            cpuQuotas: reading { quotas(try groups.get(), since: quotasBefore) }
        )
    }

    private static func reading<Value>(_ body: () throws -> Value) -> Reading<Value> {
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
