import Foundation
import TestSupport

/// The products of this test's build, in the folder of the test's executable.
enum BuildFolder {
    struct Missing: Error, CustomStringConvertible {
        let description: String
    }

    static func url() throws -> URL {
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return URL(filePath: own).deletingLastPathComponent()
    }

    /// The object files of a Swift target, one for each of its sources. The object files of deleted sources may still
    /// exist and are left out.
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

/// Runs `swiftc`, found as the shell finds it, in `folder`.
func compile(in folder: URL, _ arguments: [String]) async throws -> RunProcess.Result {
    var process = RunProcess("/usr/bin/env", ["swiftc"] + arguments)
    process.workingDirectory = folder.path
    process.timeout = 300
    return try await process.run()
}
