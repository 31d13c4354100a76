import Foundation
import Glibc

/// The C sources in `Fixtures/shims`, compiled on the spot with the host's `cc`.
public enum RunShims {
    public struct CompilerFailure: Error, CustomStringConvertible {
        public let description: String
    }

    /// A library to preload: each is compiled once a test run, by whoever asks first.
    public static func library(_ name: String) async throws -> String {
        try await built(name, ["-shared", "-fPIC"]).get()
    }

    /// A program.
    public static func program(_ name: String) async throws -> String {
        try await built(name, []).get()
    }

    private static let folder = FileManager.default.temporaryDirectory.appending(path: "tickrun-shims-\(getpid())")
    private static let builds = Builds()

    private static func built(_ name: String, _ options: [String]) async -> Result<String, any Error> {
        await builds.build(name) { try await compile(name, options) }
    }

    private static func compile(_ name: String, _ options: [String]) async throws -> String {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let source = Vectors.packageRoot.appending(path: "Fixtures/shims/\(name).c").path
        let target = folder.appending(path: name).path
        let warnings = ["-std=gnu11", "-O1", "-Wall", "-Wextra", "-Werror", "-pthread"]
        let result: RunProcess.Result
        do {
            result = try await RunProcess("/usr/bin/cc", warnings + options + ["-o", target, source]).run()
        } catch {
            throw CompilerFailure(description: "no /usr/bin/cc (\(error)); install a C compiler: apt-get install gcc")
        }
        guard result.exitCode == 0 else { throw CompilerFailure(description: result.standardError) }
        return target
    }

    private actor Builds {
        private var tasks: [String: Task<String, any Error>] = [:]

        func build(
            _ name: String, _ compile: @escaping @Sendable () async throws -> String
        ) async -> Result<String, any Error> {
            let task = tasks[name] ?? Task { try await compile() }
            tasks[name] = task
            return await task.result
        }
    }
}
