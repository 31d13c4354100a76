import Glibc
import Synchronization
import TickReports

/// Standard output: buffered, and every write checked.
///
/// A pipe whose reader has gone, a full disk or a closed descriptor must not end in silence and
/// exit code 0: `flush` then throws, and the command ends with 69 and a message that names the
/// cause.
///
/// What was written before an error is still printed: `Output.writing` flushes either way.
struct Output: ~Copyable {
    private let descriptor: Int32
    private var buffer: [UInt8] = []

    init(descriptor: Int32 = STDOUT_FILENO) {
        self.descriptor = descriptor
        buffer.reserveCapacity(Self.flushThreshold + 512)
    }

    /// The buffer is written when it holds this many bytes: few system calls for a long list.
    private static let flushThreshold = 64 * 1024

    /// Runs `body` with standard output and flushes at its end, whether it throws or not.
    static func writing<Result>(_ body: (inout Output) throws -> Result) throws -> Result {
        var output = Output()
        let result: Result
        do {
            result = try body(&output)
        } catch {
            try output.flush()
            throw error
        }
        try output.flush()
        return result
    }

    mutating func line(_ text: String) throws {
        buffer.append(contentsOf: text.utf8)
        try endLine()
    }

    /// One JSON object a line.
    mutating func line(_ json: JSONText) throws {
        buffer.append(contentsOf: json.utf8)
        try endLine()
    }

    private mutating func endLine() throws {
        buffer.append(UInt8(ascii: "\n"))
        if buffer.count >= Self.flushThreshold { try flush() }
    }

    /// - Throws: `CommandFailure` with exit code 69, which names the cause. What could not be
    ///   written is dropped, so that a second flush does not repeat half a line.
    mutating func flush() throws {
        defer { buffer.removeAll(keepingCapacity: true) }
        var written = 0
        while written < buffer.count {
            let count = unsafe buffer.withUnsafeBytes { bytes in
                unsafe write(descriptor, bytes.baseAddress! + written, bytes.count - written)
            }
            if count >= 0 {
                written += count
            } else if errno == EAGAIN {
                // Whoever started us made the pipe non-blocking, and it is full.
                var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = unsafe poll(&waiting, 1, -1)
            } else if errno != EINTR {
                throw Self.failure(errno)
            }
        }
    }

    private static func failure(_ code: Int32) -> CommandFailure {
        let cause =
            switch code {
            case EPIPE: "its reader has gone (EPIPE); nothing was printed beyond that point"
            case ENOSPC: "there is no space left where it is stored (ENOSPC); make room and run again"
            case EBADF: "it is closed (EBADF); open it, or send it to /dev/null"
            default: unsafe "\(String(cString: strerror(code))) (errno \(code))"
            }
        return CommandFailure(exitCode: .unavailable, message: "cannot write to standard output: \(cause)")
    }
}

/// Standard error: commentary and failures. There is nowhere left to say that it cannot be written.
enum Commentary {
    /// How much a line matters, as syslog(3) counts. A service manager that reads standard error takes it from the
    /// line's prefix, `<4>`.
    enum Priority: Int {
        case warning = 4
        case notice = 5
    }

    private struct Line {
        let text: String
        let priority: Priority?
    }

    /// What is to be said once the screen is given back; `nil`: everything is said at once.
    private static let held = Mutex<[Line]?>(nil)

    /// Whether standard error is the stream that systemd's journal reads: JOURNAL_STREAM names its device and
    /// inode (systemd.exec(5)).
    private static let isJournal: Bool = {
        guard let stream = unsafe getenv("JOURNAL_STREAM") else { return false }
        var status = stat()
        guard unsafe fstat(STDERR_FILENO, &status) == 0 else { return false }
        return unsafe String(cString: stream) == "\(status.st_dev):\(status.st_ino)"
    }()

    /// From here on what is said waits, for a screen stands where it would be written.
    static func hold() { held.withLock { $0 = $0 ?? [] } }

    /// The last of what waits.
    static func held(last count: Int) -> [String] { held.withLock { ($0 ?? []).suffix(count).map(\.text) } }

    /// Says what has waited, and waits no more.
    static func release() {
        let lines = held.withLock { held in
            defer { held = nil }
            return held ?? []
        }
        for line in lines { say(line.text, line.priority) }
    }

    /// `tickrun: message`, with a prefix for the service manager where one reads it and the line has a priority.
    static func say(_ message: String, _ priority: Priority? = nil) {
        let waits = held.withLock { held in
            held?.append(Line(text: message, priority: priority))
            return held != nil
        }
        if waits { return }
        let prefix = isJournal ? priority.map { "<\($0.rawValue)>" } ?? "" : ""
        let bytes = Array("\(prefix)tickrun: \(message)\n".utf8)
        _ = unsafe bytes.withUnsafeBytes { unsafe write(STDERR_FILENO, $0.baseAddress!, $0.count) }
    }
}
