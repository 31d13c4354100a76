import Glibc
import TestSupport
import Testing
import TickTime

@testable import TickLinux

// Every request is made on a thread of its own, which ends with what it was given.

/// capset(2), which glibc exports without a header; it takes the calling thread's capabilities alone.
@_silgen_name("capset")
private func capset(_ header: UnsafePointer<CapabilityHeader>, _ sets: UnsafePointer<CapabilitySets>) -> Int32

private struct CapabilityHeader {
    /// _LINUX_CAPABILITY_VERSION_3.
    var version: UInt32 = 0x2008_0522
    var thread: Int32 = 0
}

/// Effective, permitted and inheritable: 64 capabilities in two halves, none of them set.
private struct CapabilitySets {
    var low: (UInt32, UInt32, UInt32) = (0, 0, 0)
    var high: (UInt32, UInt32, UInt32) = (0, 0, 0)
}

@Suite("Real-time thread")
struct RealTimeThreadTests {
    private func grants(_ request: ThreadRequest) async throws -> [HostGrant] {
        try await onOwnThread { RealTimeThread.prepareCurrent(request) }
    }

    @Test("a CPU that does not exist is refused, and the thread goes on", arguments: [1_023, 1_024, -1, Int.max])
    func noSuchCPU(cpu: Int) async throws {
        let grants = try await grants(ThreadRequest(cpu: cpu, holdWakeLatency: false))
        #expect(grants.map(\.request) == [.cpu(cpu), .timerSlack])
        let refused = try #require(grants.first)
        #expect(refused.refusal == SystemError(call: "sched_setaffinity", subject: "\(cpu)", errno: EINVAL))
        #expect(refused.refusal?.description == "sched_setaffinity(\(cpu)): Invalid argument")
        #expect(refused.remedy.contains("online"))
        #expect(grants.last?.isGranted == true)
    }

    @Test("a priority that SCHED_FIFO does not have is refused", arguments: [0, 100, -1, Int.max])
    func noSuchPriority(priority: Int) async throws {
        let grants = try await grants(ThreadRequest(fifoPriority: priority, holdWakeLatency: false))
        #expect(grants.map(\.name) == ["fifo_priority", "timer_slack"])
        #expect(
            grants.first?.refusal
                == SystemError(call: "pthread_setschedparam", subject: "\(priority)", errno: EINVAL))
        #expect(grants.first?.detail == "SCHED_FIFO priority \(priority)")
    }

    @Test("a refusal of one request does not stop the next, and all are told in the order asked")
    func order() async throws {
        let request = ThreadRequest(fifoPriority: 100, cpu: 1_023, holdWakeLatency: false)
        let grants = try await grants(request)
        #expect(grants.map(\.name) == ["cpu", "fifo_priority", "timer_slack"])
        #expect(grants.map(\.isGranted) == [false, false, true])
    }

    @Test("a thread without privileges is refused priority and locked memory, with a remedy for each")
    func unprivileged() async throws {
        let priorityLimit = try HostProbe.realtimePriorityLimit()
        let memoryLimit = try HostProbe.memoryLockLimitBytes()
        // Where the limits allow it nothing is refused; locking this whole process is not tried then.
        let request = ThreadRequest(fifoPriority: 1, lockMemory: memoryLimit != nil, holdWakeLatency: false)
        let (dropped, grants) = try await onOwnThread {
            var (header, sets) = (CapabilityHeader(), CapabilitySets())
            let dropped = unsafe capset(&header, &sets)
            return (dropped, RealTimeThread.prepareCurrent(request))
        }
        try #require(dropped == 0)
        for grant in grants {
            switch grant.request {
            case .fifo:
                guard priorityLimit == 0 else { continue }
                #expect(grant.refusal?.call == "pthread_setschedparam")
                #expect(grant.refusal?.isPermission == true)
                #expect(grant.remedy.contains("CAP_SYS_NICE") && grant.remedy.contains("rtprio"))
            case .lockedMemory:
                guard !isUnderThreadSanitizer else { continue }
                #expect(grant.refusal?.call == "mlockall")
                #expect(grant.remedy.contains("CAP_IPC_LOCK") && grant.remedy.contains("memlock"))
            default: #expect(grant.isGranted)
            }
        }
        #expect(grants.count == (memoryLimit == nil ? 2 : 3))
    }

    /// Its runtime answers mlockall(2) itself, without locking anything.
    private var isUnderThreadSanitizer: Bool { unsafe dlsym(nil, "__tsan_init") != nil }

    /// The CPUs that the calling thread may run on, as the kernel lists them: `0-1,4`.
    private func allowedCPUs() throws -> String {
        let status = try String(decoding: SystemFile.read("/proc/thread-self/status"), as: UTF8.self)
        let line = status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") }
        return String(try #require(line).split(separator: "\t")[1])
    }

    @Test("what is granted is in force on the thread that asked, and on no other")
    func inForce() async throws {
        let before = try HostProbe.timerSlackNanoseconds()
        let cpu = try #require(try allowedCPUs().split { !$0.isNumber }.first.flatMap { Int($0) })
        let (granted, slack, runsOn) = try await onOwnThread {
            let grants = RealTimeThread.prepareCurrent(ThreadRequest(cpu: cpu, holdWakeLatency: false))
            return (grants.allSatisfy(\.isGranted), try HostProbe.timerSlackNanoseconds(), try allowedCPUs())
        }
        #expect(granted)
        #expect(slack == 1)
        #expect(runsOn == "\(cpu)")
        #expect(try HostProbe.timerSlackNanoseconds() == before)
    }

    @Test("a started thread bears its name, runs its body to the end before it is joined, and lets it go")
    func start() throws {
        final class Probe: Sendable {}
        let names = Log<String?>()
        weak var released: Probe?
        do {
            let probe = Probe()
            released = probe
            let handle = try RealTimeThread.start(named: "fifteen bytes..") {
                _ = probe
                HostClock.spin(for: .milliseconds(2))
                names.append(try? SystemFile.line("/proc/thread-self/comm"))
            }
            handle.join()
        }
        #expect(names.entries == ["fifteen bytes.."])
        #expect(released == nil)
    }
}
