import Foundation

extension Profile {
    /// The profile in the file at `path`. It may be a pipe: `/dev/stdin` is read to its end.
    ///
    /// - Throws: `FileError`: `.forbidden` if the file may not be read, `.unreadable` if it cannot be opened or read for
    ///   another reason (it is missing, a directory); otherwise as `init(json:file:)`, and `.content` above
    ///   `fileSizeLimit`.
    public init(contentsOfFile path: String) throws(FileError) {
        try self.init(json: try Self.bytes(ofFile: path), file: path)
    }

    private static func bytes(ofFile path: String) throws(FileError) -> [UInt8] {
        guard !path.isEmpty else {
            throw FileError(
                kind: .unreadable, file: "\"\"",
                problems: [.init(fault: "the file's name is empty", remedy: "name a profile")])
        }
        var bytes: [UInt8] = []
        do {
            let handle = try FileHandle(forReadingFrom: URL(filePath: path, directoryHint: .notDirectory))
            defer { try? handle.close() }
            // One byte beyond the limit shows that a file is too long.
            while bytes.count <= fileSizeLimit {
                guard let part = try handle.read(upToCount: fileSizeLimit + 1 - bytes.count), !part.isEmpty else {
                    break
                }
                bytes.append(contentsOf: part)
            }
        } catch {
            throw unreadable(path, because: error)
        }
        guard bytes.count <= fileSizeLimit else {
            throw FileError(
                kind: .content, file: path,
                problems: [
                    .init(
                        fault: "the file is longer than \(fileSizeLimit >> 20) MiB",
                        remedy: "split the profile, or name another file")
                ])
        }
        return bytes
    }

    private static func unreadable(_ path: String, because error: any Error) -> FileError {
        let error = error as NSError
        let cause = error.userInfo[NSUnderlyingErrorKey] as? NSError ?? error
        let code = cause.domain == NSPOSIXErrorDomain ? POSIXErrorCode(rawValue: Int32(cause.code)) : nil
        let (fault, remedy) =
            switch code {
            case .ENOENT, .ENOTDIR:
                ("there is no such file", "check the path\(examples.map { "; \($0) has examples" } ?? "")")
            case .EISDIR: ("this is a directory", "name a file in it")
            case .EACCES, .EPERM: ("permission to read it is denied", "grant it (chmod +r), or copy the file")
            default:
                ("it cannot be read (\(code.map { "\($0)" } ?? cause.localizedDescription))", "name a readable file")
            }
        let isForbidden = code == .EACCES || code == .EPERM
        return FileError(
            kind: isForbidden ? .forbidden : .unreadable, file: path, problems: [.init(fault: fault, remedy: remedy)])
    }

    /// The folder with the shipped profiles, in the source tree or where the package installs it; `nil` if there is
    /// neither.
    private static var examples: String? {
        ["Fixtures/profiles", "/usr/share/tickrun/profiles"].first { FileManager.default.fileExists(atPath: $0) }
    }
}
