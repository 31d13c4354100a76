import Glibc
import TickReports
import TickScheduling
import TickTime

/// One line on a terminal while a run goes on: progress, timecode, last and worst latency, late
/// ticks. Rewritten in place, at most ten times a second, from the drain thread.
struct RunProgress {
    private static let interval = Nanoseconds.milliseconds(100)
    private var next = MonotonicInstant(nanoseconds: .min)
    private var isShown = false

    /// Whether the time has come to paint.
    func isDue(at now: MonotonicInstant) -> Bool { now >= next }

    mutating func paint(_ text: String, at now: MonotonicInstant) {
        next = now + Self.interval
        isShown = true
        Self.write("\r\u{1B}[K" + text)
    }

    /// Takes the line away, so that other lines can be written.
    mutating func clear() {
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
