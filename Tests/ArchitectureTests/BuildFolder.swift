import Foundation
import TestSupport

/// What the build that this test belongs to has left beside the test's own executable.
enum BuildFolder {
    struct Missing: Error, CustomStringConvertible {
        let description: String
    }

    static func url() throws -> URL {
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return URL(filePath: own).deletingLastPathComponent()
    }

    /// The object files of a Swift target, one for each of its sources; those of sources that were
    /// deleted since may lie beside them and are left out.
    static func objects(of target: String) throws -> [String] {
        let folder = try url().appending(path: "\(target).build")
        let sources = SourceTree.files(under: "Sources/\(target)", endingIn: ".swift", ".c")
        guard !sources.isEmpty else { throw Missing(description: "Sources/\(target) holds no source") }
        return try sources.map { source in
            let object = folder.appending(path: (source as NSString).lastPathComponent + ".o").path
            guard FileManager.default.fileExists(atPath: object) else {
                throw Missing(description: "\(object), the object file of \(source), is missing; run `swift build`")
            }
            return object
        }
    }
}

/// A folder of its own for what a test compiles, gone when the test is done.
struct TemporaryFolder: ~Copyable {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "tick-scheduler-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func text(_ name: String) throws -> String {
        try String(contentsOf: url.appending(path: name), encoding: .utf8)
    }

    /// Writes a file and returns its path.
    func write(_ text: String, to name: String) throws -> String {
        let file = url.appending(path: name)
        try text.write(to: file, atomically: true, encoding: .utf8)
        return file.path
    }
}

/// Runs `swiftc` in `folder`, which is found as the shell would find it.
func compile(in folder: URL, _ arguments: [String]) async throws -> RunProcess.Result {
    var process = RunProcess("/usr/bin/env", ["swiftc"] + arguments)
    process.workingDirectory = folder.path
    process.timeout = 300
    return try await process.run()
}
