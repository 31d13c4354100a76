// The two local sockets of ptp4l: it answers questions on one (`uds_address`), and sends the times of exchanges to the
// other (`slave_event_monitor`), at which one program listens. Neither ever waits.

internal import CLinuxShims
internal import Glibc
internal import TickLinux
internal import TickTime

/// A local socket for datagrams, whose file is removed with it.
struct LocalDatagrams: ~Copyable {
    let descriptor: Int32
    let path: String

    /// More bytes than ptp4l sends at once.
    private static let capacity = 1_500

    /// A socket that hears only what the socket at `peer` sends.
    ///
    /// - Throws: `SystemError` of `peer`.
    init(connectedTo peer: String) throws(SystemError) {
        // Where a daemon without a folder /tmp of its own can answer. The kernel refuses what other sockets send.
        let folder = geteuid() == 0 ? "/run" : "/tmp"
        let own = "\(folder)/tickrun.ptp.\(getpid()).\(String(HostRandom.number(), radix: 16))"
        let made = unsafe shim_local_datagrams(own, peer, 0o666)
        guard made >= 0 else { throw SystemError(call: "connect", subject: peer, errno: -made) }
        (path, descriptor) = (own, made)
        // What came before the connection may be anyone's.
        while receive() != nil {}
    }

    /// A socket at a path to which only this user, its group and root can send.
    ///
    /// - Throws: `SystemError`; EADDRINUSE where another program listens at the path.
    init(boundTo path: String) throws(SystemError) {
        // Removes what a killed process left, but only a socket.
        if unsafe shim_local_datagrams_open(path) == ECONNREFUSED, SystemFile.isSocket(path) {
            try SystemFile.remove(path)
        }
        let made = unsafe shim_local_datagrams(path, nil, 0o660)
        guard made >= 0 else { throw SystemError(call: "bind", subject: path, errno: -made) }
        (self.path, descriptor) = (path, made)
    }

    deinit {
        close(descriptor)
        unsafe unlink(path)
    }

    /// - Throws: `SystemError`: ECONNREFUSED where nobody listens any more, EAGAIN where the reader's queue is full.
    func send(_ bytes: [UInt8]) throws(SystemError) {
        let count = unsafe bytes.withUnsafeBytes { unsafe shim_local_send(descriptor, $0.baseAddress, $0.count) }
        if count < 0 { throw SystemError(call: "send", errno: errno) }
    }

    /// Whether something of what was sent is not read yet.
    var isUnread: Bool {
        var count: Int32 = 0
        return unsafe ioctl(descriptor, UInt(TIOCOUTQ), &count) == 0 && count > 0
    }

    /// The next datagram; `nil` if there is none.
    func receive() -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: Self.capacity)
        let count = unsafe bytes.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, $0.count, 0) }
        return count < 0 ? nil : Array(bytes.prefix(count))
    }

    /// Waits until there is a datagram, until `end` at most.
    ///
    /// - Returns: whether there is one.
    func wait(until end: BootInstant) -> Bool {
        let rest = end -| HostClock.boot()
        guard rest > .zero else { return false }
        let milliseconds = Int32(clamping: rest.count / 1_000_000 + 1)
        return shim_wait_readable(descriptor, -1, milliseconds) & 1 != 0
    }
}
