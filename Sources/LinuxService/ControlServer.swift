// Answers questions over a local socket: one line in, one line out. Only the socket's owner and root may connect:
// the file is private, and the kernel identifies the process at the other end.

internal import CLinuxShims
internal import Glibc
internal import Synchronization
package import TickLinux
internal import TickTime

/// A local socket that answers questions.
package final class ControlServer: Sendable {
    /// The longest question.
    static let questionLimit = 256
    /// How long the server waits for a question.
    private static let patience: Int32 = 500
    private static let slice: Int32 = 100

    package let path: String
    private let isStopRequested = Atomic<Bool>(false)
    private let thread = Mutex<RealTimeThread.Handle?>(nil)

    /// Begins to listen.
    ///
    /// - Parameters:
    ///   - path: the path of the socket. A socket without a listener is replaced.
    ///   - answer: returns the answer to a question. It runs on the server's thread. The server adds the line end.
    /// - Throws: `SystemError`; `EADDRINUSE` if another process listens there.
    package static func start(
        _ path: String, answer: @escaping @Sendable (String) -> [UInt8]
    ) throws(SystemError) -> ControlServer {
        // Private to its owner from the start.
        let descriptor = try LocalListener.listen(at: path, mode: 0o600)
        let server = ControlServer(path)
        do throws(SystemError) {
            let handle = try RealTimeThread.start(named: "tick-control") { server.run(descriptor, answer) }
            server.thread.withLock { $0 = handle }
        } catch {
            close(descriptor)
            throw error
        }
        return server
    }

    private init(_ path: String) { self.path = path }

    /// Ends the server and removes its socket.
    package func stop() {
        isStopRequested.store(true, ordering: .relaxed)
        let handle = thread.withLock { handle in
            defer { handle = nil }
            return handle
        }
        handle?.join()
    }

    private func run(_ descriptor: Int32, _ answer: (String) -> [UInt8]) {
        while !isStopRequested.load(ordering: .relaxed) {
            guard shim_wait_readable(descriptor, -1, Self.slice) > 0 else { continue }
            let connection = shim_local_accept(descriptor)
            guard connection >= 0 else { continue }
            if let question = Self.line(connection, Self.patience, limit: Self.questionLimit) {
                _ = Self.send(answer(String(decoding: question, as: UTF8.self)) + [0x0A], to: connection)
            }
            close(connection)
        }
        close(descriptor)
        unsafe unlink(path)
    }

    /// Asks a server.
    ///
    /// - Parameter milliseconds: how long to wait for the answer.
    /// - Returns: the answer's line without its end, at most 1 MiB.
    /// - Throws: `SystemError`: no process listens there, or access is denied; `ETIMEDOUT` without an answer.
    package static func ask(
        _ path: String, _ question: String, timeout milliseconds: Int32 = 5_000
    ) throws(SystemError) -> [UInt8] {
        let connection = unsafe shim_local_connect(path)
        guard connection >= 0 else { throw SystemError(call: "connect", subject: path, errno: -connection) }
        defer { close(connection) }
        guard send(Array(question.utf8) + [0x0A], to: connection) else {
            throw SystemError(call: "write", subject: path, errno: errno)
        }
        guard let answer = line(connection, milliseconds, limit: 1 << 20) else {
            throw SystemError(call: "read", subject: path, errno: ETIMEDOUT)
        }
        return answer
    }

    /// - Returns: the text before the first line end; `nil` if none comes in time.
    private static func line(_ connection: Int32, _ milliseconds: Int32, limit: Int) -> [UInt8]? {
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 4_096)
        let end = HostClock.monotonic() +| Nanoseconds(1_000_000).saturatingTimes(Int64(milliseconds))
        while bytes.count <= limit {
            let left = end -| HostClock.monotonic()
            guard left > .zero, shim_wait_readable(connection, -1, Int32(clamping: left.count / 1_000_000 + 1)) > 0
            else { return nil }
            let count = unsafe part.withUnsafeMutableBytes { unsafe read(connection, $0.baseAddress, $0.count) }
            guard count > 0 else { return nil }
            if let stop = part[..<count].firstIndex(of: 0x0A) { return bytes + part[..<stop] }
            bytes += part[..<count]
        }
        return nil
    }

    private static func send(_ bytes: [UInt8], to connection: Int32) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe shim_local_send(connection, buffer.baseAddress?.advanced(by: sent), bytes.count - sent)
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }
}
