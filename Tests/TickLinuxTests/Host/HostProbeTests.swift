import ClusterClock
import Foundation
import Testing
import TickLinux
import TickTime

@Suite("Facts about this host")
struct HostProbeTests {
    private func file(_ path: String) throws -> String {
        try String(contentsOfFile: path, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    @Test("release and build are those of the running kernel's version line")
    func kernel() throws {
        let kernel = try HostProbe.kernel()
        let line = try file("/proc/version")
        #expect(line.hasPrefix("Linux version \(kernel.release) "))
        #expect(line.contains(kernel.build))
    }

    @Test("the clock source in use is one of those available")
    func clockSource() throws {
        let source = try HostProbe.clockSource()
        #expect(source.available.contains(source.current))
    }

    @Test("timer slack is the value that the kernel shows for this thread")
    func timerSlack() throws {
        // A link to PID/task/TID; the figure is only in /proc/TID.
        let thread = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/thread-self")
        let shown = try file("/proc/\(try #require(thread.split(separator: "/").last))/timerslack_ns")
        #expect(try HostProbe.timerSlackNanoseconds() == Int64(shown))
    }

    @Test("reading the kernel's clock state does not change it")
    func clockState() throws {
        let (first, second) = (try KernelClock.read(), try KernelClock.read())
        #expect(first.taiOffsetSeconds == second.taiOffsetSeconds)
        #expect(first.isSynchronized == second.isSynchronized)
        #expect(first.maximumError >= .zero)
    }

    @Test("the limits are those of /proc/self/limits")
    func limits() throws {
        let table = try file("/proc/self/limits").split(separator: "\n")
        func soft(_ name: String) throws -> UInt64? {
            let line = try #require(table.first { $0.hasPrefix(name) })
            return UInt64(line.dropFirst(26).split(separator: " ")[0])
        }
        #expect(try HostProbe.realtimePriorityLimit() == soft("Max realtime priority"))
        #expect(try HostProbe.memoryLockLimitBytes() == soft("Max locked memory"))
    }

    @Test("CPU time and stolen time are between the kernel's values before and after")
    func cpuTime() throws {
        func shown() throws -> (total: Int64, stolen: Int64) {
            let line = try #require(try file("/proc/stat").split(separator: "\n").first { $0.hasPrefix("cpu ") })
            // proc(5): user nice system idle iowait irq softirq steal guest guest_nice, guest time being
            // counted in user and nice as well.
            let names = ["user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal"]
            let times = Dictionary(
                uniqueKeysWithValues: zip(names, line.split(separator: " ").dropFirst().map { Int64($0) ?? -1 }))
            return (times.values.reduce(0, +), try #require(times["steal"]))
        }
        let before = try shown()
        let read = try HostProbe.cpuTime()
        let after = try shown()
        #expect(before.total <= read.total && read.total <= after.total)
        #expect(before.stolen <= read.stolen && read.stolen <= after.stolen)
    }

    @Test("asking for a real-time thread does not change this thread")
    func realtimeThread() {
        _ = HostProbe.refusalOfRealtimeThread()
        #expect(sched_getscheduler(0) == SCHED_OTHER)
    }

    @Test("no descriptor stays open")
    func descriptors() throws {
        func count() throws -> Int { try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count }
        // Other tests open and close files meanwhile; a leak in a thousand rounds would be larger.
        let before = try count()
        for _ in 0..<1_000 {
            _ = HostProbe.refusalOfWakeLatencyRequest()
            _ = try HostProbe.kernel()
            _ = HostProbe.frequencyGovernors()
            _ = HostProbe.deepestIdleExitMicroseconds()
        }
        #expect(try count() < before + 500)
    }

    @Test("an error names what could not be read, and why")
    func errors() {
        #expect(
            HostProbeError.system(SystemError(call: "open", subject: "/proc/stat", errno: ENOENT)).description
                == "open(/proc/stat): No such file or directory")
        #expect(
            HostProbeError.unexpected(path: "/proc/stat", text: "x").description
                == "/proc/stat holds 'x', which this version cannot read")
    }
}
