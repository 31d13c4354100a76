package import TickLinux

/// Files that a user names for results.
package enum OutputFile {
    /// Refuses a path at which no file can be made, before the work whose result it is to hold.
    ///
    /// - Parameter option: the option that names it.
    /// - Throws: `RunFailure`: 2 if the path names a folder or a device, 77 if a permission is missing, or else 69.
    package static func check(_ path: String, option: String) throws(RunFailure) {
        switch SystemFile.kind(path) {
        case .folder?: throw .usage("\(option): \(path) is a directory; name a file in it")
        case .other?: throw .usage("\(option): \(path) is a device, a pipe or a socket; name a file")
        case .file?, nil: break
        }
        do { try SystemFile.requireFolder(of: path) } catch {
            throw RunFailure(
                error, "\(option): no file can be made at \(path): \(error.reason); \(remedy(after: error))")
        }
    }

    /// What to do after a file could not be written.
    ///
    /// - Parameter other: the remedy unless the disk is full.
    package static func remedy(
        after error: SystemError, else other: String = "name a file in a folder that can be written"
    ) -> String {
        error.isFull ? "make room and run again" : other
    }
}
