/// How `tickrun` ends. The numbers from 64 up are those of BSD's sysexits(3).
enum ExitCode: Int32 {
    /// All went well, and what was judged is good.
    case good = 0
    /// The command did its work, and its verdict is bad: a run missed a level, a check failed.
    case badVerdict = 1
    /// The command line is wrong.
    case usage = 2
    /// The clock was not proved synchronized (--require-sync), so the run did not begin. Time may cure it.
    case notSynchronized = 3
    /// A file or a value in it is wrong (EX_DATAERR).
    case badData = 65
    /// Something needed is not there: a file, a service, room for the output (EX_UNAVAILABLE).
    case unavailable = 69
    /// The host refused, for want of a permission (EX_NOPERM).
    case permission = 77
    /// The configuration contradicts itself or the host (EX_CONFIG).
    case configuration = 78
}

/// Why a command stopped: one sentence that names the input, the place and the remedy, and the
/// exit code that goes with it.
struct CommandFailure: Error, Equatable {
    let exitCode: ExitCode
    let message: String

    static func usage(_ message: String) -> CommandFailure {
        CommandFailure(exitCode: .usage, message: message)
    }

    /// All of several failures: each is told on a line of its own, and the first decides the exit code. One cause,
    /// such as a full disk, often shows in several files.
    ///
    /// - Returns: `nil` if there is none.
    static func all(_ failures: [any Error]) -> CommandFailure? {
        let told = failures.map { failure in
            failure as? CommandFailure ?? CommandFailure(exitCode: .unavailable, message: "\(failure)")
        }
        guard let first = told.first else { return nil }
        return CommandFailure(
            exitCode: first.exitCode, message: told.map(\.message).joined(separator: "\ntickrun: "))
    }
}
