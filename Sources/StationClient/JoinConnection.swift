// One end of a connection between an agent and a program: lines in, lines out, and one descriptor. Both directions are
// limited: a line that is too long, or a reader that does not read, ends the connection.

internal import CLinuxShims
internal import Glibc
package import TickLinux

/// A connection. One thread uses it.
package struct JoinConnection: ~Copyable {
    package let descriptor: Int32
    private var input: [UInt8] = []
    private var output: [UInt8] = []
    /// Goes with the next bytes.
    private var passed: Int32 = -1
    /// The descriptor that came.
    private var received: Int32 = -1
    /// How many bytes wait for a slow reader at most.
    private static let outputLimit = 4 * JoinFormat.lineLimit

    /// - Parameter descriptor: a connected socket that does not wait. It is closed with this value.
    package init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit {
        close(descriptor)
        if received >= 0 { close(received) }
        if passed >= 0 { close(passed) }
    }

    /// Connects to an agent's socket.
    ///
    /// - Throws: `SystemError`: nobody listens there, or access is denied.
    package static func connect(_ path: String) throws(SystemError) -> JoinConnection {
        let descriptor = unsafe shim_local_connect(path)
        guard descriptor >= 0 else { throw SystemError(call: "connect", subject: path, errno: -descriptor) }
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        return JoinConnection(descriptor)
    }

    /// Takes what has come.
    ///
    /// - Returns: the whole lines, without their ends, and whether the other side has closed, or sent a line that is
    ///   too long.
    package mutating func receive() -> (lines: [[UInt8]], isOver: Bool) {
        var part = [UInt8](repeating: 0, count: 1 << 14)
        var lines: [[UInt8]] = []
        // The rest stays for the next turn, so that other connections have theirs.
        for _ in 0..<64 {
            var came: Int32 = -1
            let count = unsafe part.withUnsafeMutableBytes { bytes in
                unsafe shim_local_receive_descriptor(descriptor, bytes.baseAddress, bytes.count, &came)
            }
            if came >= 0 {
                if received >= 0 { close(received) }
                received = came
            }
            if count == -Int(EINTR) { continue }
            if count == -Int(EAGAIN) { return (lines, false) }
            guard count > 0 else { return (lines, true) }
            for byte in part[..<count] {
                if byte == 0x0A {
                    lines.append(input)
                    input = []
                } else {
                    input.append(byte)
                }
            }
            if input.count > JoinFormat.lineLimit { return (lines, true) }
        }
        return (lines, false)
    }

    /// The descriptor that came with a line, once. The caller closes it.
    package mutating func takeDescriptor() -> Int32? {
        defer { received = -1 }
        return received >= 0 ? received : nil
    }

    /// Adds a line, and a descriptor that goes with it and stays the caller's.
    ///
    /// - Returns: whether the connection can go on.
    package mutating func send(_ line: [UInt8], with other: Int32 = -1) -> Bool {
        if other >= 0 { passed = dup(other) }
        output += line
        output.append(0x0A)
        return flush()
    }

    /// Whether something waits until the other side has read more.
    package var hasOutput: Bool { !output.isEmpty }

    /// Sends what the other side has room for.
    ///
    /// - Returns: whether the connection can go on.
    package mutating func flush() -> Bool {
        while !output.isEmpty {
            let sent = unsafe output.withUnsafeBytes { bytes in
                unsafe shim_local_send_descriptor(descriptor, bytes.baseAddress, bytes.count, passed)
            }
            if sent == -Int(EINTR) { continue }
            if sent == -Int(EAGAIN) { return output.count <= Self.outputLimit }
            guard sent > 0 else { return false }
            if passed >= 0 {
                close(passed)
                passed = -1
            }
            output.removeFirst(sent)
        }
        return true
    }

    /// Waits until something has come, or until there is room to send what is waiting, for at most the given number of
    /// milliseconds.
    package func wait(_ milliseconds: Int32) {
        var look = pollfd(
            fd: descriptor, events: Int16(POLLIN) | (hasOutput ? Int16(POLLOUT) : 0), revents: 0)
        unsafe poll(&look, 1, milliseconds)
    }
}
