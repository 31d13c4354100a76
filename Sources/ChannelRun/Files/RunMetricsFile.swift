import Synchronization
import TickLinux
import TickReports
import TickScheduling
package import TickTime

/// The metrics of a run, in a file that is replaced every few seconds: made by the drain thread, written by the
/// main thread, so that a slow disk delays neither ticks nor their records.
package final class RunMetricsFile: Sendable {
    private let path: String
    private let interval: Nanoseconds
    private let state = Mutex(State())

    private struct State {
        var next: MonotonicInstant?
        var pending: String?
        var failure: SystemError?
    }

    /// - Parameters:
    ///   - interval: at least a tenth of a second; default five seconds.
    ///   - refusal: makes the failure of an invalid value.
    package init(
        _ path: String, every interval: Nanoseconds?, refusal: (String) -> RunFailure = RunFailure.usage
    ) throws(RunFailure) {
        // node_exporter reads no other files.
        guard path.hasSuffix(".prom") else {
            throw refusal("--metrics \(path): the textfile collector reads files that end in .prom")
        }
        self.interval = interval ?? .seconds(5)
        guard self.interval >= .milliseconds(100) else {
            throw refusal("--metrics-interval: give 100ms or more")
        }
        self.path = path
    }

    /// The file's name without its folder.
    package var name: String { String(path.split(separator: "/").last ?? "") }

    /// Whether metrics are due. After `true` it returns `false` until the interval has passed.
    package func isDue(at now: MonotonicInstant) -> Bool {
        state.withLock { state in
            guard now >= state.next ?? now else { return false }
            state.next = now + interval
            return true
        }
    }

    /// Passes these to the next `write`.
    package func offer(_ text: String) { state.withLock { $0.pending = text } }

    /// Writes the metrics that were offered last, if there are any.
    package func write() {
        let text = state.withLock { state in
            defer { state.pending = nil }
            return state.pending
        }
        guard let text else { return }
        do {
            try SystemFile.replace(path, Array(text.utf8), isPrivate: false)
            state.withLock { $0.failure = nil }
        } catch {
            let isFirst = state.withLock { state in
                defer { state.failure = error }
                return state.failure == nil
            }
            if isFirst { Commentary.say("the metrics cannot be written: \(error); continuing without them", .warning) }
        }
    }

    /// The failure if the last metrics are not in the file; printed after the report.
    package var failure: RunFailure? {
        state.withLock(\.failure).map { error in
            RunFailure(error, "--metrics: \(error); \(OutputFile.remedy(after: error))")
        }
    }
}
