import TickLinux

/// Files that a user names: configurations, keys, results of checks.
package enum InputFile {
    /// The file is read up to this many bytes.
    static let limit = 1 << 20

    /// The bytes of the file at `path`.
    ///
    /// - Throws: `RunFailure`: 77 if a permission is missing, or else 69.
    package static func read(_ path: String) throws(RunFailure) -> [UInt8] {
        do { return try SystemFile.read(path, limit: limit) } catch {
            throw RunFailure(error, "cannot read \(path): \(error.reason)")
        }
    }
}
