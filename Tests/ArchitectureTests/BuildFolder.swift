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

/// Runs `swiftc` in `folder`, which is found as the shell would find it.
func compile(in folder: URL, _ arguments: [String]) async throws -> RunProcess.Result {
    var process = RunProcess("/usr/bin/env", ["swiftc"] + arguments)
    process.workingDirectory = folder.path
    process.timeout = 300
    return try await process.run()
}
