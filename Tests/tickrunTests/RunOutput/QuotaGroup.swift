import Foundation
import TestSupport

/// A control group of its own with a CPU quota, where this host lets a test make one (as root, with the CPU
/// controller of either version at hand).
struct QuotaGroup {
    let folder: String

    private static let parent: (folder: String, isVersion2: Bool)? = {
        let mounts = (try? String(contentsOfFile: "/proc/mounts", encoding: .utf8)) ?? ""
        for line in mounts.split(separator: "\n") {
            let fields = line.split(separator: " ").map(String.init)
            guard fields.count > 3, unsafe access(fields[1], W_OK) == 0 else { continue }
            if fields[2] == "cgroup", fields[3].split(separator: ",").contains("cpu") { return (fields[1], false) }
            let controllers =
                (try? String(contentsOfFile: "\(fields[1])/cgroup.subtree_control", encoding: .utf8)) ?? ""
            if fields[2] == "cgroup2", controllers.contains("cpu ") { return (fields[1], true) }
        }
        return nil
    }()

    /// Whether a group can be made here.
    static let isPossible: Bool = {
        guard let parent else { return false }
        let folder = "\(parent.folder)/tickrun-probe-\(getpid())"
        guard unsafe mkdir(folder, 0o755) == 0 else { return false }
        return unsafe rmdir(folder) == 0
    }()

    /// A group that may run so long in each 100 ms; gone when the body returns and what ran in it has ended.
    static func with(microseconds: Int, _ body: (QuotaGroup) async throws -> Void) async throws {
        guard let parent else { throw CocoaError(.fileNoSuchFile) }
        let group = QuotaGroup(folder: "\(parent.folder)/tickrun-test-\(getpid())-\(UInt32.random(in: 0 ... .max))")
        guard unsafe mkdir(group.folder, 0o755) == 0 else { throw CocoaError(.fileWriteNoPermission) }
        do {
            if parent.isVersion2 {
                try group.write("\(microseconds) 100000", to: "cpu.max")
            } else {
                try group.write("\(microseconds)", to: "cpu.cfs_quota_us")
            }
            try await body(group)
        } catch {
            await group.remove()
            throw error
        }
        await group.remove()
    }

    /// A shell command that runs in the group.
    func shell(_ command: String) -> RunProcess {
        var process = RunProcess("/bin/sh", ["-c", "echo $$ > \(folder)/cgroup.procs && { \(command); }"])
        process.workingDirectory = Vectors.packageRoot.path
        return process
    }

    private func write(_ text: String, to file: String) throws {
        let handle = try FileHandle(forWritingTo: URL(filePath: "\(folder)/\(file)"))
        try handle.write(contentsOf: Data(text.utf8))
        try handle.close()
    }

    /// A group can be removed once the last of its processes has been waited for.
    private func remove() async {
        var attempts = 0
        while unsafe rmdir(folder) != 0, attempts < 100 {
            attempts += 1
            try? await Task.sleep(for: .milliseconds(20))
        }
    }
}
