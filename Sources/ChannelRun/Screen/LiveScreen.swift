import Glibc
import Synchronization
package import TickReports
package import TickTime

/// The whole terminal while a run goes on. The drain thread paints it at most ten times a second, on the alternate
/// screen, so the terminal shows its former content again afterwards.
package struct LiveScreen {
    private static let interval = Nanoseconds.milliseconds(100)
    private var next: MonotonicInstant?
    private var isShown = false

    /// Whether a screen is shown. A thread that ends the process asks.
    private static let stands = Atomic<Bool>(false)

    /// Whether standard error is a terminal.
    package static var isPossible: Bool { RunProgress.isPossible }

    package init() {}

    package func isDue(at now: MonotonicInstant) -> Bool { now >= next ?? now }

    package mutating func paint(_ frame: some ScreenFrame, at now: MonotonicInstant) {
        next = now + Self.interval
        let (width, height) = Self.size
        // The alternate screen, without a cursor and without wrapping; Then each line is written over the one before,
        // so that nothing flickers, and the rest below is erased.
        var text = isShown ? "" : "\u{1B}[?1049h\u{1B}[?25l\u{1B}[?7l"
        if !isShown { Commentary.hold() }
        isShown = true
        Self.stands.store(true, ordering: .relaxed)
        text += "\u{1B}[H"
        for line in frame.lines(width: width, height: height - 1) { text += line + "\u{1B}[K\r\n" }
        Self.write(text + "\u{1B}[J")
    }

    /// Gives the terminal back as it was.
    package mutating func close() {
        guard isShown else { return }
        isShown = false
        Self.restore()
    }

    /// The same, for any place that ends the process. It also prints the messages that waited.
    static func restore() {
        stands.store(false, ordering: .relaxed)
        write("\u{1B}[?7h\u{1B}[?25h\u{1B}[?1049l")
        Commentary.release()
    }

    static func restoreIfShown() {
        if stands.load(ordering: .relaxed) { restore() }
    }

    /// The size of the terminal on standard error; 80 by 24 if it is unknown.
    static var size: (width: Int, height: Int) {
        var size = winsize()
        guard unsafe ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
            return (80, 24)
        }
        return (Int(size.ws_col), Int(size.ws_row))
    }

    private static func write(_ text: String) {
        let bytes = Array(text.utf8)
        _ = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
