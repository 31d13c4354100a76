internal import Glibc
internal import TickLinux

/// Says on stderr how far a run has come.
func progress(_ text: String) {
    let bytes = Array("\(text)\n".utf8)
    // Output that nobody reads is not needed.
    _ = unsafe write(STDERR_FILENO, bytes, bytes.count)
}

/// A file of `--json` or `--html`: opened before anything is measured, so that a path that cannot be written
/// is said at once, and not after a quarter of an hour.
final class ResultFile {
    private let path: String
    private let descriptor: Int32

    /// - Throws: `BenchError.system` naming the path.
    init(_ path: String) throws(BenchError) {
        self.path = path
        descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .system(SystemError(call: "open", subject: path, errno: errno)) }
    }

    deinit { close(descriptor) }

    func write(_ json: JSONValue) throws(BenchError) { try write("\(json.text)\n") }

    func write(_ text: String) throws(BenchError) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                throw .system(SystemError(call: "write", subject: path, errno: errno))
            }
            rest = rest.dropFirst(count)
        }
    }
}
