internal import CLinuxShims
internal import Glibc

/// When a journal is written to the disk, so that it also survives a failure of the host.
public enum JournalSync: String, Hashable, Sendable, CaseIterable, BitwiseCopyable {
    /// When the kernel decides. A killed process loses nothing. A host that loses its power loses the last half
    /// minute or so.
    case none
    /// Once a second, and at the end.
    case second
    /// After every write: fifty times a second.
    case always
}

/// A file that only grows by appending.
public struct JournalFile: ~Copyable {
    public let path: String
    private let descriptor: Int32

    /// Creates the file. An existing file is refused: a journal is never overwritten.
    ///
    /// - Throws: `SystemError`; `EEXIST` if the file exists.
    public init(creating path: String) throws(SystemError) {
        self.path = path
        descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw SystemError(call: "open", subject: path, errno: errno) }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Appends all of `bytes`.
    ///
    /// If the file reaches the process's limit (RLIMIT_FSIZE), the error is EFBIG and no SIGXFSZ ends the process,
    /// whatever the host program does with that signal.
    ///
    /// - Throws: `SystemError`; a part may have been written, which a reader treats as a torn tail.
    public func append(_ bytes: [UInt8]) throws(SystemError) {
        var written = 0
        while written < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe shim_write_without_signals(
                    descriptor, buffer.baseAddress?.advanced(by: written), bytes.count - written)
            }
            if count < 0 {
                if count == -Int(EINTR) { continue }
                throw SystemError(call: "write", subject: path, errno: Int32(-count))
            }
            written += count
        }
    }

    /// Waits until the written bytes are on the disk. The corresponding C function is `fdatasync`.
    public func sync() throws(SystemError) {
        while fdatasync(descriptor) != 0 {
            if errno == EINTR { continue }
            // A pipe or a device has nothing to sync.
            if errno == EINVAL || errno == EROFS { return }
            throw SystemError(call: "fdatasync", subject: path, errno: errno)
        }
    }
}

/// Reads a file from its beginning to its end, piece by piece.
public struct FilePieces: ~Copyable {
    private let path: String
    private let descriptor: Int32
    private static let length = 1 << 18

    /// - Throws: `SystemError` naming the call and the path.
    public init(_ path: String) throws(SystemError) {
        self.path = path
        descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemError(call: "open", subject: path, errno: errno) }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// The next bytes; `nil` at the file's end.
    public func next() throws(SystemError) -> [UInt8]? {
        while true {
            var count = 0
            let bytes = unsafe [UInt8](unsafeUninitializedCapacity: Self.length) { buffer, filled in
                unsafe count = read(descriptor, buffer.baseAddress, Self.length)
                filled = max(0, count)
            }
            if count > 0 { return bytes }
            if count == 0 { return nil }
            if errno != EINTR { throw SystemError(call: "read", subject: path, errno: errno) }
        }
    }
}
