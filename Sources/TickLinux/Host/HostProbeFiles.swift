/// Why a fact about the host could not be read.
package enum HostProbeError: Error, Hashable, Sendable {
    /// A call failed: the kernel does not show this file, or this process may not read it.
    case system(SystemError)
    /// The file exists but has unexpected content.
    case unexpected(path: String, text: String)
}

extension HostProbeError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .system(let error): "\(error)"
        case .unexpected(let path, let text): "\(path) holds '\(text.prefix(60))', which this version cannot read"
        }
    }
}

/// Small text files of /proc and /sys.
enum HostFile {
    /// The whole file, without the newline at its end.
    static func text(_ path: String) throws(HostProbeError) -> String {
        do {
            return try SystemFile.line(path)
        } catch {
            throw .system(error)
        }
    }

    /// A file that holds one whole number.
    static func integer(_ path: String) throws(HostProbeError) -> Int64 {
        let text = try text(path)
        guard let value = Int64(text) else { throw .unexpected(path: path, text: text) }
        return value
    }

    /// The names in a folder, without those that begin with a dot; empty if the folder does not exist.
    static func names(in folder: String) -> [String] {
        ((try? SystemFile.names(inFolder: folder)) ?? []).filter { !$0.hasPrefix(".") }
    }
}
