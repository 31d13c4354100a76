import Foundation
import TestSupport
import Testing
import TickLinux
import TickScheduling
import TickTime

@Suite("CPU quotas of control groups")
struct CPUQuotaTests {
    /// The files of a host in `Fixtures/cgroups`, by their paths.
    private struct Host {
        let files: [String: String]

        init(_ name: String) throws {
            let file = Vectors.packageRoot.appending(path: "Fixtures/cgroups/\(name).json")
            files = try JSONDecoder().decode([String: String].self, from: Data(contentsOf: file))
        }

        func text(_ path: String) throws(HostProbeError) -> String {
            guard let text = files[path] else {
                throw .system(SystemError(call: "open", subject: path, errno: ENOENT))
            }
            return text
        }

        func quotas() throws -> [CPUQuota] { try CPUQuotaGroups(text).quotas(text) }
    }

    @Test("a service's quota of version 2 is found by its group, with what it has done")
    func service() throws {
        let quotas = try Host("v2-service").quotas()
        let quota = try #require(quotas.first)
        #expect(quotas.count == 1 && quota.group == "/sys/fs/cgroup/system.slice/tickrun.service")
        #expect(quota.quota == .milliseconds(20) && quota.period == .milliseconds(100))
        #expect(
            quota.throttling
                == CPUThrottling(periods: 54, throttledPeriods: 54, time: .microseconds(4_312_345)))
    }

    @Test("in a container the group's files lie where its hierarchy is mounted, in either version")
    func container() throws {
        let new = try Host("v2-container").quotas()
        #expect(new.map(\.group) == ["/sys/fs/cgroup"] && new[0].quota == .milliseconds(150))
        let old = try Host("v1-docker").quotas()
        #expect(old.map(\.group) == ["/sys/fs/cgroup/cpu,cpuacct"] && old[0].quota == .milliseconds(50))
        #expect(
            old[0].throttling == CPUThrottling(periods: 21, throttledPeriods: 20, time: Nanoseconds(1_268_460_894)))
    }

    @Test("a group below that at which its hierarchy is mounted is found by the rest of its path")
    func nested() throws {
        let quotas = try Host("v2-nested").quotas()
        #expect(quotas.map(\.group) == ["/sys/fs/cgroup/playout"] && quotas.first?.quota == .milliseconds(30))
    }

    @Test("the quotas of the groups above hold too, the innermost first, whatever their folders are called")
    func parents() throws {
        let quotas = try Host("v2-parent").quotas()
        #expect(
            quotas.map(\.group) == [
                "/run/control groups/kubepods.slice/pod 7", "/run/control groups/kubepods.slice",
            ])
        #expect(quotas.map(\.throttling.throttledPeriods) == [17, 3])
    }

    @Test("no quota is none: 'max' of version 2, -1 of version 1, no file in the outermost group")
    func none() throws { #expect(try Host("v1-hybrid").quotas().isEmpty) }

    @Test("a host that does not show its groups says which file")
    func unreadable() {
        let error = #expect(throws: HostProbeError.self) {
            try CPUQuotaGroups { path throws(HostProbeError) in
                throw .system(SystemError(call: "open", subject: path, errno: EACCES))
            }
        }
        #expect(error?.description == "open(/proc/self/cgroup): Permission denied")
        let odd = #expect(throws: HostProbeError.self) {
            try CPUQuotaGroups { path throws(HostProbeError) in path == "/proc/self/cgroup" ? "no colon" : "" }
        }
        #expect(odd?.description == "/proc/self/cgroup holds 'no colon', which is not understood")
    }

    @Test("this host's own files are understood")
    func ownFiles() throws {
        for quota in try CPUQuotaGroups.ofThisProcess().quotas() {
            #expect(quota.quota > .zero && quota.period > .zero)
            #expect(quota.throttling.throttledPeriods <= quota.throttling.periods)
        }
    }
}
