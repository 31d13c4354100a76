// CPU quotas of control groups. In each period, the kernel lets a group with a quota run for a limited time (the sum
// over all threads and CPUs), and then stops all its threads until the next period. A tick that is due in that time is
// late. Nothing else shows the cause: no time was stolen, and the thread was ready.
//
// The quota of any group above ours applies to us too. Version 2 (one hierarchy) and version 1 (the `cpu`
// controller has its own) are read; a host may have both mounted. Source: the kernel's
// admin-guide/cgroup-v2.rst and scheduler/sched-bwc.rst.
//
// Threads of SCHED_FIFO are not stopped by a quota.

package import TickScheduling
package import TickTime

/// A control group with a CPU quota, and what its quota has done so far.
package struct CPUQuota: Hashable, Sendable {
    /// The folder of the group.
    package let group: String
    /// How long its threads may run in each period, as a sum over all CPUs.
    package let quota: Nanoseconds
    package let period: Nanoseconds
    /// Counted since the group was created.
    package let throttling: CPUThrottling
}

/// The groups whose quotas apply to this process: found once, read often.
package struct CPUQuotaGroups: Sendable {
    private struct Folder: Hashable, Sendable {
        let path: String
        let isVersion2: Bool
    }

    private let folders: [Folder]

    /// The groups of this process, from /proc/self/cgroup and /proc/self/mountinfo.
    ///
    /// - Throws: `HostProbeError` if the kernel does not show these files.
    package static func ofThisProcess() throws(HostProbeError) -> CPUQuotaGroups { try .init(HostFile.text) }

    /// The same from other files, for tests.
    package init(_ file: (String) throws(HostProbeError) -> String) throws(HostProbeError) {
        let groups = try file("/proc/self/cgroup").split(separator: "\n")
        let mounts = try file("/proc/self/mountinfo").split(separator: "\n").compactMap { Mount($0) }
        var folders: [Folder] = []
        for group in groups {
            // "4:cpu,cpuacct:/path" of version 1, "0::/path" of version 2.
            let fields = group.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { throw .unexpected(path: "/proc/self/cgroup", text: String(group)) }
            let isVersion2 = fields[0] == "0" && fields[1].isEmpty
            guard isVersion2 || fields[1].split(separator: ",").contains("cpu"),
                let mount = mounts.last(where: { $0.isVersion2 == isVersion2 })
            else { continue }
            folders += mount.folders(of: String(fields[2])).map { Folder(path: $0, isVersion2: isVersion2) }
        }
        self.folders = folders
    }

    /// The groups that have a quota now, the innermost first.
    package func quotas() -> [CPUQuota] { quotas(HostFile.text) }

    package func quotas(_ file: (String) throws(HostProbeError) -> String) -> [CPUQuota] {
        // The outermost group has no quota and so no quota file; nor has a group whose controller is off.
        folders.compactMap { folder in
            guard let (quota, period) = Self.limit(folder, file) else { return nil }
            let counts = Self.counts((try? file("\(folder.path)/cpu.stat")) ?? "")
            let time =
                folder.isVersion2
                ? (counts["throttled_usec"] ?? 0).multipliedClamped(by: 1_000) : counts["throttled_time"] ?? 0
            return CPUQuota(
                group: folder.path, quota: quota, period: period,
                throttling: CPUThrottling(
                    periods: counts["nr_periods"] ?? 0, throttledPeriods: counts["nr_throttled"] ?? 0,
                    time: Nanoseconds(time)))
        }
    }

    /// What the quotas have done to this process so far: the counts of the group that was stopped longest, because
    /// the groups above it stop it at the same time. `nil` without a quota.
    package func throttling() -> CPUThrottling? {
        quotas().map(\.throttling).max { $0.time < $1.time }
    }

    private static func limit(
        _ folder: Folder, _ file: (String) throws(HostProbeError) -> String
    ) -> (quota: Nanoseconds, period: Nanoseconds)? {
        let texts: [String]
        if folder.isVersion2 {
            // "max 100000" means no quota.
            texts = ((try? file("\(folder.path)/cpu.max")) ?? "").split(separator: " ").map(String.init)
        } else {
            // −1 means no quota.
            texts = ["cpu.cfs_quota_us", "cpu.cfs_period_us"].compactMap { try? file("\(folder.path)/\($0)") }
        }
        let microseconds = texts.compactMap { Int64($0) }.filter { (1...1_000_000_000_000).contains($0) }
        guard texts.count == 2, microseconds.count == 2 else { return nil }
        return (.microseconds(microseconds[0]), .microseconds(microseconds[1]))
    }

    /// Lines of a name and a number.
    private static func counts(_ text: String) -> [String: Int64] {
        var counts: [String: Int64] = [:]
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count == 2, let count = Int64(words[1]), count >= 0 else { continue }
            counts[String(words[0])] = count
        }
        return counts
    }
}

/// Where a hierarchy of groups is mounted, from a line of mountinfo (proc(5)).
private struct Mount {
    let root: String
    let point: String
    let isVersion2: Bool

    /// `nil` if the line is not a hierarchy with the CPU controller.
    init?(_ line: Substring) {
        let fields = line.split(separator: " ")
        guard let separator = fields.firstIndex(of: "-"), separator >= 6, fields.count > separator + 3 else {
            return nil
        }
        isVersion2 = fields[separator + 1] == "cgroup2"
        let isVersion1 =
            fields[separator + 1] == "cgroup" && fields[separator + 3].split(separator: ",").contains("cpu")
        guard isVersion2 || isVersion1 else { return nil }
        (root, point) = (Self.unescaped(fields[3]), Self.unescaped(fields[4]))
    }

    /// The folders of a group and of the groups above it, innermost first.
    func folders(of group: String) -> [String] {
        // In a container the mount may begin below the host's root, while the group's path begins there.
        var below = group
        if root != "/" {
            guard group == root || group.hasPrefix("\(root)/") else { return [point] }
            below = String(group.dropFirst(root.count))
        }
        var names = below.split(separator: "/").map(String.init)
        if names.contains("..") { return [point] }
        var folders: [String] = []
        while !names.isEmpty {
            folders.append("\(point)/\(names.joined(separator: "/"))")
            names.removeLast()
        }
        return folders + [point]
    }

    /// Spaces, tabs, newlines and backslashes are written as octal numbers.
    private static func unescaped(_ text: Substring) -> String {
        var text = String(text)
        for (code, character) in [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")] {
            text = text.replacing(code, with: character)
        }
        return text
    }
}

extension Int64 {
    fileprivate func multipliedClamped(by factor: Int64) -> Int64 {
        let (product, overflow) = multipliedReportingOverflow(by: factor)
        return overflow ? .max : product
    }
}
