public import TickReports

/// What a run came to.
public struct RunResult: Sendable {
    /// What was measured and judged, and what happened.
    public let summary: RunSummary
    /// Why results could not be written to standard output.
    package var outputFailure: RunFailure?
    /// Why files are not whole: the journal, then reports, then metrics.
    let fileFailures: [RunFailure]

    /// Why what was to be written is not whole; `nil` if it is.
    public var failure: RunFailure? { RunFailure.all([outputFailure].compactMap(\.self) + fileFailures) }

    /// What a process whose job was this run exits with: that of the failure, if there is one, or else 1 if a level
    /// was missed, or else 0.
    public var exitCode: ExitCode { failure?.exitCode ?? (summary.verdict == .fail ? .badVerdict : .good) }
}
