// The one place that gives the errors of the targets below an exit code. A command adds the words: the input, the place
// and the remedy.

package import TickConfiguration
package import TickJournal
package import TickLinux
package import TimeSyncAudit

extension RunFailure {
    /// A call that the host refused: 77 if a permission is missing, or else 69.
    ///
    /// - Parameter message: what was tried, the error, and the remedy.
    package init(_ error: SystemError, _ message: String) {
        self.init(exitCode: error.isPermission ? .permission : .unavailable, message: message)
    }

    /// A file that the user named, of any format: 65 if its content is wrong, 77 if it may not be read, 69 if it cannot
    /// be read for another reason.
    package init(_ error: FileError) {
        self.init(exitCode: error.exitCode, message: "\(error)")
    }

    /// A damaged journal: 65.
    package init(_ error: JournalError, journal path: String) {
        self.init(exitCode: .badData, message: "\(path): \(error)")
    }

    /// A file that is no result of a check: 65.
    ///
    /// - Parameter option: the option that names the file, if there is one.
    package init(_ error: SyncResult.ReadingFailure, option: String? = nil) {
        self.init(exitCode: .badData, message: (option.map { "\($0): " } ?? "") + "\(error)")
    }

    /// A loop that did not begin: 78 if the plan's sessions contradict each other, or else 69.
    ///
    /// - Parameter plan: the run's name.
    init(_ error: LoopError, plan: String) {
        if case .schedule(let contradiction) = error {
            self.init(exitCode: .configuration, message: "\(plan): \(contradiction)")
        } else {
            self.init(exitCode: .unavailable, message: "\(error)")
        }
    }
}

extension FileError {
    /// 69 where there is nothing to read, 77 where it may not be read, 65 where what is read is wrong.
    package var exitCode: ExitCode {
        switch kind {
        case .unreadable: .unavailable
        case .forbidden: .permission
        case .syntax, .content: .badData
        }
    }
}
