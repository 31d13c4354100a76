import Glibc
import TickReports
import TickScheduling
package import TickTime

/// One line on a terminal while a run goes on: progress, timecode, last and worst latency, late
/// ticks. Rewritten in place, at most ten times a second, from the drain thread.
package struct RunProgress {
    private static let interval = Nanoseconds.milliseconds(100)
    private var next = MonotonicInstant(nanoseconds: .min)
    private var isShown = false

    package init() {}

    /// Whether standard error is a screen on which a line can be rewritten. NO_COLOR does not matter here, because the
    /// line has no colour.
    package static var isPossible: Bool {
        guard isatty(STDERR_FILENO) == 1, let terminal = unsafe getenv("TERM") else { return false }
        return unsafe String(cString: terminal) != "dumb"
    }

    /// Erases the cursor's line, if standard error is a terminal.
    static func eraseLine() {
        if isPossible { write("\r\u{1B}[K") }
    }

    /// Whether it is time to paint.
    package func isDue(at now: MonotonicInstant) -> Bool { now >= next }

    package mutating func paint(_ text: String, at now: MonotonicInstant) {
        next = now + Self.interval
        isShown = true
        // If the line wrapped, only its lower half could be erased. So it is made to fit, and does not wrap while a
        // window is made narrower.
        let line = FittedText.fitted(text, to: LiveScreen.size.width)
        Self.write("\r\u{1B}[K\u{1B}[?7l" + line + "\u{1B}[?7h")
    }

    /// Erases the line, so that other lines can be written.
    package mutating func clear() {
        guard isShown else { return }
        isShown = false
        next = MonotonicInstant(nanoseconds: .min)
        Self.write("\r\u{1B}[K")
    }

    private static func write(_ text: String) {
        let bytes = Array(text.utf8)
        // Progress that cannot be shown is no loss.
        _ = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
