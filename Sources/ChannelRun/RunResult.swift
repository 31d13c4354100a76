public import TickReports

/// The result of a run.
public struct RunResult: Sendable {
    /// The measurements, the verdict and the incidents.
    public let summary: RunSummary
    /// Why results could not be written to standard output.
    package var outputFailure: RunFailure?
    /// Why files are incomplete: the journal, then reports, then metrics.
    let fileFailures: [RunFailure]

    /// Why the output is incomplete; `nil` if it is complete.
    public var failure: RunFailure? { RunFailure.all([outputFailure].compactMap(\.self) + fileFailures) }

    /// The exit code of a process that does this run: that of the failure, if there is one, or else 1 if a level
    /// was missed, or else 0.
    public var exitCode: ExitCode { failure?.exitCode ?? (summary.verdict == .fail ? .badVerdict : .good) }
}
