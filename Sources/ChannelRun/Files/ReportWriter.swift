import Synchronization
import TickLinux
import TickReports

/// The report of a run so far, which SIGUSR1 asks for, and the files of its end: one set of files for both.
///
/// The drain thread makes the report between two reads of the ring, when the accumulator does not change. The
/// main thread requests it and writes it, so that a slow disk delays no record.
final class ReportWriter: Sendable {
    /// A report that was made and not yet written.
    private struct Made {
        let lines: [String]
        let texts: [String]
    }

    private struct State {
        var files: RunFiles
        var isRequested = false
        var made: Made?
    }

    private let state: Mutex<State>
    private let cpu: Int

    init(_ files: RunFiles, cpu: Int?) {
        state = Mutex(State(files: files))
        self.cpu = cpu ?? 0
    }

    /// Requests a report from the drain thread.
    func request() { state.withLock { $0.isRequested = true } }

    /// On the drain thread: makes the report if it was requested.
    func makeIfRequested(_ run: RunAccumulator, _ ending: () -> RunAccumulator.Ending) {
        let files: RunFiles? = state.withLock { state in
            defer { state.isRequested = false }
            return state.isRequested ? state.files : nil
        }
        guard let files else { return }
        let summary = run.summary(ending())
        let made = Made(lines: summary.lines, texts: files.texts([forFiles(run, summary)]))
        state.withLock { $0.made = made }
    }

    /// On the main thread: writes a finished report. Its files replace existing ones, and the text goes
    /// to standard error.
    func writeIfMade() {
        let made = state.withLock { state in
            defer { state.made = nil }
            return state.made
        }
        guard let made else { return }
        do { try state.withLock { (state) throws(RunFailure) in try state.files.write(texts: made.texts) } } catch {
            Commentary.say("\(error.message); the run continues")
        }
        RunProgress.eraseLine()
        Commentary.say((["the report so far:"] + made.lines).joined(separator: "\n"))
    }

    /// Writes the files of a run that is over.
    ///
    /// - Throws: `RunFailure`, after every file was tried.
    func write(_ run: RunAccumulator, _ summary: RunSummary) throws(RunFailure) {
        let runs = [forFiles(run, summary)]
        try state.withLock { (state) throws(RunFailure) in try state.files.write(runs) }
    }

    private func forFiles(_ run: RunAccumulator, _ summary: RunSummary) -> RunFiles.Run {
        RunFiles.Run(run, summary, page: run.page(summary), cpu: cpu)
    }
}
