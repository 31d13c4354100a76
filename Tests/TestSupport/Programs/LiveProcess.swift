import Foundation
import Glibc

/// A program that runs beside the test, its streams in files; killed when the test is done with it.
public final class LiveProcess: @unchecked Sendable {
    public let pid: Int32
    private let outputPath: String
    private let errorPath: String
    private var status: Int32?

    /// - Parameter folder: where its streams' files are made, by `name`.
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

    /// The lines of standard output that are whole.
    public var lines: [Substring] { output.split(separator: "\n", omittingEmptySubsequences: false).dropLast() }

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

    /// Waits for it to end by itself.
    ///
    /// - Returns: its exit code; `nil` if a signal ended it, or time is up.
    public func exitCode(within seconds: Double) async throws -> Int32? {
        let end = ContinuousClock.now + .seconds(seconds)
        while !hasEnded {
            guard ContinuousClock.now < end else { return nil }
            try await Task.sleep(for: .milliseconds(20))
        }
        return status.flatMap { $0 & 0x7F == 0 ? $0 >> 8 & 0xFF : nil }
    }
}
