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
