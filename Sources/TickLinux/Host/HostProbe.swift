internal import CLinuxShims
import Glibc

/// Raw facts about this host, each read separately, so that a missing fact does not hide another.
///
/// Nothing here changes the host or judges a fact. `tickrun` judges what a fact means for playout.
package enum HostProbe {
    // MARK: Kernel

    /// The kernel's release and build: `6.1.0-18-rt-amd64`, `#1 SMP PREEMPT_RT Debian …`.
    ///
    /// The corresponding C function is `uname`.
    package static func kernel() throws(HostProbeError) -> (release: String, build: String) {
        let release = try HostFile.text("/proc/sys/kernel/osrelease")
        let build = try HostFile.text("/proc/sys/kernel/version")
        return (release, build)
    }

    /// Whether /sys/kernel/realtime says 1. Only kernels with PREEMPT_RT have the file.
    package static func saysRealtime() -> Bool {
        (try? HostFile.integer("/sys/kernel/realtime")) == 1
    }

    /// The preemption model of a PREEMPT_DYNAMIC kernel: `none`, `voluntary`, `full` or `lazy`.
    ///
    /// Only root sees it, and only with debugfs mounted: the file marks the choice, `none (full)`.
    package static func dynamicPreemption() throws(HostProbeError) -> String {
        let path = "/sys/kernel/debug/sched/preempt"
        let text = try HostFile.text(path)
        guard let open = text.firstIndex(of: "("), let close = text[open...].firstIndex(of: ")") else {
            throw .unexpected(path: path, text: text)
        }
        return String(text[text.index(after: open)..<close])
    }

    // MARK: Clock

    /// The clock source in use and those available: `tsc`, `kvm-clock`, `hpet`, …
    package static func clockSource() throws(HostProbeError) -> (current: String, available: [String]) {
        let folder = "/sys/devices/system/clocksource/clocksource0"
        let current = try HostFile.text("\(folder)/current_clocksource")
        let available = try HostFile.text("\(folder)/available_clocksource")
        return (current, available.split(separator: " ").map(String.init))
    }

    /// By how much the kernel may delay this thread's timers to combine them with others.
    ///
    /// The corresponding C function is `prctl(PR_GET_TIMERSLACK)`.
    package static func timerSlackNanoseconds() throws(HostProbeError) -> Int64 {
        let slack = shim_timer_slack()
        guard slack >= 0 else {
            throw .system(SystemError(call: "prctl", subject: "PR_GET_TIMERSLACK", errno: errno))
        }
        return Int64(slack)
    }

    // MARK: CPUs

    /// The CPUs that the scheduler leaves alone, in the kernel's list format (`2-3`), empty if none.
    package static func isolatedCPUs() throws(HostProbeError) -> String {
        try HostFile.text("/sys/devices/system/cpu/isolated")
    }

    /// The CPUs without a scheduler tick, in list format; empty if there are none, or if the kernel does not support
    /// it.
    package static func tickFreeCPUs() -> String {
        let text = (try? HostFile.text("/sys/devices/system/cpu/nohz_full")) ?? ""
        return text == "(null)" ? "" : text
    }

    /// The frequency governors in use, without repeats; empty if the kernel shows none.
    package static func frequencyGovernors() -> [String] {
        let folder = "/sys/devices/system/cpu/cpufreq"
        let governors = HostFile.names(in: folder).compactMap { policy in
            try? HostFile.text("\(folder)/\(policy)/scaling_governor")
        }
        return Set(governors).sorted()
    }

    /// The longest exit latency of CPU 0's enabled idle states; `nil` if the kernel shows none.
    package static func deepestIdleExitMicroseconds() -> Int64? {
        let folder = "/sys/devices/system/cpu/cpu0/cpuidle"
        let latencies = HostFile.names(in: folder).compactMap { state -> Int64? in
            guard (try? HostFile.integer("\(folder)/\(state)/disable")) == 0 else { return nil }
            return try? HostFile.integer("\(folder)/\(state)/latency")
        }
        return latencies.max()
    }

    /// All CPUs' time since the boot, in the kernel's ticks of 10 ms, and the part of it that the hypervisor gave to
    /// others while a CPU here wanted to run.
    package static func cpuTime() throws(HostProbeError) -> (total: Int64, stolen: Int64) {
        let path = "/proc/stat"
        let line = try HostFile.text(path).prefix { $0 != "\n" }
        let fields = line.split(separator: " ").dropFirst().compactMap { Int64($0) }
        // user nice system idle iowait irq softirq steal; guest time is counted in user already.
        guard line.hasPrefix("cpu "), fields.count >= 8 else { throw .unexpected(path: path, text: String(line)) }
        return (fields[..<8].reduce(0, +), fields[7])
    }
}
