import Glibc
import Synchronization

/// What is said while a run goes on: commentary, incidents and failures, on standard error. There is nowhere left to
/// say that it cannot be written.
public enum Commentary {
    /// How much a line matters, as syslog(3) counts. A service manager that reads standard error takes it from the
    /// line's prefix, `<4>`.
    public enum Priority: Int, Sendable {
        case warning = 4
        case notice = 5
    }

    private struct Line {
        let text: String
        let priority: Priority?
    }

    /// Who hears in place of standard error.
    private static let listener = Mutex<(@Sendable (String, Priority?) -> Void)?>(nil)

    /// Passes every line of this process from here on to `listener`, without the name of a program before it, in place
    /// of standard error; `nil`: back to standard error. It is called from several threads, none of them a tick
    /// thread; a message may hold several lines.
    public static func redirect(to listener: (@Sendable (_ message: String, Priority?) -> Void)?) {
        Self.listener.withLock { $0 = listener }
    }

    /// Lines to print when the screen is given back; `nil`: print each line at once.
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

    /// Whose lines these are.
    private static let speaker = Mutex(RunProgram.ofThisProcess.name)

    /// Names the program in every line from here on; else it is the name under which the process was started.
    package static func speak(as name: String) { speaker.withLock { $0 = name } }

    /// `PROGRAM: message`, with a prefix for the service manager where one reads it and the line has a priority.
    package static func say(_ message: String, _ priority: Priority? = nil) {
        let waits = held.withLock { held in
            held?.append(Line(text: message, priority: priority))
            return held != nil
        }
        if waits { return }
        if let listener = listener.withLock({ $0 }) { return listener(message, priority) }
        let prefix = isJournal ? priority.map { "<\($0.rawValue)>" } ?? "" : ""
        let bytes = Array("\(prefix)\(speaker.withLock { $0 }): \(message)\n".utf8)
        _ = unsafe bytes.withUnsafeBytes { unsafe write(STDERR_FILENO, $0.baseAddress!, $0.count) }
    }
}
