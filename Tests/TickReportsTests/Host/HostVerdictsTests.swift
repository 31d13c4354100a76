import Testing
import TickReports

@Suite("The verdicts on a host")
struct HostVerdictsTests {
    /// An ideal machine, of which each test changes one fact.
    private static let ideal = HostFacts(
        kernel: .known(
            .init(
                release: "6.1.0-18-rt-amd64", build: "#1 SMP PREEMPT_RT Debian", saysRealtime: true, dynamicModel: nil)),
        clockSource: .known(.init(current: "tsc", available: ["tsc", "hpet"])),
        realtimePermission: .known(.init(refusal: nil, priorityLimit: 90)),
        throttling: .known(.init(runtimeMicroseconds: -1, periodMicroseconds: 1_000_000)),
        timerSlackNanoseconds: .known(50_000),
        wakeLatencyRefusal: nil,
        deepestIdleExitMicroseconds: 1,
        governors: ["performance"],
        isolation: .known(.init(isolated: "2-3", tickFree: "2-3")),
        memoryLock: .known(.init(limitBytes: nil, isPrivileged: false)),
        kernelClock: .known(.init(taiOffsetSeconds: 37, errorMicroseconds: 900)),
        steal: .known(.init(total: 1_000_000, stolen: 0, sampleTotal: 100, sampleStolen: 0)),
        cpuQuotas: .known([])
    )

    private func verdict(_ check: String, _ spoil: (inout HostFacts) -> Void) throws -> HostVerdict {
        var facts = Self.ideal
        spoil(&facts)
        let others = facts.verdicts.filter { $0.check != check }
        #expect(others.allSatisfy { $0.fitness == .good }, "one fact spoils one verdict")
        return try #require(facts.verdicts.first { $0.check == check })
    }

    @Test("an ideal machine is good in every respect and needs no remedy")
    func ideal() {
        #expect(Self.ideal.verdicts.count == 13)
        #expect(Self.ideal.verdicts.allSatisfy { $0.fitness == .good && $0.remedy == nil })
        #expect(Set(Self.ideal.verdicts.map(\.check)).count == 13)
    }

    @Test("verdicts are ordered from good to bad")
    func order() {
        #expect(Fitness.allCases.sorted() == [.good, .unknown, .warn, .bad])
    }

    @Test("an unreadable fact is unknown with its reason, and hides no other")
    func unknown() {
        var facts = Self.ideal
        facts.clockSource = .unknown(reason: "/sys: Permission denied")
        facts.steal = .unknown(reason: "/proc/stat: No such file or directory")
        let unknown = facts.verdicts.filter { $0.fitness == .unknown }
        #expect(unknown.map(\.check) == ["clock_source", "steal"])
        #expect(unknown.map(\.found) == ["/sys: Permission denied", "/proc/stat: No such file or directory"])
        #expect(facts.verdicts.count == 13)
    }

    @Test(
        "only a real-time kernel is good; any other is a warning with the package to install",
        arguments: [
            ("#1 SMP PREEMPT_RT Debian", false, String?.none, Fitness.good),
            ("#1 SMP Debian", true, nil, .good),
            ("#1 SMP PREEMPT_DYNAMIC Debian", false, "full", .warn),
            ("#1 SMP PREEMPT_DYNAMIC Debian", false, "voluntary", .warn),
            ("#1 SMP PREEMPT_DYNAMIC Debian", false, nil, .warn),
            ("#1 SMP PREEMPT Debian", false, nil, .warn),
            ("#1 SMP Debian", false, nil, .warn),
        ])
    func preemption(build: String, saysRealtime: Bool, model: String?, fitness: Fitness) throws {
        let verdict = try verdict("preemption") {
            $0.kernel = .known(
                .init(release: "5.10.0", build: build, saysRealtime: saysRealtime, dynamicModel: model))
        }
        #expect(verdict.fitness == fitness)
        #expect((verdict.remedy?.contains("linux-image-rt-amd64") == true) == (fitness == .warn))
        #expect((verdict.remedy?.contains("preempt=full") == true) == (model == "voluntary"))
    }

    @Test(
        "the counters read in user space are good, jiffies are bad, the rest are slow",
        arguments: [
            ("tsc", Fitness.good), ("arch_sys_counter", .good), ("kvm-clock", .warn), ("hpet", .warn),
            ("acpi_pm", .warn), ("jiffies", .bad), ("refined-jiffies", .bad),
        ])
    func clockSource(name: String, fitness: Fitness) throws {
        for available in [[name, "tsc"], [name]] {
            let verdict = try verdict("clock_source") {
                $0.clockSource = .known(.init(current: name, available: available))
            }
            #expect(verdict.fitness == fitness)
            let saysHow = verdict.remedy?.contains("echo tsc") == true
            #expect(saysHow == (fitness != .good && available.contains("tsc")))
        }
    }

    @Test("a refused real-time thread is bad at any limit, and the remedy names the limit")
    func realtimePermission() throws {
        for limit in [0, 99, nil] as [UInt64?] {
            let verdict = try verdict("realtime_permission") {
                $0.realtimePermission = .known(.init(refusal: "Operation not permitted", priorityLimit: limit))
            }
            #expect(verdict.fitness == .bad)
            #expect(verdict.found.contains("Operation not permitted"))
            #expect(verdict.remedy?.contains("rtprio") == true)
        }
    }

    @Test(
        "throttling warns with the length of the gap; where a fair server does it, the sysctl is no remedy",
        arguments: [
            ("6.1.0-18-rt-amd64", 950_000, Fitness.warn, "50 ms", String?.some("kernel.sched_rt_runtime_us=-1")),
            ("6.1.0-18-rt-amd64", 900_000, .warn, "100 ms", "sysctl"),
            ("6.1.0-18-rt-amd64", -1, .good, "", nil),
            ("6.1.0-18-rt-amd64", 1_000_000, .good, "", nil),
            ("6.11.9", -1, .good, "", nil),
            ("6.12.0", -1, .warn, "50 ms", "fair_server"),
            ("7.0.1-generic", 950_000, .warn, "50 ms", "fair_server"),
        ])
    func throttling(release: String, runtime: Int64, fitness: Fitness, gap: String, remedy: String?) throws {
        let verdict = try verdict("realtime_throttling") {
            $0.kernel = .known(.init(release: release, build: "PREEMPT_RT", saysRealtime: true, dynamicModel: nil))
            $0.throttling = .known(.init(runtimeMicroseconds: runtime, periodMicroseconds: 1_000_000))
        }
        #expect(verdict.fitness == fitness)
        #expect(verdict.found.contains(gap) || gap.isEmpty)
        if let remedy { #expect(verdict.remedy?.contains(remedy) == true) } else { #expect(verdict.remedy == nil) }
    }

    @Test(
        "inherited timer slack is a warning only above the kernel's default",
        arguments: [
            (Int64(1), Fitness.good), (50_000, .good), (50_001, .warn), (40_000_000, .warn),
        ])
    func timerSlack(nanoseconds: Int64, fitness: Fitness) throws {
        let verdict = try verdict("timer_slack") { $0.timerSlackNanoseconds = .known(nanoseconds) }
        #expect(verdict.fitness == fitness)
        #expect(verdict.figures.map(\.name) == ["timer_slack_ns"])
        #expect(verdict.figures.map(\.value) == [nanoseconds])
    }

    @Test("a wake-latency device that cannot be written is a warning with the idle state's cost")
    func wakeLatency() throws {
        let verdict = try verdict("wake_from_idle") {
            $0.wakeLatencyRefusal = "Permission denied"
            $0.deepestIdleExitMicroseconds = 890
        }
        #expect(verdict.fitness == .warn)
        #expect(verdict.found.contains("890 µs"))
        #expect(verdict.remedy?.contains("/dev/cpu_dma_latency") == true)
    }

    @Test("one CPU under another governor than performance is a warning, and no governor is unknown")
    func governor() throws {
        #expect(try verdict("cpu_governor") { $0.governors = ["performance", "powersave"] }.fitness == .warn)
        #expect(try verdict("cpu_governor") { $0.governors = ["schedutil"] }.fitness == .warn)
        #expect(try verdict("cpu_governor") { $0.governors = [] }.fitness == .unknown)
    }

    @Test("no isolated CPU is a warning with the boot options")
    func isolation() throws {
        let verdict = try verdict("cpu_isolation") { $0.isolation = .known(.init(isolated: "", tickFree: "")) }
        #expect(verdict.fitness == .warn)
        #expect(verdict.remedy?.contains("isolcpus") == true)
    }

    @Test(
        "a memory-lock limit counts only without the privilege",
        arguments: [
            (UInt64?.some(8 << 20), false, Fitness.warn), (8 << 20, true, .good), (256 << 20, false, .good),
            ((256 << 20) - 1, false, .warn), (nil, false, .good),
        ])
    func memoryLock(limit: UInt64?, isPrivileged: Bool, fitness: Fitness) throws {
        let verdict = try verdict("memory_lock") {
            $0.memoryLock = .known(.init(limitBytes: limit, isPrivileged: isPrivileged))
        }
        #expect(verdict.fitness == fitness)
    }

    @Test("a TAI offset that nobody set is a warning")
    func taiOffset() throws {
        let verdict = try verdict("tai_offset") {
            $0.kernelClock = .known(
                .init(taiOffsetSeconds: 0, errorMicroseconds: 900))
        }
        #expect(verdict.fitness == .warn)
    }

    @Test(
        "a clock is good while somebody computed its error and that is within 25 ms",
        arguments: [(Int64?(25_000), Fitness.good), (25_001, .warn), (nil, .warn)])
    func synchronization(error: Int64?, fitness: Fitness) throws {
        let verdict = try verdict("clock_synchronization") {
            $0.kernelClock = .known(
                .init(
                    taiOffsetSeconds: 37, errorMicroseconds: error, fault: error == nil ? "no bound: esterror is 0" : ""
                ))
        }
        #expect(verdict.fitness == fitness)
        #expect(verdict.found.contains("esterror") == (error == nil))
    }

    @Test(
        "steal within the sample is bad above five per cent, since the boot a warning above one",
        arguments: [
            (HostFacts.Steal(total: 10_000, stolen: 100, sampleTotal: 100, sampleStolen: 0), Fitness.good, "1.00 %"),
            (HostFacts.Steal(total: 10_000, stolen: 101, sampleTotal: 100, sampleStolen: 0), .warn, "1.01 %"),
            (HostFacts.Steal(total: 10_000, stolen: 0, sampleTotal: 10, sampleStolen: 1), .good, "10 ms of 100 ms"),
            (HostFacts.Steal(total: 10_000, stolen: 2, sampleTotal: 100, sampleStolen: 2), .warn, "0.02 %"),
            (HostFacts.Steal(total: 10_000, stolen: 5, sampleTotal: 100, sampleStolen: 5), .warn, "50 ms of 1000 ms"),
            (HostFacts.Steal(total: 10_000, stolen: 6, sampleTotal: 100, sampleStolen: 6), .bad, "60 ms of 1000 ms"),
            (HostFacts.Steal(total: 0, stolen: 0, sampleTotal: 0, sampleStolen: 0), .good, "0.00 %"),
        ])
    func steal(steal: HostFacts.Steal, fitness: Fitness, found: String) throws {
        let verdict = try verdict("steal") { $0.steal = .known(steal) }
        #expect(verdict.fitness == fitness)
        #expect(verdict.found.contains(found))
        #expect((verdict.remedy == nil) == (fitness == .good))
    }

    @Test("a CPU quota is a warning until it stops the group, and bad from then on, with the group and the remedy")
    func cpuQuota() throws {
        func quota(_ group: String, _ periods: Int64, _ throttled: Int64, sample: Int64 = 0) -> HostFacts.CPUQuota {
            .init(
                group: group, quotaMicroseconds: 20_000, periodMicroseconds: 100_000, periods: periods,
                throttledPeriods: throttled, throttledMilliseconds: throttled * 80, sampleThrottledPeriods: sample)
        }
        for (periods, throttled, sample, fitness) in [
            (Int64(1_000), Int64(0), Int64(0), Fitness.warn), (1_000, 10, 0, .warn), (1_000, 11, 0, .bad),
            (1_000, 1, 1, .bad), (54, 54, 5, .bad),
        ] {
            let found = try verdict("cpu_quota") {
                $0.cpuQuotas = .known([quota("/sys/fs/cgroup/a", periods, throttled, sample: sample)])
            }
            #expect(found.fitness == fitness, "\(throttled) of \(periods)")
            #expect(found.remedy?.contains("CPUQuota=") == true && found.remedy?.contains("--fifo") == true)
        }
        let worst = try verdict("cpu_quota") {
            $0.cpuQuotas = .known([quota("/a/b", 100, 2), quota("/a", 54, 54), quota("/", 10, 0)])
        }
        #expect(
            worst.found == "20 ms of CPU time in each 100 ms for /a: it was stopped in 54 of 54 periods, for 4320 ms")
        #expect(worst.figures.first { $0.name == "throttled_periods" }?.value == 54)
    }
}
