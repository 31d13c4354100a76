import Glibc
import Synchronization

/// Messages while a run goes on: commentary, incidents and failures, on standard error. If one cannot be written,
/// there is no other place to report that.
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

    /// The listener in place of standard error. It has a type of its own: as the value of a `Mutex`, each access would
    /// wrap the function once more.
    private static let listener = Mutex<Listener?>(nil)

    private struct Listener: Sendable {
        let take: @Sendable (String, Priority?) -> Void
    }

    /// Passes every line of this process from here on to `listener`, without the name of a program before it, in place
    /// of standard error; `nil`: back to standard error. It is called from several threads, none of them a tick
    /// thread; a message may hold several lines.
    public static func redirect(to listener: (@Sendable (_ message: String, Priority?) -> Void)?) {
        Self.listener.withLock { $0 = listener.map { Listener(take: $0) } }
    }

    private struct Held {
        var lines: [Line] = []
        /// Lines before these, for which there was no room.
        var dropped = 0
    }

    /// How many lines wait at most: a screen may be shown for weeks.
    private static let heldLimit = 1_000

    /// Lines to print when the screen is given back; `nil`: print each line at once.
    private static let held = Mutex<Held?>(nil)

    /// Whether standard error is the stream that systemd's journal reads: JOURNAL_STREAM names its device and
    /// inode (systemd.exec(5)).
    private static let isJournal: Bool = {
        guard let stream = unsafe getenv("JOURNAL_STREAM") else { return false }
        var status = stat()
        guard unsafe fstat(STDERR_FILENO, &status) == 0 else { return false }
        return unsafe String(cString: stream) == "\(status.st_dev):\(status.st_ino)"
    }()

    /// From here on messages wait, because a screen covers the place where they would be written.
    static func hold() { held.withLock { $0 = $0 ?? Held() } }

    /// The last messages that wait.
    package static func held(last count: Int) -> [String] {
        held.withLock { ($0?.lines ?? []).suffix(count).map(\.text) }
    }

    /// Prints the messages that waited, and holds no more.
    static func release() {
        let waiting = held.withLock { held in
            defer { held = nil }
            return held ?? Held()
        }
        if waiting.dropped > 0 { say("\(waiting.dropped) earlier messages are not shown here") }
        for line in waiting.lines { say(line.text, line.priority) }
    }

    /// The name of the program before each line.
    private static let speaker = Mutex(RunProgram.ofThisProcess.name)

    /// Sets the program's name before every line. By default it is the name under which the process was started.
    package static func speak(as name: String) { speaker.withLock { $0 = name } }

    /// `PROGRAM: message`, with a prefix for the service manager where one reads it and the line has a priority.
    package static func say(_ message: String, _ priority: Priority? = nil) {
        let waits = held.withLock { held in
            held?.lines.append(Line(text: message, priority: priority))
            if held?.lines.count ?? 0 > heldLimit {
                held?.lines.removeFirst()
                held?.dropped += 1
            }
            return held != nil
        }
        if waits { return }
        if let listener = listener.withLock({ $0 }) { return listener.take(message, priority) }
        let prefix = isJournal ? priority.map { "<\($0.rawValue)>" } ?? "" : ""
        let bytes = Array("\(prefix)\(speaker.withLock { $0 }): \(message)\n".utf8)
        _ = unsafe bytes.withUnsafeBytes { unsafe write(STDERR_FILENO, $0.baseAddress!, $0.count) }
    }
}
