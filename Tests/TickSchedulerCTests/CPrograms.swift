import Foundation
import TestSupport
import Testing

/// Programs in C and C++, built against the header and the shared library of this build.
enum CPrograms {
    static let root = Vectors.packageRoot.path
    static let header = "\(root)/Sources/CTickScheduler/include"

    /// Where this build's libraries are.
    static func libraries() throws -> String {
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let folder = URL(filePath: own).deletingLastPathComponent().path
        try #require(
            FileManager.default.fileExists(atPath: "\(folder)/libtickscheduler.so"),
            "\(folder)/libtickscheduler.so is missing; run swift build --product tickscheduler")
        return folder
    }

    /// A folder that goes with the test.
    static func withFolder<Result>(_ body: (String) async throws -> Result) async throws -> Result {
        try await TemporaryFolder.with(body)
    }

    /// Compiles and links a program against the shared library.
    ///
    /// - Returns: its path.
    static func build(
        _ source: String, in folder: String, compiler: String = "gcc", _ options: [String] = [],
        header: String = header, library: String? = nil
    ) async throws -> String {
        let library = try library ?? libraries()
        let program = "\(folder)/\((source as NSString).lastPathComponent).out"
        var process = RunProcess(
            "/usr/bin/env",
            [compiler] + ["-g", "-Wall", "-Wextra", "-pedantic", "-Werror", "-I", header]
                + ["\(root)/\(source)", "-o", program, "-L", library, "-ltickscheduler", "-Wl,-rpath,\(library)"]
                + options)
        process.timeout = 120
        let result = try await process.run()
        try #require(result.exitCode == 0, "\(compiler) \(source): \(result.standardError)")
        return program
    }

    /// The output of `pkg-config` for packages.
    static func packageOptions(_ packages: String...) async throws -> [String] {
        let result = try await RunProcess("/usr/bin/env", ["pkg-config", "--cflags", "--libs"] + packages).run()
        try #require(result.exitCode == 0, "\(packages): \(result.standardError)")
        return result.standardOutput.split(whereSeparator: \.isWhitespace).map(String.init)
    }

    /// A shell command, for pipes.
    static func shell(_ command: String, in folder: String, timeout: Double = 120) async throws -> RunProcess.Result {
        Requirement.expectDeclared(Requirement.words(ofShell: command))
        var process = RunProcess("/bin/bash", ["-o", "pipefail", "-c", command])
        process.workingDirectory = folder
        process.timeout = timeout
        return try await process.run()
    }
}
