internal import CLinuxShims
internal import Glibc
package import TickTime

/// Small files, read whole.
package enum SystemFile {
    /// The bytes of the file at `path`, at most `limit` of them.
    ///
    /// - Throws: `SystemError` naming the call and the path. Files of /proc and /sys have no size,
    ///   so the file is read until its end.
    package static func read(_ path: String, limit: Int = 1 << 18) throws(SystemError) -> [UInt8] {
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

    /// Creates a file that only its owner can read. An existing file is refused.
    ///
    /// - Throws: `SystemError`; no part of the file stays.
    package static func createPrivate(_ path: String, _ bytes: [UInt8]) throws(SystemError) {
        try create(path, bytes, mode: 0o600)
    }

    /// Reserves a name with an empty file. An existing file is refused.
    ///
    /// - Throws: `SystemError`; `EEXIST` if the file exists.
    package static func createEmpty(_ path: String) throws(SystemError) { try create(path, [], mode: 0o666) }

    private static func create(_ path: String, _ bytes: [UInt8], mode: mode_t) throws(SystemError) {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
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

    /// Replaces a file. A reader finds the old file or the new one, always complete, even if the host or this process
    /// ends.
    ///
    /// - Parameter isPrivate: whether only the file's owner may read it; otherwise the umask decides.
    /// - Throws: `SystemError`; the old file stays.
    package static func replace(
        _ path: String, _ bytes: [UInt8], isPrivate: Bool = true
    ) throws(SystemError) {
        let new = "\(path).new"
        // Left by a process that was killed while it wrote.
        unsafe unlink(new)
        try create(new, bytes, mode: isPrivate ? 0o600 : 0o666)
        guard unsafe rename(new, path) == 0 else {
            let error = SystemError(call: "rename", subject: path, errno: errno)
            unsafe unlink(new)
            throw error
        }
        // The new name must also survive a failure of the host.
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        let descriptor = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }

    /// Appends a line to a file, and creates the file if it does not exist. If a killed process left an incomplete
    /// last line, this call ends that line first and keeps it.
    ///
    /// - Returns: whether there was such an incomplete line.
    /// - Throws: `SystemError`.
    package static func appendLine(_ path: String, _ line: [UInt8]) throws(SystemError) -> Bool {
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw SystemError(call: "open", subject: path, errno: errno) }
        defer { close(descriptor) }
        let size = lseek(descriptor, 0, SEEK_END)
        var last: UInt8 = 0x0A
        if size > 0, unsafe pread(descriptor, &last, 1, size - 1) != 1 {
            throw SystemError(call: "read", subject: path, errno: errno)
        }
        let isTorn = last != 0x0A
        let bytes = (isTorn ? [0x0A] : []) + line + [0x0A]
        // In one call: a concurrent reader sees the whole line or nothing.
        let count = unsafe bytes.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
        guard count == bytes.count, fsync(descriptor) == 0 else {
            throw SystemError(call: "write", subject: path, errno: count >= 0 && count < bytes.count ? ENOSPC : errno)
        }
        return isTorn
    }

    /// When a file was last written, in this host's UTC.
    ///
    /// - Throws: `SystemError`.
    package static func modified(_ path: String) throws(SystemError) -> UTCInstant {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { throw SystemError(call: "stat", subject: path, errno: errno) }
        return UTCInstant(
            nanoseconds: Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec))
    }

    /// Makes a folder that only its owner can enter, unless it exists.
    ///
    /// - Throws: `SystemError`; `EPERM` if it exists and other users may enter it.
    package static func makePrivateFolder(_ path: String) throws(SystemError) {
        if unsafe mkdir(path, 0o700) != 0, errno != EEXIST {
            throw SystemError(call: "mkdir", subject: path, errno: errno)
        }
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { throw SystemError(call: "lstat", subject: path, errno: errno) }
        guard status.st_mode & S_IFMT == S_IFDIR, status.st_uid == geteuid(), status.st_mode & 0o077 == 0 else {
            throw SystemError(call: "mkdir", subject: path, errno: EPERM)
        }
    }

    /// The names in a folder, in order.
    ///
    /// - Throws: `SystemError`.
    package static func names(inFolder path: String) throws(SystemError) -> [String] {
        guard let folder = unsafe opendir(path) else { throw SystemError(call: "opendir", subject: path, errno: errno) }
        defer { unsafe closedir(folder) }
        var names: [String] = []
        while let entry = unsafe readdir(folder) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// What a path names.
    package enum Kind {
        case file
        case folder
        /// A device, a pipe or a socket.
        case other
    }

    /// What `path` names, through symbolic links; `nil` if nothing is there.
    package static func kind(_ path: String) -> Kind? {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return nil }
        return switch status.st_mode & S_IFMT {
        case S_IFREG: .file
        case S_IFDIR: .folder
        default: .other
        }
    }

    /// Checks that a file can be made in the folder of `path`, and makes none.
    ///
    /// - Throws: `SystemError`.
    package static func requireFolder(of path: String) throws(SystemError) {
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "./"
        guard unsafe faccessat(AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS) == 0 else {
            throw SystemError(call: "access", subject: folder, errno: errno)
        }
    }

    /// Whether `path` is a local socket.
    package static func isSocket(_ path: String) -> Bool {
        var status = stat()
        return unsafe lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFSOCK
    }

    /// Whether only the file's owner may read or write it.
    package static func isPrivate(_ path: String) throws(SystemError) -> Bool {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { throw SystemError(call: "stat", subject: path, errno: errno) }
        return status.st_mode & 0o077 == 0
    }

    /// Removes a file. The corresponding C function is `unlink`.
    package static func remove(_ path: String) throws(SystemError) {
        guard unsafe unlink(path) == 0 else { throw SystemError(call: "unlink", subject: path, errno: errno) }
    }

    /// The file's text without the line end that closes it.
    package static func line(_ path: String) throws(SystemError) -> String {
        var bytes = try read(path)
        while let last = bytes.last, last == 0x0A || last == 0x00 { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }
}
