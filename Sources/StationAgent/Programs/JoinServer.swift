// The socket at which programs of this host join the agent's channels: one thread, which accepts programs, tells them
// what to do, and notices at once when one of them is gone. It waits for none of them.
//
// The socket's mode, 0660, and its folder decide who may connect: the owner and the group of the agent.

import CLinuxShims
import Glibc
import LinuxService
import StationClient
import Synchronization
import TickLinux
import TickTime

/// Listens for programs.
final class JoinServer: Sendable {
    /// Connections at one time, joined or not.
    static let connectionLimit = 256
    /// How long a connection may take to name its channel.
    private static let patience = Nanoseconds.seconds(2)

    private let path: String
    private let sessions: ProgramSessions
    private let isStopRequested = Atomic<Bool>(false)
    private let thread = Mutex<RealTimeThread.Handle?>(nil)
    /// Two ends of a pipe that ends the thread's wait: the first is read, the second written.
    private let wake: (read: Int32, write: Int32)

    /// Begins to listen.
    ///
    /// - Parameter path: of the socket. A socket without a listener is replaced.
    /// - Throws: `SystemError`: `EADDRINUSE` if another process listens there; `EACCES` if every user may write in the
    ///   folder, who could replace the socket.
    static func start(_ path: String, _ sessions: ProgramSessions) throws(SystemError) -> JoinServer {
        let descriptor = try listen(path)
        let server: JoinServer
        do throws(SystemError) {
            server = try JoinServer(path, sessions)
            let handle = try RealTimeThread.start(named: "station-join") { server.run(descriptor) }
            server.thread.withLock { $0 = handle }
        } catch {
            close(descriptor)
            unsafe unlink(path)
            throw error
        }
        let wake = server.wake.write
        sessions.hints { unsafe _ = write(wake, "h", 1) }
        return server
    }

    private init(_ path: String, _ sessions: ProgramSessions) throws(SystemError) {
        var pair: [Int32] = [-1, -1]
        guard unsafe pipe(&pair) == 0 else { throw SystemError(call: "pipe", errno: errno) }
        for descriptor in pair {
            _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        }
        wake = (pair[0], pair[1])
        self.path = path
        self.sessions = sessions
    }

    deinit {
        close(wake.read)
        close(wake.write)
    }

    private static func listen(_ path: String) throws(SystemError) -> Int32 {
        let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        var state = stat()
        guard unsafe stat(folder, &state) == 0 else { throw SystemError(call: "stat", subject: folder, errno: errno) }
        guard state.st_mode & S_IWOTH == 0 else {
            throw SystemError(call: "bind", subject: "\(path), in a folder that every user may write", errno: EACCES)
        }
        return try LocalListener.listen(at: path, mode: 0o660)
    }

    /// Ends the server: every program is off air, and its connection closed.
    func stop() {
        sessions.end()
        isStopRequested.store(true, ordering: .relaxed)
        unsafe _ = write(wake.write, "s", 1)
        let handle = thread.withLock { handle in
            defer { handle = nil }
            return handle
        }
        handle?.join()
    }

    // MARK: - The thread

    /// A connection. Its id identifies its program. Only the server's thread uses it.
    private final class Program {
        let id: Int
        let process: Int32
        let since = HostClock.monotonic()
        var connection: JoinConnection
        /// The channel that it has joined.
        var channel: String?
        var isOver = false

        init(_ id: Int, _ process: Int32, _ connection: consuming JoinConnection) {
            (self.id, self.process) = (id, process)
            self.connection = connection
        }
    }

    private func run(_ listener: Int32) {
        var programs: [Program] = [], lastID = 0
        while !isStopRequested.load(ordering: .relaxed) {
            let ready = wait(listener, programs)
            for program in programs where ready.contains(program.connection.descriptor) { serve(program) }
            let now = HostClock.monotonic()
            for program in programs where program.channel == nil && now -| program.since > Self.patience {
                program.isOver = true
            }
            for (id, message) in sessions.orders() {
                guard let program = programs.first(where: { $0.id == id }) else { continue }
                if !program.connection.send(message.line) { program.isOver = true }
            }
            drop(&programs)
            if ready.contains(listener) {
                var peer = shim_peer()
                let descriptor = unsafe shim_local_accept_any(listener, &peer)
                guard descriptor >= 0 else { continue }
                lastID += 1
                programs.append(Program(lastID, peer.pid, JoinConnection(descriptor)))
            }
        }
        for program in programs { program.isOver = true }
        drop(&programs)
        close(listener)
        unsafe unlink(path)
    }

    /// Waits until something can be read, or until there is room for something that waits to be sent.
    ///
    /// - Returns: the descriptors on which something happened.
    private func wait(_ listener: Int32, _ programs: [Program]) -> Set<Int32> {
        var looks = [
            pollfd(fd: wake.read, events: Int16(POLLIN), revents: 0),
            // More programs wait until others have gone.
            pollfd(fd: programs.count < Self.connectionLimit ? listener : -1, events: Int16(POLLIN), revents: 0),
        ]
        for program in programs {
            let events = Int16(POLLIN) | (program.connection.hasOutput ? Int16(POLLOUT) : 0)
            looks.append(pollfd(fd: program.connection.descriptor, events: events, revents: 0))
        }
        // Shorter than the time limits of an order and of a connection without a channel.
        guard unsafe poll(&looks, nfds_t(looks.count), 200) > 0 else { return [] }
        if looks[0].revents != 0 {
            var hints = [UInt8](repeating: 0, count: 64)
            while unsafe read(wake.read, &hints, hints.count) > 0 {}
        }
        return Set(looks.filter { $0.revents != 0 }.map(\.fd))
    }

    /// Takes what a program says.
    private func serve(_ program: Program) {
        let (lines, isOver) = program.connection.receive()
        if !program.connection.flush() { program.isOver = true }
        for line in lines where !program.isOver {
            do throws(JoinFault) {
                guard let message = try ProgramMessage(line: line) else { continue }
                if let channel = program.channel {
                    sessions.receive(message, channel, id: program.id)
                } else {
                    try join(message, program)
                }
            } catch {
                // A program that has joined gets no further message: its next attempt is refused with the reason.
                if program.channel == nil { _ = program.connection.send(AgentMessage.refused("\(error)").line) }
                program.isOver = true
            }
        }
        if isOver { program.isOver = true }
    }

    private func join(_ message: ProgramMessage, _ program: Program) throws(JoinFault) {
        guard case .join(let channel, let running) = message else {
            throw JoinFault("the first line of a program must join a channel")
        }
        let page = try sessions.join(channel, id: program.id, process: program.process, running: running)
        program.channel = channel
        if !program.connection.send(AgentMessage.joined.line, with: page.descriptor) { program.isOver = true }
    }

    private func drop(_ programs: inout [Program]) {
        for program in programs where program.isOver {
            if let channel = program.channel { sessions.lost(channel, id: program.id) }
        }
        programs.removeAll(where: \.isOver)
    }
}
