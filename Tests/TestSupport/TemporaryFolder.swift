public import Foundation
import Glibc
import Synchronization

/// A temporary folder for a test's files. It is removed at the end of the scope that created it.
///
/// ```swift
/// let folder = try TemporaryFolder()
/// let file = try folder.write("{}", to: "empty.json")
/// ```
public struct TemporaryFolder: ~Copyable {
    public let url: URL

    /// - Parameter permissions: its permissions. By default only its user may enter it, as chronyd requires.
    public init(permissions: Int = 0o700) throws {
        url = try Self.made(permissions: permissions)
    }

    private static func made(permissions: Int) throws -> URL {
        let url = FileManager.default.temporaryDirectory.appending(path: "tick-scheduler-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: url, withIntermediateDirectories: true, attributes: [.posixPermissions: permissions])
        return url
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    public var path: String { url.path }

    /// Writes a file and returns its path.
    public borrowing func write(_ text: String, to name: String) throws -> String {
        let file = url.appending(path: name)
        try text.write(to: file, atomically: true, encoding: .utf8)
        return file.path
    }

    /// The text of a file in it.
    public borrowing func text(_ name: String) throws -> String {
        try String(contentsOf: url.appending(path: name), encoding: .utf8)
    }

    /// Runs `body` with the path of a folder that is removed afterwards.
    public static func with<Result>(_ body: (String) async throws -> Result) async throws -> Result {
        let folder = try TemporaryFolder()
        return try await body(folder.path)
    }

    private static let kept = Mutex<[URL]>([])

    /// A folder that all tests share. It is removed when the process ends.
    public static func untilExit() throws -> URL {
        let url = try made(permissions: 0o700)
        let isFirst = kept.withLock { all in
            all.append(url)
            return all.count == 1
        }
        if isFirst {
            atexit { for url in TemporaryFolder.kept.withLock({ $0 }) { try? FileManager.default.removeItem(at: url) } }
        }
        return url
    }
}
