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

    /// The names in the folder.
    private var names: [String] {
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
        for name in names { remove(name) }
        unsafe rmdir(folder)
    }
}
