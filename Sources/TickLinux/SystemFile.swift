internal import Glibc

/// Small files, read whole.
public enum SystemFile {
    /// The bytes of the file at `path`, at most `limit` of them.
    ///
    /// - Throws: `SystemError` naming the call and the path. Files of /proc and /sys have no size,
    ///   so the file is read until its end.
    public static func read(_ path: String, limit: Int = 1 << 18) throws(SystemError) -> [UInt8] {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemError(call: "open", subject: path, errno: errno) }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: limit)
        var filled = 0
        while filled < limit {
            let count = unsafe bytes.withUnsafeMutableBytes { buffer in
                unsafe Glibc.read(descriptor, buffer.baseAddress?.advanced(by: filled), limit - filled)
            }
            if count < 0 {
                if errno == EINTR { continue }
                throw SystemError(call: "read", subject: path, errno: errno)
            }
            if count == 0 { break }
            filled += count
        }
        bytes.removeLast(limit - filled)
        return bytes
    }

    /// Creates a file that only its owner can read. One that is there is refused.
    ///
    /// - Throws: `SystemError`; nothing is left behind.
    public static func createPrivate(_ path: String, _ bytes: [UInt8]) throws(SystemError) {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SystemError(call: "open", subject: path, errno: errno) }
        defer { close(descriptor) }
        var written = 0
        while written < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe write(descriptor, buffer.baseAddress?.advanced(by: written), bytes.count - written)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0, written + count < bytes.count || fsync(descriptor) == 0 else {
                let error = SystemError(call: "write", subject: path, errno: errno)
                unsafe unlink(path)
                throw error
            }
            written += count
        }
    }

    /// Whether nobody but the file's owner may read or write it.
    public static func isPrivate(_ path: String) throws(SystemError) -> Bool {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { throw SystemError(call: "stat", subject: path, errno: errno) }
        return status.st_mode & 0o077 == 0
    }

    /// Removes a file. The corresponding C function is `unlink`.
    public static func remove(_ path: String) throws(SystemError) {
        guard unsafe unlink(path) == 0 else { throw SystemError(call: "unlink", subject: path, errno: errno) }
    }

    /// The file's text without the line end that closes it.
    public static func line(_ path: String) throws(SystemError) -> String {
        var bytes = try read(path)
        while let last = bytes.last, last == 0x0A || last == 0x00 { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }
}
