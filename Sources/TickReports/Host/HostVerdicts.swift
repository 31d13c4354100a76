// Is a host fit for playout? This code gets facts and returns verdicts; it reads nothing.
//
// `bad` means that ticks suffer whatever else you do: no real-time priority, a clock without nanosecond resolution, a
// hypervisor that takes CPU time away while ticks are due. `warn` means longer latencies, or no alignment or tight
// bound; an ordinary virtual machine without a real-time kernel gets this. A property that cannot be read is
// `unknown`, never `good`.

/// How fit, worst last.
public enum Fitness: String, Sendable, CaseIterable, Comparable {
    case good, unknown, warn, bad

    public static func < (a: Fitness, b: Fitness) -> Bool {
        allCases.firstIndex(of: a)! < allCases.firstIndex(of: b)!
    }
}

/// The verdict on one property of the host.
public struct HostVerdict: Sendable {
    /// What was looked at, as JSON spells it: `clock_source`.
    public let check: String
    public let fitness: Fitness
    /// What was found, for people.
    public let found: String
    /// The remedy: a command line or a setting; `nil` if nothing needs doing.
    public let remedy: String?
    /// The figures behind it, units in their names, for machines.
    public let figures: [(name: String, value: Int64)]

    init(
        _ check: String, _ fitness: Fitness, _ found: String, remedy: String? = nil,
        figures: [(name: String, value: Int64)] = []
    ) {
        self.check = check
        self.fitness = fitness
        self.found = found
        self.remedy = remedy
        self.figures = figures
    }
}

extension HostFacts {
    /// A verdict for each property, always all of them and in the same order.
    public var verdicts: [HostVerdict] {
        [
            judge("preemption", kernel, Self.preemption),
            judge("clock_source", clockSource, Self.clockSource),
            judge("realtime_permission", realtimePermission, Self.realtimePermission),
            judge("realtime_throttling", throttling) { Self.throttling($0, kernel: kernel) },
            judge("timer_slack", timerSlackNanoseconds, Self.timerSlack),
            wakeLatency,
            governor,
            judge("cpu_isolation", isolation, Self.isolation),
            judge("memory_lock", memoryLock, Self.memoryLock),
            judge("tai_offset", kernelClock, Self.taiOffset),
            judge("clock_synchronization", kernelClock, Self.synchronization),
            judge("steal", steal, Self.steal),
            judge("cpu_quota", cpuQuotas, Self.cpuQuota),
        ]
    }

    private func judge<Value>(
        _ check: String, _ reading: Reading<Value>, _ judgement: (Value) -> HostVerdict
    ) -> HostVerdict {
        switch reading {
        case .known(let value): judgement(value)
        case .unknown(let reason): HostVerdict(check, .unknown, reason)
        }
    }
}

// MARK: - Scheduling

extension HostFacts {
    private static func preemption(_ kernel: Kernel) -> HostVerdict {
        let check = "preemption"
        let remedy = "install a PREEMPT_RT kernel, on Debian: 'apt-get install linux-image-rt-amd64'"
        switch kernel.saysRealtime ? .realtime : PreemptionModel(build: kernel.build) {
        case .realtime: return HostVerdict(check, .good, "real-time (PREEMPT_RT), \(kernel.release)")
        case nil: return HostVerdict(check, .warn, "none, a server kernel, \(kernel.release)", remedy: remedy)
        case .full: return HostVerdict(check, .warn, "full, not real-time, \(kernel.release)", remedy: remedy)
        case .dynamic: break
        }
        guard let model = kernel.dynamicModel else {
            return HostVerdict(check, .warn, "dynamic, its model is not shown, \(kernel.release)", remedy: remedy)
        }
        let isFull = model == "full"
        return HostVerdict(
            check, .warn, "dynamic (\(model)), \(kernel.release)",
            remedy: isFull ? remedy : "boot with preempt=full; better, \(remedy)"
        )
    }

    private static func realtimePermission(_ permission: RealtimePermission) -> HostVerdict {
        let limit = permission.priorityLimit.map { "\($0)" } ?? "unlimited"
        let figures = permission.priorityLimit.map { [("rtprio_limit", Int64(clamping: $0))] } ?? []
        guard let refusal = permission.refusal else {
            return HostVerdict(
                "realtime_permission", .good, "SCHED_FIFO granted (RLIMIT_RTPRIO \(limit))", figures: figures)
        }
        return HostVerdict(
            "realtime_permission", .bad, "SCHED_FIFO refused: \(refusal) (RLIMIT_RTPRIO \(limit))",
            remedy: "add '@playout - rtprio 90' to /etc/security/limits.conf and log in again; "
                + "in a service LimitRTPRIO=90; in a container --cap-add SYS_NICE",
            figures: figures
        )
    }

    private static func throttling(_ throttling: Throttling, kernel: Reading<Kernel>) -> HostVerdict {
        let check = "realtime_throttling"
        let figures = [
            ("sched_rt_runtime_us", throttling.runtimeMicroseconds),
            ("sched_rt_period_us", throttling.periodMicroseconds),
        ]
        let (runtime, period) = (throttling.runtimeMicroseconds, throttling.periodMicroseconds)
        // Since 6.12 a deadline server gives the rest of the period to ordinary threads that wait,
        // and the sysctl no longer switches that off.
        var hasFairServer = false
        if case .known(let kernel) = kernel { hasFairServer = isAtLeast(kernel.release, major: 6, minor: 12) }
        if runtime < 0 || runtime >= period, !hasFairServer {
            return HostVerdict(check, .good, "off; a SCHED_FIFO thread that spins is never stopped", figures: figures)
        }
        let gap = runtime < 0 || runtime >= period ? 50 : (period - runtime) / 1_000
        let switchOff =
            hasFairServer
            ? "for every CPU N: 'echo 0 > /sys/kernel/debug/sched/fair_server/cpuN/runtime'"
            : "'sysctl -w kernel.sched_rt_runtime_us=-1'"
        return HostVerdict(
            check, .warn, "a SCHED_FIFO thread that spins is stopped for up to \(gap) ms of every \(period / 1_000) ms",
            remedy: "use --wait hybrid or sleep with --fifo; or, on an isolated CPU, \(switchOff)",
            figures: figures
        )
    }

    /// Whether a release such as `6.18.44-generic` is of this version or a later one.
    private static func isAtLeast(_ release: String, major: Int, minor: Int) -> Bool {
        let numbers = release.split { !$0.isNumber }.prefix(2).compactMap { Int($0) }
        guard numbers.count == 2 else { return false }
        return (numbers[0], numbers[1]) >= (major, minor)
    }

    private static func isolation(_ isolation: CPUIsolation) -> HostVerdict {
        guard isolation.isolated.isEmpty else {
            let tickFree = isolation.tickFree.isEmpty ? "" : ", without a scheduler tick: \(isolation.tickFree)"
            return HostVerdict(
                "cpu_isolation", .good, "CPUs \(isolation.isolated)\(tickFree); pin to one with --cpu")
        }
        return HostVerdict(
            "cpu_isolation", .warn, "no CPU is isolated; ticks share a CPU with other work",
            remedy: "boot with isolcpus=managed_irq,domain,N nohz_full=N rcu_nocbs=N and run with --cpu N"
        )
    }
}
