internal import Glibc

/// A failed C call, with its reason.
public struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The C function, as its manual page names it.
    public let call: String
    /// The subject of the call: a path, a clock, a priority; empty if there is none.
    public let subject: String
    /// The error number.
    public let errno: Int32

    public init(call: String, subject: String = "", errno: Int32) {
        self.call = call
        self.subject = subject
        self.errno = errno
    }

    /// Whether the host denied permission, rather than lacking the thing.
    public var isPermission: Bool { errno == EPERM || errno == EACCES }

    /// Whether the file does not exist.
    public var isMissing: Bool { errno == ENOENT }

    /// Whether the file to create already exists.
    public var isThere: Bool { errno == EEXIST }

    /// Whether there was no room for what was written: the disk or the user's quota is full.
    public var isFull: Bool { errno == ENOSPC || errno == EDQUOT }

    /// Whether it may succeed a little later: a queue is full, or a signal came.
    package var isTemporary: Bool { errno == EAGAIN || errno == ENOBUFS || errno == EINTR }

    /// Whether a queue is full: its reader does not read, or not fast enough.
    package var isQueueFull: Bool { errno == EAGAIN }

    /// Whether another socket has the address.
    package var isAddressInUse: Bool { errno == EADDRINUSE }

    public var description: String {
        subject.isEmpty ? "\(call): \(reason)" : "\(call)(\(subject)): \(reason)"
    }

    /// The error's text, as `strerror_r` gives it.
    public var reason: String {
        var buffer = [CChar](repeating: 0, count: 128)
        guard unsafe strerror_r(errno, &buffer, buffer.count) == 0 else { return "error \(errno)" }
        return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
