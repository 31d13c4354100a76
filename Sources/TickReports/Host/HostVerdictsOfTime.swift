// The verdicts on a host's clocks, its wake-ups, its memory and its hypervisor.

extension HostFacts {
    static func clockSource(_ source: ClockSource) -> HostVerdict {
        let check = "clock_source"
        let found = "\(source.current) (available: \(source.available.joined(separator: ", ")))"
        let offersTSC = source.available.contains("tsc")
        let switchToTSC =
            "'echo tsc > /sys/devices/system/clocksource/clocksource0/current_clocksource', "
            + "or boot with clocksource=tsc tsc=reliable"
        switch source.current {
        // Both the TSC and the ARM counter are read in user space, in some 20 ns.
        case "tsc", "arch_sys_counter":
            return HostVerdict(check, .good, found)
        case "jiffies", "refined-jiffies", "pit":
            return HostVerdict(
                check, .bad, "\(found): it moves in steps of milliseconds",
                remedy: offersTSC ? switchToTSC : "enable the TSC or the HPET in the firmware or the hypervisor"
            )
        default:
            return HostVerdict(
                check, .warn, "\(found): reading it is slower than reading the TSC",
                remedy: offersTSC
                    ? switchToTSC : "see with 'dmesg | grep -i tsc' why the kernel does not trust the TSC"
            )
        }
    }

    /// 50 µs is the kernel's default. A run sets 1 ns for its own thread, which needs no permission.
    static func timerSlack(_ nanoseconds: Int64) -> HostVerdict {
        let figures = [("timer_slack_ns", nanoseconds)]
        guard nanoseconds > 50_000 else {
            return HostVerdict(
                "timer_slack", .good, "\(nanoseconds) ns inherited; a run sets 1 ns for its own thread",
                figures: figures
            )
        }
        return HostVerdict(
            "timer_slack", .warn, "\(nanoseconds) ns inherited, above the kernel's default of 50000 ns",
            remedy: "in a service TimerSlackNSec=50us; a run sets 1 ns only for its own thread", figures: figures
        )
    }

    var wakeLatency: HostVerdict {
        let check = "wake_from_idle"
        let figures = deepestIdleExitMicroseconds.map { [("deepest_idle_exit_us", $0)] } ?? []
        let depth = deepestIdleExitMicroseconds.map { "; the deepest idle state takes \($0) µs to leave" } ?? ""
        guard let refusal = wakeLatencyRefusal else {
            return HostVerdict(
                check, .good, "/dev/cpu_dma_latency is writable; a run holds it\(depth)", figures: figures)
        }
        return HostVerdict(
            check, .warn, "/dev/cpu_dma_latency: \(refusal)\(depth)",
            remedy: "let the user write it: 'setfacl -m u:USER:w /dev/cpu_dma_latency'; or boot with idle=poll",
            figures: figures
        )
    }

    var governor: HostVerdict {
        let check = "cpu_governor"
        guard !governors.isEmpty else {
            return HostVerdict(check, .unknown, "no frequency governor is shown, as is usual in a virtual machine")
        }
        let found = governors.joined(separator: ", ")
        if governors == ["performance"] { return HostVerdict(check, .good, found) }
        return HostVerdict(
            check, .warn, "\(found): a CPU that slept starts slowly", remedy: "'cpupower frequency-set -g performance'")
    }

    /// The memory of a playout process with its buffers, libraries and thread stacks.
    private static let enoughLockedMemory: UInt64 = 256 << 20

    static func memoryLock(_ lock: MemoryLock) -> HostVerdict {
        let figures = lock.limitBytes.map { [("memlock_limit_bytes", Int64(clamping: $0))] } ?? []
        let limit = lock.limitBytes.map { "\($0) bytes" } ?? "unlimited"
        if lock.isPrivileged {
            return HostVerdict("memory_lock", .good, "CAP_IPC_LOCK: without limit", figures: figures)
        }
        if lock.limitBytes.map({ $0 >= enoughLockedMemory }) ?? true {
            return HostVerdict("memory_lock", .good, limit, figures: figures)
        }
        return HostVerdict(
            "memory_lock", .warn, "\(limit): too little to lock a whole process",
            remedy: "add '@playout - memlock unlimited' to /etc/security/limits.conf and log in again; "
                + "in a service LimitMEMLOCK=infinity",
            figures: figures
        )
    }

    static func taiOffset(_ clock: ClockSetting) -> HostVerdict {
        let figures = [("tai_offset_s", clock.taiOffsetSeconds)]
        // TAI − UTC was 10 s in 1972 and has never fallen.
        guard clock.taiOffsetSeconds < 10 else {
            return HostVerdict("tai_offset", .good, "\(clock.taiOffsetSeconds) s, from the kernel", figures: figures)
        }
        return HostVerdict(
            "tai_offset", .warn, "the kernel has none; st2059 falls back to leap-seconds.list or a built-in table",
            remedy: "in chrony.conf: leapsectz right/UTC (or, from chrony 4.6, "
                + "leapseclist /usr/share/zoneinfo/leap-seconds.list)",
            figures: figures
        )
    }

    /// The limit for PASS of a node that is checked against UTC.
    private static let passingErrorMicroseconds: Int64 = 25_000

    static func synchronization(_ clock: ClockSetting) -> HostVerdict {
        let check = "clock_synchronization"
        guard let error = clock.errorMicroseconds else {
            return HostVerdict(
                check, .warn, "\(clock.fault); fences follow this drifting UTC",
                remedy: "'apt-get install chrony', and keep 'rtcsync' in chrony.conf, which tells the kernel"
            )
        }
        let figures = [("max_error_us", error)]
        let found = "synchronized, error at most \(error) µs"
        guard error > passingErrorMicroseconds else {
            return HostVerdict(check, .good, found, figures: figures)
        }
        return HostVerdict(
            check, .warn, "\(found), above the \(passingErrorMicroseconds) µs of a pass",
            remedy: "use nearer or better servers; 'chronyc sources -v' shows the present ones", figures: figures
        )
    }

    /// A warning above 1 % since the boot, bad above 5 % within the sample. The sample is short and the kernel counts
    /// in steps of 10 ms, so one step is not a finding.
    static func steal(_ steal: Steal) -> HostVerdict {
        let figures = [
            ("stolen_ms", steal.stolen * 10), ("cpu_time_ms", steal.total * 10),
            ("sample_stolen_ms", steal.sampleStolen * 10), ("sample_cpu_time_ms", steal.sampleTotal * 10),
        ]
        let share = percentage(steal.stolen, of: steal.total)
        let found =
            "\(share) % of CPU time since the boot, \(steal.sampleStolen * 10) ms of \(steal.sampleTotal * 10) ms just now"
        let remedy = "give the machine dedicated CPUs on the hypervisor (pinned or dedicated vCPUs)"
        if steal.sampleStolen >= 2, steal.sampleStolen * 100 > steal.sampleTotal * 5 {
            return HostVerdict("steal", .bad, found, remedy: remedy, figures: figures)
        }
        let isNoticeable = steal.stolen * 100 > steal.total || steal.sampleStolen >= 2
        return HostVerdict(
            "steal", isNoticeable ? .warn : .good, found, remedy: isNoticeable ? remedy : nil, figures: figures)
    }

    /// With two decimals, rounded down: `1.05`.
    private static func percentage(_ part: Int64, of whole: Int64) -> String {
        guard whole > 0 else { return "0.00" }
        let hundredths = part * 10_000 / whole
        return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
    }
}
