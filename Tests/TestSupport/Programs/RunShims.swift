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

    /// Of all tests together; it goes when the process ends.
    private static let folder = Result { try TemporaryFolder.untilExit() }
    private static let builds = Builds()

    private static func built(_ name: String, _ options: [String]) async -> Result<String, any Error> {
        // Whoever comes first builds for all, so each says for itself that it needs the compiler.
        Requirement.expectDeclared(["cc"])
        return await builds.build(name) { try await compile(name, options) }
    }

    private static func compile(_ name: String, _ options: [String]) async throws -> String {
        let source = Vectors.packageRoot.appending(path: "Fixtures/shims/\(name).c").path
        let target = try folder.get().appending(path: name).path
        let warnings = ["-std=gnu11", "-O1", "-Wall", "-Wextra", "-Werror", "-pthread"]
        let result = try await RunProcess(Requirement.cc.path, warnings + options + ["-o", target, source]).run()
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
