// Starts many loops one after another, pushed and pulled in turn, and prints what the process holds before and
// after, in the form of Fixtures/c-interface/leftovers.c. The first loops are not counted: the libraries keep what
// they made once.

import Foundation
import Glibc
import TickLinux
import TickScheduling
import TickTime

enum Leftovers {
    private final class Silent: LoopObserver {}

    static func run(_ loops: Int) throws {
        for number in 0..<20 { try one(number) }
        tell("before")
        for number in 20..<20 + loops { try one(number) }
        tell("after")
    }

    /// One loop of two ticks; sometimes a failed one, which never begins.
    private static func one(_ number: Int) throws {
        let options = TickRunnerOptions(
            loop: TickLoopOptions(wait: .sleep, ringCapacity: 1 << 10),
            thread: ThreadRequest(fifoPriority: 1, cpu: firstCPU, lockMemory: true))
        let request = SessionRequest(try SessionPlan(rate: FrameRate(1_000), tickCount: 2))
        switch number % 3 {
        case 0:
            let runner = try TickRunner.start([request], options: options, observer: Silent())
            if number == 3 { tell("running") }
            _ = runner.wait()
        case 1:
            var loop = try ObservedLoop.begin([request], options: options, observer: Silent())
            while loop.next() != nil {}
            _ = loop.finish()
        default:
            // Without a session, it is refused after the requests to the host, on this thread and on a thread of the
            // library.
            _ = try? ObservedLoop.begin([], options: options, observer: Silent()).beginning
            _ = try? TickRunner.start([], options: options, observer: Silent())
        }
    }

    /// The CPUs that this thread may run on, which the kernel lists as `0-1,4`.
    private static var cpus: [Int] {
        let status = (try? String(contentsOfFile: "/proc/thread-self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") }
        return (line?.split(separator: "\t").last ?? "").split(separator: ",").flatMap { range in
            let ends = range.split(separator: "-").compactMap { Int($0) }
            guard let first = ends.first, let last = ends.last else { return [Int]() }
            return Array(first...last)
        }
    }

    private static let firstCPU = cpus.first ?? 0

    private static func tell(_ when: String) {
        let files = FileManager.default
        let descriptors = (try? files.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        let latency = descriptors.filter {
            (try? files.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)")) == "/dev/cpu_dma_latency"
        }
        let threads = (try? files.contentsOfDirectory(atPath: "/proc/self/task")) ?? []
        let maps = (try? String(contentsOfFile: "/proc/self/maps", encoding: .utf8)) ?? ""
        var (policy, parameters) = (Int32(-1), sched_param())
        unsafe pthread_getschedparam(pthread_self(), &policy, &parameters)
        print(
            "{\"when\":\"\(when)\",\"descriptors\":\(descriptors.count),\"latency_descriptors\":\(latency.count),"
                + "\"threads\":\(threads.count),\"mappings\":\(maps.split(separator: "\n").count),"
                + "\"locked_kib\":\((try? HostProbe.lockedMemoryKiB()).map(Int.init) ?? -1),\"policy\":\(policy),"
                + "\"cpus\":\(cpus.count),\"timer_slack\":\((try? HostProbe.timerSlackNanoseconds()) ?? -1)}")
    }
}
