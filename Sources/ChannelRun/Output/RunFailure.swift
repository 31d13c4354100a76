/// The exit codes. The numbers from 64 up are those of BSD's sysexits(3).
public enum ExitCode: Int32, Sendable {
    /// All went well, and the verdict is good, or nothing was judged.
    case good = 0
    /// The work was done, and its verdict is bad: a run missed a level, or a check failed.
    case badVerdict = 1
    /// The request is invalid: a command line or an option is wrong.
    case usage = 2
    /// The clock was not proved synchronized (--require-sync), so the run did not begin. Time may cure it.
    case notSynchronized = 3
    /// A file or a value in it is wrong (EX_DATAERR).
    case badData = 65
    /// Something needed is not there: a file, a service, room for the output (EX_UNAVAILABLE).
    case unavailable = 69
    /// The host refused, because a permission is missing (EX_NOPERM).
    case permission = 77
    /// The configuration contradicts itself or the host (EX_CONFIG).
    case configuration = 78
}

/// Why a run did not begin, or a command stopped: one sentence that names the input, the place and the remedy, and
/// the exit code that goes with it.
public struct RunFailure: Error, Equatable {
    /// The exit code of a process that ends with this failure; never `good`.
    public let exitCode: ExitCode
    /// For people: one sentence, or several on lines of their own.
    public var message: String { messages.joined(separator: "\n") }
    /// The message of each of several failures.
    package let messages: [String]

    package init(exitCode: ExitCode, message: String) { self.init(exitCode, [message]) }

    private init(_ exitCode: ExitCode, _ messages: [String]) {
        self.exitCode = exitCode
        self.messages = messages
    }

    package static func usage(_ message: String) -> RunFailure { RunFailure(exitCode: .usage, message: message) }

    package static func notSynchronized(_ message: String) -> RunFailure {
        RunFailure(exitCode: .notSynchronized, message: message)
    }

    package static func badData(_ message: String) -> RunFailure { RunFailure(exitCode: .badData, message: message) }

    package static func unavailable(_ message: String) -> RunFailure {
        RunFailure(exitCode: .unavailable, message: message)
    }

    package static func permission(_ message: String) -> RunFailure {
        RunFailure(exitCode: .permission, message: message)
    }

    package static func configuration(_ message: String) -> RunFailure {
        RunFailure(exitCode: .configuration, message: message)
    }

    /// Several failures as one: each has its own line, and the first decides the exit code. One cause,
    /// such as a full disk, often shows in several files.
    ///
    /// - Returns: `nil` if there is none.
    package static func all(_ failures: [RunFailure]) -> RunFailure? {
        guard let first = failures.first else { return nil }
        return RunFailure(first.exitCode, failures.flatMap(\.messages))
    }
}

extension Result {
    /// The error, if it is one.
    package var failure: Failure? { if case .failure(let error) = self { error } else { nil } }
}
