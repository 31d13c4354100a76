internal import Glibc
internal import TickLinux

/// A temporary folder under TMPDIR, which is removed with its content.
final class TemporaryFolder {
    private let folder: String

    /// - Throws: `BenchError.system` naming its path.
    init() throws(BenchError) {
        let parent = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
        var template = "\(parent)/tick-bench-XXXXXX".utf8CString.map { $0 }
        guard unsafe mkdtemp(&template) != nil else {
            throw .system(SystemError(call: "mkdtemp", subject: parent, errno: errno))
        }
        folder = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    func path(_ name: String) -> String { "\(folder)/\(name)" }

    /// The file's bytes; 0 without a file.
    func size(_ name: String) -> Int {
        let descriptor = unsafe open(path(name), O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return 0 }
        defer { close(descriptor) }
        return max(0, Int(lseek(descriptor, 0, SEEK_END)))
    }

    func remove(_ name: String) { _ = unsafe unlink(path(name)) }

    /// Writes a file that only its user may read.
    func write(_ text: String, to name: String) throws(BenchError) {
        let path = path(name), bytes = Array(text.utf8)
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .system(SystemError(call: "open", subject: path, errno: errno)) }
        defer { close(descriptor) }
        guard unsafe Glibc.write(descriptor, bytes, bytes.count) == bytes.count else {
            throw .system(SystemError(call: "write", subject: path, errno: errno))
        }
    }

    /// Removes a folder with all that is in it; a link in it is removed, and not what it leads to.
    private static func removeAll(_ folder: String) {
        for name in names(in: folder) {
            let path = "\(folder)/\(name)"
            guard unsafe unlink(path) != 0 else { continue }
            removeAll(path)
        }
        _ = unsafe rmdir(folder)
    }

    /// The names in a folder.
    private static func names(in folder: String) -> [String] {
        guard let directory = unsafe opendir(folder) else { return [] }
        defer { unsafe closedir(directory) }
        var names: [String] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    deinit {
        Self.removeAll(folder)
    }
}
