import Foundation
import Glibc

/// A program that runs during the test, with its streams in files. The test kills it at the end.
public final class LiveProcess: @unchecked Sendable {
    public let pid: Int32
    private let outputPath: String
    private let errorPath: String
    private var status: Int32?

    /// - Parameter folder: the folder for its streams' files, which are named after `name`.
    public init(_ process: RunProcess, named name: String, in folder: String) throws {
        Requirement.expectDeclared([process.programName])
        outputPath = "\(folder)/\(name).out"
        errorPath = "\(folder)/\(name).err"
        var process = process
        process.standardOutput = .file(outputPath)
        process.standardError = .file(errorPath)
        pid = try process.spawn().pid
    }

    deinit { end() }

    public var output: String { (try? String(contentsOfFile: outputPath, encoding: .utf8)) ?? "" }
    public var errors: String { (try? String(contentsOfFile: errorPath, encoding: .utf8)) ?? "" }

    /// The complete lines of standard output.
    public var lines: [Substring] { output.split(separator: "\n", omittingEmptySubsequences: false).dropLast() }

    /// The complete lines in the last 64 KiB of standard output. A long output is not read again and again.
    public var lastLines: [Substring] {
        guard let file = FileHandle(forReadingAtPath: outputPath) else { return [] }
        defer { try? file.close() }
        let limit = UInt64(65_536), end = (try? file.seekToEnd()) ?? 0
        try? file.seek(toOffset: end > limit ? end - limit : 0)
        let text = String(decoding: (try? file.readToEnd()) ?? Data(), as: UTF8.self)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
        return end > limit ? Array(lines.dropFirst()) : Array(lines)
    }

    /// Whether all its threads have stopped after SIGSTOP.
    public var isStopped: Bool {
        let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task")) ?? []
        return !tasks.isEmpty
            && tasks.allSatisfy { task in
                let stat = (try? String(contentsOfFile: "/proc/\(pid)/task/\(task)/stat", encoding: .utf8)) ?? ""
                return stat.split(separator: ")").last?.first { $0 != " " } == "T"
            }
    }

    public func send(_ signal: Int32) { if !hasEnded { kill(pid, signal) } }

    /// Whether it has ended.
    public var hasEnded: Bool {
        if status != nil { return true }
        var found: Int32 = 0
        if unsafe waitpid(pid, &found, WNOHANG) == pid { status = found }
        return status != nil
    }

    /// Kills it, and waits until it has ended.
    public func end() {
        guard !hasEnded else { return }
        kill(pid, SIGKILL)
        var found: Int32 = 0
        while unsafe waitpid(pid, &found, 0) < 0, errno == EINTR {}
        status = found
    }

    /// Waits until it ends by itself.
    ///
    /// - Returns: its exit code; `nil` if a signal ended it, or if its time is over.
    public func exitCode(within seconds: Double) async throws -> Int32? {
        guard try await waitUntil(within: .seconds(seconds), { hasEnded }) else { return nil }
        return status.flatMap { $0 & 0x7F == 0 ? $0 >> 8 & 0xFF : nil }
    }
}
