import Glibc

/// Why a fact about the host could not be had.
public enum HostProbeError: Error, Hashable, Sendable {
    /// The kernel does not show this file, or this process may not read it.
    case unreadable(path: String, errno: Int32)
    /// The file is there and holds something else than expected.
    case unexpected(path: String, text: String)
    /// A system call failed.
    case callFailed(call: String, errno: Int32)
}

extension HostProbeError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unreadable(let path, let code): "\(path): \(Self.text(of: code))"
        case .unexpected(let path, let text): "\(path) holds '\(text.prefix(60))', which is not understood"
        case .callFailed(let call, let code): "\(call): \(Self.text(of: code))"
        }
    }

    private static func text(of code: Int32) -> String {
        unsafe String(cString: strerror(code))
    }
}

/// Small text files of /proc and /sys.
///
/// They are read with open(2) and read(2): their size is 0 until they are read, and a file that
/// is not shown is an ordinary answer, with its errno.
enum HostFile {
    /// More than any file asked for here has to say in what is looked for; the rest is cut off.
    static let longest = 256 * 1024

    /// The whole file, without the newline at its end.
    static func text(_ path: String) throws(HostProbeError) -> String {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .unreadable(path: path, errno: errno) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4_096)
        while bytes.count < longest {
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress!, $0.count) }
            if count == 0 { break }
            if count < 0 {
                if errno == EINTR { continue }
                throw .unreadable(path: path, errno: errno)
            }
            bytes += chunk[..<count]
        }
        while let last = bytes.last, last == UInt8(ascii: "\n") || last == 0 { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A file that holds one whole number.
    static func integer(_ path: String) throws(HostProbeError) -> Int64 {
        let text = try text(path)
        guard let value = Int64(text) else { throw .unexpected(path: path, text: text) }
        return value
    }

    /// The names in a folder, without those that begin with a dot; empty if it is not shown.
    static func names(in folder: String) -> [String] {
        guard let stream = unsafe opendir(folder) else { return [] }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }
}
