import Foundation
import TestSupport
import Testing

/// A program on a file system of 64 KiB in a separate namespace.
@Suite(
    "A run on a full disk",
    .enabled(
        if: Requirement.unshare.isMissing || SmallDisk.isPossible,
        "needs user namespaces, which this kernel or container refuses"),
    .requires(.unshare))
struct RunFullDiskTests {
    @Test("the journal and each report that do not fit are named, and the run exits with 69")
    func allAreNamed() async throws {
        try await SmallDisk.use { disk in
            let (journal, page, log) = (
                "\(disk.path)/a.journal", "\(disk.path)/a.html", "\(disk.path)/a.cyclictest.json"
            )
            // A journal of 240 ticks is larger than the disk, and so is the page.
            let result = try await disk.run([
                RunProcess.tickrun().executable, "120", "--ticks", "360", "--quiet", "--journal", journal, "--report",
                "\(page),\(log)",
            ])
            #expect(result.exitCode == 69, "\(result.standardError)")
            let lines = result.standardError.split(separator: "\n").map(String.init)
            #expect(lines.contains { $0.hasPrefix("tickrun: the journal is incomplete") && $0.contains(journal) })
            #expect(
                lines.contains { $0.hasPrefix("tickrun: --report") && $0.contains(page) }, "\(result.standardError)")
            #expect(lines.contains { $0.hasPrefix("tickrun: --report") && $0.contains(log) }, "\(result.standardError)")
            // The verdict is printed all the same.
            #expect(result.standardOutput.contains("360 ticks"))
        }
    }
}

private struct SmallDisk {
    let path: String

    static let isPossible: Bool = {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["unshare", "--user", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"]
        (process.standardOutput, process.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }()

    static func use(_ body: (SmallDisk) async throws -> Void) async throws {
        let folder = try TemporaryFolder()
        try await body(SmallDisk(path: folder.path))
    }

    func run(_ words: [String]) async throws -> RunProcess.Result {
        let script = "mount -t tmpfs -o size=64k none \"$0\" && exec \"$@\""
        return try await RunProcess(
            "/usr/bin/env", ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, path] + words
        ).run()
    }
}
