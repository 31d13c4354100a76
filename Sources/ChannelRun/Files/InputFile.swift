import Glibc
package import TickLinux

/// Files that a user names: configurations, keys, results of checks.
package enum InputFile {
    /// The file is read up to this many bytes.
    static let limit = 1 << 20

    /// The bytes of the file at `path`.
    ///
    /// - Parameter place: the option or the operand that names it; `nil`: another file names it.
    /// - Throws: `RunFailure`: 77 if a permission is missing, or else 69.
    package static func read(_ path: String, namedBy place: String? = nil) throws(RunFailure) -> [UInt8] {
        do { return try SystemFile.read(path, limit: limit) } catch { throw failure(error, path, namedBy: place) }
    }

    /// The failure of a file that cannot be read, with the cause and the remedy.
    package static func failure(_ error: SystemError, _ path: String, namedBy place: String?) -> RunFailure {
        let cause =
            switch error.errno {
            case ENOENT, ENOTDIR: "there is no such file; check the path"
            case EISDIR: "this is a directory; name a file in it"
            case EACCES, EPERM: "permission to read it is denied; grant it (chmod +r), or copy the file"
            default: "\(error.reason); name a file that can be read"
            }
        return RunFailure(error, "\(place.map { "\($0): " } ?? "")cannot read \(path): \(cause)")
    }
}
